#include "core/registry/job_sifting.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace glyphgate {

namespace {

constexpr const char* job_too_old_error = "the job waited longer than a job may";

} // namespace

sieve_options job_sifting::options_for(const job_spec& spec) const {
  auto options = core_.setup.sieve.options;
  options.near_duplicates = spec.near_duplicates;
  return options;
}

std::uint32_t job_sifting::expected_calls() const {
  std::uint32_t calls = 0;
  for (const auto& [id, most] : most_calls_)
    calls += most;
  return calls;
}

void job_sifting::add(const job_id& id) {
  const auto& spec = *core_.jobs.spec(id);
  auto& added = jobs_[id];
  added.pictures = core_.jobs.waiting(id);
  if (!sifts(spec))
    return finish(id);
  expect(id, static_cast<std::uint32_t>(core_.plan(spec, added.pictures).size()));
  core_.to_do.at(core_.jobs.age_from(id) + core_.setup.jobs.max_age, registry_task::give_up{id});
  ready_.push_back(id);
}

void job_sifting::leave(const job_id& id) {
  expect_none(id);
  const auto node = jobs_.extract(id);
  if (node.empty())
    return;
  core_.keep_on(id);
  std::erase(ready_, id);
  if (const auto asked = node.mapped().asked; asked != 0) {
    asked_.at(asked).clear();
    core_.command(registry_command::cancel_sift{asked});
  }
}

bool job_sifting::give_up(const job_id& id) {
  if (!jobs_.contains(id))
    return false;
  leave(id);
  core_.jobs.give_up_waiting(id, job_too_old_error);
  if (core_.jobs.end_if_decided(core_.now, id))
    endings_.end({id}, {give_up_waiting{id, job_too_old_error}});
  return true;
}

void job_sifting::go_on() {
  while (!core_.draining && !ready_.empty() && asked_.size() < core_.setup.sieve.places) {
    const auto id = std::move(ready_.front());
    ready_.pop_front();
    ask(id);
  }
}

void job_sifting::ask(const job_id& id) {
  auto& next = jobs_.at(id);
  const auto& spec = *core_.jobs.spec(id);
  auto portion = std::make_shared<sift_request>();
  portion->job = id;
  portion->language_hints = spec.language_hints;
  portion->options = options_for(spec);
  next.portion.clear();
  if (portion->options.near_duplicates && next.latest)
    next.portion.push_back(*next.latest);
  const auto end = std::min(next.looked_at + portion_size, next.pictures.size());
  next.portion.insert(next.portion.end(), next.pictures.begin() + static_cast<std::ptrdiff_t>(next.looked_at),
                      next.pictures.begin() + static_cast<std::ptrdiff_t>(end));
  for (const auto i : next.portion)
    portion->pictures.push_back(spec.pictures[i]);
  next.asked = core_.next_question();
  asked_.emplace(next.asked, id);
  core_.command(registry_command::sift{next.asked, std::move(portion)});
}

void job_sifting::sifted(const registry_event::sifted& e) {
  const auto node = asked_.extract(e.to);
  if (node.empty() || node.mapped().empty())
    return;
  const auto& id = node.mapped();
  auto& of = jobs_.at(id);
  of.asked = 0;
  if (const auto* failure = std::get_if<call_failure>(e.outcome.get()))
    return fail(id, *failure);
  if (!note(of, std::get<0>(*e.outcome), options_for(*core_.jobs.spec(id))))
    return fail(id, {ec::internal, "the sieve's answer does not fit its question", false, std::nullopt});
  failing_ = false;
  if (of.looked_at == of.pictures.size())
    return finish(id);
  ready_.push_back(id);
}

bool job_sifting::note(entry& of, const std::vector<sieve_verdict>& said, const sieve_options& options) {
  if (said.size() != of.portion.size())
    return false;
  const std::size_t carried = of.portion.front() == of.pictures[of.looked_at] ? 0 : 1;
  auto latest = of.latest;
  known_pictures answers;
  std::vector<repeated_picture> found;
  for (auto i = carried; i < said.size(); ++i) {
    const auto position = of.portion[i];
    if (const auto* same = std::get_if<repeats>(&said[i])) {
      if (!options.near_duplicates || same->earlier >= i ||
          (same->earlier >= carried && std::holds_alternative<repeats>(said[same->earlier])))
        return false;
      latest = of.portion[same->earlier];
      found.emplace_back(position, *latest);
      continue;
    }
    latest = position;
    if (const auto* here = std::get_if<answered>(&said[i])) {
      if (options.mode == sieve_mode::off || !here->read)
        return false;
      answers.emplace_back(position, here->read);
    }
  }
  of.latest = latest;
  of.answered.insert(of.answered.end(), answers.begin(), answers.end());
  of.repeats.insert(of.repeats.end(), found.begin(), found.end());
  of.looked_at += said.size() - carried;
  return true;
}

void job_sifting::fail(const job_id& id, const call_failure& failure) {
  if (core_.draining && (failure.code == ec::cancelled || failure.code == ec::shutting_down)) {
    // It is looked at again at the next start: nothing was spent.
    ready_.push_front(id);
    return;
  }
  ++failures_;
  if (!std::exchange(failing_, true))
    core_.command(log_entry{log_level::warn,
                            "sieve_failed",
                            {{"job_id", id}, {"reason", to_string(failure.code)}, {"detail", failure.detail}}});
  finish(id);
}

void job_sifting::finish(const job_id& id) {
  auto looked_at = std::move(jobs_.extract(id).mapped());
  core_.keep_on(id);
  expect_none(id);
  const auto spec = core_.jobs.spec(id);
  sift_job done;
  done.id = id;
  done.at = core_.now;
  done.pictures_repeated = static_cast<std::uint32_t>(looked_at.repeats.size());
  std::vector<bool> stays(spec->pictures.size());
  std::unordered_map<digest, std::uint32_t> repeated;
  for (const auto& [position, earlier] : looked_at.repeats) {
    repeated.emplace(spec->recognition_keys[position], earlier);
    stays[position] = true;
  }
  for (const auto& [position, read] : looked_at.answered) {
    done.answered.push_back({position, spec->recognition_keys[position], read});
    stays[position] = true;
  }
  auto travelling = looked_at.pictures;
  std::erase_if(travelling, [&stays](std::uint32_t position) { return stays[position]; });
  auto sifted_spec = std::make_shared<job_spec>(*spec);
  for (std::uint32_t i = 0; i < spec->pictures.size(); ++i)
    if (const auto found = repeated.find(spec->recognition_keys[i]); found != repeated.end()) {
      done.repeats.emplace_back(i, found->second);
      sifted_spec->recognition_keys[i] = spec->recognition_keys[found->second];
    }
  done.saved = calls_kept_out(id, looked_at.pictures, travelling) * core_.setup.engine.call_price;
  core_.jobs.sift(done, std::move(sifted_spec));
  core_.command(log_entry{log_level::info,
                          "job_sifted",
                          {{"job_id", id},
                           {"images", looked_at.pictures.size()},
                           {"answered", done.answered.size()},
                           {"repeated", looked_at.repeats.size()},
                           {"travel", travelling.size()}}});
  if (core_.jobs.end_if_decided(core_.now, id))
    return endings_.end({id}, {std::move(done)});
  store_.record({std::move(done)});
  lines_.add(id);
}

std::size_t job_sifting::calls_kept_out(const job_id& id, const picture_indices& all,
                                        const picture_indices& travelling) const {
  if (all.size() == travelling.size())
    return 0;
  const auto& spec = *core_.jobs.spec(id);
  const auto without = seats_.find(id, spec, all);
  const auto with = seats_.find(id, spec, travelling);
  if (without.stand_by || with.stand_by || without.new_calls.size() <= with.new_calls.size())
    return 0;
  // Where jobs share calls, others might have joined the last one.
  return without.new_calls.size() - with.new_calls.size() - (core_.setup.sharing.on ? 1 : 0);
}

std::string job_sifting::defect(const job_id& id) const {
  const auto found = jobs_.find(id);
  if (found == jobs_.end())
    return "job " + id + " is to be sifted, and nobody does";
  const auto waits = std::ranges::count(ready_, id);
  const auto asked = std::ranges::count(asked_, id, &std::pair<const question, job_id>::second);
  if (waits + asked != 1)
    return "job " + id + " has " + std::to_string(waits + asked) + " places in the sieve";
  if (asked != 0 && (found->second.asked == 0 || asked_.find(found->second.asked) == asked_.end()))
    return "job " + id + " waits for another portion than the pool has";
  return {};
}

} // namespace glyphgate
