#include "core/registry/job_admission.hpp"

#include "core/registry/refusals.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate {

namespace {

/// A client that waits longer is better served by being told to come back.
constexpr duration admission_timeout = std::chrono::seconds{30};

} // namespace

void job_admission::submit(const registry_event::submit& e) {
  const auto answer_at_once = [&](submission s) { core_.command(registry_command::answer{e.from, std::move(s)}); };
  if (core_.draining)
    return answer_at_once(refusals::stopping());
  if (auto told = known_by_key(*e.spec))
    return answer_at_once(std::move(*told));
  const client from{e.from, e.spec->key};
  if (const auto* view = core_.jobs.find_identical(core_.now, e.spec->identity)) {
    if (from.key)
      core_.keys.begin(e.spec->owner, *from.key);
    if (const auto found = under_way_.find(view->id); found != under_way_.end())
      return found->second.identical.push_back(from);
    return answer_identical(e.spec->owner, from, identical_to(*view));
  }
  if (core_.jobs.may_keep(core_.now, e.spec->owner, core_.several_owners()).sweep)
    endings_.forget_expired();
  if (auto refused = refused_at_once(core_, *e.spec, e.store_room))
    return answer_at_once(std::move(*refused));
  if (from.key)
    core_.keys.begin(e.spec->owner, *from.key);
  const auto id = core_.setup.ids();
  core_.jobs.admit(core_.now, id, e.spec);
  core_.bytes_coming += bytes_of(*e.spec);
  auto& job = under_way_[id];
  job.spec = e.spec;
  job.first = e.from;
  core_.later(admission_timeout, registry_task::refuse_late{id});
  recall(id);
}

std::optional<submission> job_admission::known_by_key(const job_spec& spec) const {
  const auto* known = spec.key ? core_.keys.find(spec.owner, spec.key->text) : nullptr;
  if (known == nullptr)
    return std::nullopt;
  const auto& answer = known->answer;
  // An answer is good for as long as its job.
  if (answer && core_.jobs.view(core_.now, answer->job) == nullptr)
    return std::nullopt;
  if (known->request != spec.key->request)
    return refusals::key_reused();
  if (!answer)
    return refusals::key_in_use();
  submission s;
  s.id = answer->job;
  s.status = answer->told;
  s.identical = answer->identical;
  s.repeated = true;
  return s;
}

void job_admission::answer_identical(const owner_name& owner, const client& to, const submission& s) {
  if (!to.key)
    return core_.command(registry_command::answer{to.from, s});
  const answered_request answered{owner, *to.key, s.id, s.status, true};
  store_.record({note_request{answered, core_.keys.oldest_in_the_way(s.id)}},
                after_record::tell_submission{to.from, s, answered});
}

void job_admission::tell(const after_record::tell_submission& told) {
  core_.keys.note(told.request);
  core_.command(registry_command::answer{told.from, told.answer});
}

void job_admission::recall(const job_id& id) {
  auto& job = under_way_.at(id);
  core_.recent.give_back(std::exchange(job.asked_store, core_.recent.take()));
  core_.command(registry_command::recall{ask(id), job.spec->recognition_keys});
}

bool job_admission::learn(const job_id& id) {
  auto& job = under_way_.at(id);
  if (!core_.recent.complete(job.asked_store, job.spec->recognition_keys, job.known))
    return false;
  job.to_send = pictures_to_send(*job.spec, job.known);
  core_.jobs.know(id, job.known);
  return true;
}

submission job_admission::identical_to(const job_view& job) {
  submission existing;
  existing.id = job.id;
  existing.status = job.status;
  existing.identical = true;
  return existing;
}

std::optional<submission> job_admission::refused_at_once(const registry_core& core, const job_spec& spec,
                                                         std::uint64_t store_room) {
  if (const auto there = core.jobs.has_room(spec.owner, bytes_of(spec), core.several_owners()); there != room::yes)
    return refusals::queue_full(there, spec.owner);
  const auto keeping = core.jobs.may_keep(core.now, spec.owner, core.several_owners());
  if (keeping.there != room::yes)
    return refusals::kept_full(keeping.there, spec.owner, keeping.next_expiry.value_or(core.now) - core.now);
  // Those on their way in may not be written yet.
  if (store_room == 0 || core.bytes_coming + bytes_of(spec) > store_room)
    return refusals::store_full();
  return std::nullopt;
}

question job_admission::ask(const job_id& id) {
  const auto as = core_.next_question();
  under_way_.at(id).waits_for = as;
  asked_.emplace(as, id);
  return as;
}

job_id job_admission::waiting_for(question q) {
  auto node = asked_.extract(q);
  return node.empty() ? job_id{} : std::move(node.mapped());
}

bool job_admission::has_room(const registry_core& core, const seating& seats, std::size_t calls) {
  return core.calls.waiting() + seats.expected() + calls <= core.setup.jobs.queue_capacity;
}

void job_admission::recalled(const registry_event::recalled& e) {
  const auto id = waiting_for(e.to);
  if (id.empty())
    return;
  if (!e.known)
    return refuse_for_store(id);
  auto& job = under_way_.at(id);
  auto known = *e.known;
  // What it was told before is its own, whatever the store has forgotten since.
  for (std::size_t i = 0; i < job.known.size(); ++i)
    if (!known[i])
      known[i] = job.known[i];
  add_own_texts(*job.spec, known);
  job.known = std::move(known);
  plan(id);
}

void job_admission::plan(const job_id& id) {
  auto& job = under_way_.at(id);
  seats_.expect_none(id);
  if (!learn(id))
    return recall(id);
  if (job.to_send.empty())
    return commit(id);
  if (core_.stopped && core_.stopped->refuses_jobs)
    return refuse(id, refusals::stopped(*core_.stopped));
  // Nobody overtakes those in line.
  switch (const auto& owner = job.spec->owner; lines_.turn_of(owner)) {
  case waiting_lines::turn::ask: break;
  case waiting_lines::turn::stand_by: return stand_by(id);
  case waiting_lines::turn::wait:
    return is_patient(*job.spec) ? wait_in_line(id, lines_.denial(owner))
                                 : refuse(id, refusals::behind_others(lines_.denial(owner)));
  }
  if (sieve_.sifts(*job.spec))
    return check(id);
  const auto found = seats_.find(id, *job.spec, job.to_send);
  if (found.stand_by)
    return stand_by(id);
  job.new_calls = static_cast<std::uint32_t>(found.new_calls.size());
  job.riding = found.riding;
  job.boards = seats_.reservations_of(found);
  if (!has_room(core_, seats_, found.new_calls.size()))
    return refuse(id, refusals::queue_full(room::full, job.spec->owner));
  seats_.expect(id, *job.spec, found.new_calls);
  if (job.new_calls == 0)
    reserve(id);
  else
    core_.command(registry_command::ask_breaker{ask(id)});
}

void job_admission::stand_by(const job_id& id) {
  if (core_.draining)
    return refuse(id, refusals::stopping());
  standing_by_.push_back(id);
}

void job_admission::stop() {
  for (const auto& id : std::exchange(standing_by_, {}))
    refuse(id, refusals::stopping());
}

void job_admission::calls_moved() {
  for (const auto& id : std::exchange(standing_by_, {}))
    plan(id);
}

void job_admission::breaker_told(const registry_event::breaker_told& e) {
  const auto id = waiting_for(e.to);
  if (id.empty())
    return;
  if (e.status.mode == breaker_mode::open)
    return refuse(id, refusals::breaker_open(e.status));
  reserve(id);
}

void job_admission::reserve(const job_id& id) {
  const auto& job = under_way_.at(id);
  if (!job.sifts)
    return core_.command(registry_command::reserve{ask(id), {{job.spec->owner}, 1, job.new_calls, job.boards}});
  const auto as = ask(id);
  checks_.insert(as);
  // It is among those that the sieve expects.
  core_.command(registry_command::check{
      as,
      {{job.spec->owner}, 1, job.new_calls, {}, sieve_.expected_jobs() - 1, sieve_.expected_calls() - job.new_calls}});
}

void job_admission::check(const job_id& id) {
  auto& job = under_way_.at(id);
  job.new_calls = static_cast<std::uint32_t>(core_.plan(*job.spec, job.to_send).size());
  if (!sieve_.has_room() || !has_room(core_, seats_, sieve_.expected_calls() + job.new_calls))
    return refuse(id, refusals::queue_full(room::full, job.spec->owner));
  job.sifts = true;
  sieve_.expect(id, job.new_calls);
  core_.command(registry_command::ask_breaker{ask(id)});
}

void job_admission::checked(const job_id& id, const admission& answer) {
  auto& job = under_way_.at(id);
  job.granted.usage = answer.usage;
  if (!answer.granted() && (answer.refused == ec::job_too_large || !is_patient(*job.spec)))
    return refuse(id, refusals::limited(answer));
  if (const auto there = lines_.has_room(job.spec->owner); !answer.granted() && there != room::yes)
    return refuse(id, refusals::queue_full(there, job.spec->owner));
  commit(id);
}

void job_admission::reserved(const registry_event::reserved& e) {
  const auto id = waiting_for(e.to);
  const bool took_nothing = checks_.erase(e.to) != 0;
  if (id.empty()) {
    // The job was refused while the limiter had the question.
    if (e.answer.granted() && !took_nothing)
      revoke(e.answer);
    return;
  }
  if (took_nothing)
    return checked(id, e.answer);
  if (!e.answer.granted())
    return denied(id, e.answer);
  under_way_.at(id).granted = e.answer;
  board(id);
}

void job_admission::denied(const job_id& id, const admission& answer) {
  auto& job = under_way_.at(id);
  seats_.expect_none(id);
  if (answer.refused == ec::job_too_large || !is_patient(*job.spec))
    return refuse(id, refusals::limited(answer));
  lines_.denied(job.spec->owner, answer);
  wait_in_line(id, answer);
}

void job_admission::wait_in_line(const job_id& id, const admission& answer) {
  auto& job = under_way_.at(id);
  job.sifts = sieve_.sifts(*job.spec);
  const auto in_sieve = job.sifts && !sieve_.has_room() ? room::full : room::yes;
  const auto in_line = lines_.has_room(job.spec->owner);
  if (const auto there = in_line != room::yes ? in_line : in_sieve; there != room::yes)
    return refuse(id, refusals::queue_full(there, job.spec->owner));
  job.waits_in_line = !job.sifts;
  job.granted.usage = answer.usage;
  commit(id);
}

void job_admission::board(const job_id& id) {
  auto& job = under_way_.at(id);
  const auto before = job.to_send.size();
  if (!learn(id) || job.to_send.size() != before) {
    // What it was to send was read meanwhile.
    revoke(std::exchange(job.granted, {}));
    return plan(id);
  }
  const auto found = seats_.find(id, *job.spec, job.to_send);
  if (found.has_lost(job.riding)) {
    seats_.expect_none(id);
    revoke(std::exchange(job.granted, {}));
    return recall(id);
  }
  if (found.stand_by || found.new_calls.size() > job.granted.calls ||
      seats_.has_other_reservations(found, job.boards)) {
    // The calls that it was to join have gone: it asks anew.
    revoke(std::exchange(job.granted, {}));
    return plan(id);
  }
  core_.release(job.granted, found.new_calls.size());
  job.granted.calls = static_cast<std::uint32_t>(found.new_calls.size());
  seats_.expect(id, *job.spec, found.new_calls);
  job.aboard = seats_.board(id, *job.spec, found, job.granted.first);
  commit(id);
}

void job_admission::commit(const job_id& id) {
  auto& job = under_way_.at(id);
  job.committing = true;
  core_.recent.give_back(job.asked_store);
  job.pictures_from_cache =
      static_cast<std::uint32_t>(job.spec->pictures.size() - job.to_send.size()) - refused_pictures(*job.spec);
  accept_job t;
  t.id = id;
  t.at = job.granted.jobs == 0 ? core_.now : job.granted.at;
  t.spec = job.spec;
  t.aboard = job.aboard;
  if (job.waits_in_line || job.sifts)
    t.waiting = job.to_send;
  t.sifting = job.sifts;
  t.pictures_from_cache = job.pictures_from_cache;
  for (std::uint32_t i = 0; i < job.known.size(); ++i)
    if (job.known[i])
      t.known.emplace_back(i, job.known[i]);
  t.engine = core_.setup.engine.name;
  t.call_price = core_.setup.engine.call_price;
  job.granted.at = t.at;
  std::vector<transaction> unit{std::move(t)};
  if (job.spec->key)
    unit.emplace_back(note_request{first_answer(id, job)});
  core_.command(registry_command::offer{ask(id), unit_of(std::move(unit))});
}

void job_admission::stored(const registry_event::stored& e) {
  const bool applied = e.verdicts && e.verdicts->front() == verdict::applied;
  if (const auto id = waiting_for(e.to); !id.empty()) {
    if (applied)
      return accept(id);
    // Nothing took effect: the windows take back what the job had reserved.
    revoke(under_way_.at(id).granted);
    return refuse_for_store(id);
  }
  auto node = refused_late_.extract(e.to);
  if (node.empty())
    return;
  const auto& [id, granted, aboard] = node.mapped();
  auto unit = calls_.leave(id);
  core_.jobs.revoke(id);
  core_.calls_moved = true;
  if (!applied) {
    if (!unit.empty())
      store_.record(std::move(unit));
    return revoke(granted);
  }
  for (auto& t : calls_.discard(aboard))
    unit.push_back(std::move(t));
  job_end end;
  end.id = id;
  end.status = job_status::cancelled;
  end.completed_at = end.expires_at = core_.now;
  end.error = "not accepted";
  end.repeatable = false;
  unit.emplace_back(end_job{std::move(end)});
  unit.emplace_back(forget_job{id});
  store_.record(std::move(unit), after_record::revoke{granted});
}

void job_admission::revoke(const admission& granted) {
  if (granted.jobs != 0)
    core_.command(registry_command::revoke{granted});
}

void job_admission::accept(const job_id& id) {
  const auto job = take(id);
  core_.command(log_entry{log_level::info,
                          "job_accepted",
                          {{"job_id", id}, {"images", job.spec->pictures.size()}, {"calls", job.granted.calls}}});
  core_.jobs.confirm(job.granted.at, id, job.pictures_from_cache,
                     job.sifts           ? job_table::wait_place::sieve
                     : job.waits_in_line ? job_table::wait_place::line
                                         : job_table::wait_place::none);
  const auto calls = seats_.confirm(id, job.aboard);
  seats_.expect_none(id);
  if (job.spec->key)
    core_.keys.note(first_answer(id, job));
  submission s;
  s.id = id;
  const bool has_ended = core_.jobs.end_if_decided(core_.now, id);
  if (has_ended)
    // What it boarded may have failed before the store had it.
    s.status = core_.jobs.ending(id).status;
  else
    s.usage = job.granted.usage;
  std::vector<registry_command::answer> answers{{job.first, s}};
  s.identical = true;
  for (const auto& same : job.identical)
    if (!same.key)
      answers.push_back({same.from, s});
  if (has_ended)
    endings_.end({id}, {}, std::move(answers));
  else
    for (auto& a : answers)
      core_.command(std::move(a));
  for (const auto& same : job.identical)
    if (same.key)
      answer_identical(job.spec->owner, same, s);
  if (has_ended)
    return;
  if (job.sifts)
    sieve_.add(id);
  else if (job.waits_in_line)
    lines_.add(id);
  for (const auto call : calls)
    calls_.boarded(call, id);
}

answered_request job_admission::first_answer(const job_id& id, const candidate& job) {
  const bool ends_at_once = job.to_send.empty();
  const bool has_failed = refused_pictures(*job.spec) == job.spec->pictures.size();
  return {job.spec->owner, *job.spec->key, id,
          !ends_at_once ? job_status::pending
          : has_failed  ? job_status::failed
                        : job_status::completed};
}

void job_admission::refuse_late(const job_id& id) {
  const auto found = under_way_.find(id);
  if (found == under_way_.end())
    return;
  const auto& job = found->second;
  asked_.erase(job.waits_for);
  if (!job.committing)
    return refuse_for_store(id);
  // Where the store takes it after all, it is aboard there until it is undone: nobody else takes its place, and no call
  // is closed under it. A client that posts the same again has a job of its own.
  refused_late_.emplace(job.waits_for, late_refusal{id, job.granted, job.aboard});
  core_.jobs.hide(id);
  tell_refused(id, refusals::store_fails());
}

void job_admission::refuse_for_store(const job_id& id) {
  refuse(id, refusals::store_fails());
}

void job_admission::refuse(const job_id& id, const submission& s) {
  if (auto left = calls_.leave(id); !left.empty())
    store_.record(std::move(left));
  core_.jobs.revoke(id);
  tell_refused(id, s);
}

void job_admission::tell_refused(const job_id& id, const submission& s) {
  const auto job = take(id);
  std::erase(standing_by_, id);
  seats_.expect_none(id);
  sieve_.expect_none(id);
  core_.command(log_entry{
      log_level::info, "job_refused", {{"reason", to_string(s.refused)}, {"images", job.spec->pictures.size()}}});
  const auto tell = [&](const client& to) {
    if (to.key)
      core_.keys.drop(job.spec->owner, *to.key);
    core_.command(registry_command::answer{to.from, s});
  };
  tell({job.first, job.spec->key});
  for (const auto& same : job.identical)
    tell(same);
}

job_admission::candidate job_admission::take(const job_id& id) {
  auto job = std::move(under_way_.extract(id).mapped());
  core_.recent.give_back(job.asked_store);
  core_.bytes_coming -= bytes_of(*job.spec);
  return job;
}

} // namespace glyphgate
