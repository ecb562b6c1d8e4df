#include "core/registry/job_table.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace glyphgate {

namespace {

std::size_t index_of(job_status status) {
  return static_cast<std::size_t>(status);
}

bool has_expired(const job_view& view, timestamp now) {
  return view.expires_at && *view.expires_at <= now;
}

} // namespace

job_table::job_table(const job_config& config, micro_dollars call_price) : config_{config}, call_price_{call_price} {}

job_table::record* job_table::find(const job_id& id) {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : &found->second;
}

const job_table::record* job_table::find(const job_id& id) const {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : &found->second;
}

const job_view* job_table::find_identical(timestamp now, const digest& identity) const {
  const auto found = by_identity_.find(identity);
  if (found == by_identity_.end())
    return nullptr;
  const auto& job = *find(found->second);
  return job.forgetting || has_expired(job.view, now) ? nullptr : &job.view;
}

bool job_table::has_room(std::size_t calls, std::uint64_t bytes) const {
  return stats_.waiting_calls + calls <= config_.queue_capacity &&
         waiting_bytes_ + bytes <= std::uint64_t{config_.queue_mb} * 1024 * 1024;
}

job_table::keeping job_table::may_keep(timestamp now) const {
  auto jobs = jobs_.size();
  auto bytes = stats_.kept_bytes;
  auto next = by_expiry_.begin();
  // What has expired is about to go.
  for (; next != by_expiry_.end() && next->first <= now; ++next) {
    --jobs;
    bytes -= find(next->second)->result_bytes;
  }
  // Jobs on their way in count: each of them may be kept.
  const auto below_limits = [this](std::size_t kept_jobs, std::uint64_t kept_bytes) {
    return kept_jobs < config_.max_kept_jobs && kept_bytes < std::uint64_t{config_.max_kept_mb} * 1024 * 1024;
  };
  return {below_limits(jobs, bytes), !below_limits(jobs_.size(), stats_.kept_bytes),
          next == by_expiry_.end() ? std::nullopt : std::optional{next->first}};
}

job_table::record& job_table::insert(record job) {
  job.position = next_position_++;
  const auto id = job.view.id;
  by_position_.emplace(job.position, id);
  if (!is_final(job.view.status) || job.repeatable)
    by_identity_.insert_or_assign(job.identity, id);
  waiting_bytes_ += job.bytes;
  return jobs_.insert_or_assign(id, std::move(job)).first->second;
}

void job_table::show(record& job) {
  job.visible = true;
  ++stats_.total_jobs;
  ++stats_.by_status[index_of(job.view.status)];
}

void job_table::set_status(record& job, job_status status) {
  if (job.visible) {
    --stats_.by_status[index_of(job.view.status)];
    ++stats_.by_status[index_of(status)];
  }
  job.view.status = status;
}

std::size_t job_table::planned_calls_of(const record& job) {
  // The calls of the plan partition what was sent; those that came of splitting repeat parts of it, and stand behind.
  std::size_t pictures = 0;
  std::size_t calls = 0;
  while (calls < job.calls.size() && pictures + job.pictures_from_cache < job.outcomes.size())
    pictures += job.calls[calls++].pictures.size();
  return calls;
}

void job_table::admit(timestamp now, const job_id& id, std::shared_ptr<const job_spec> spec) {
  record job;
  job.identity = spec->identity;
  job.view.id = id;
  job.view.created_at = now;
  job.view.pictures_total = static_cast<std::uint32_t>(spec->pictures.size());
  job.bytes = bytes_of(*spec);
  job.outcomes.resize(spec->pictures.size());
  job.spec = std::move(spec);
  insert(std::move(job));
}

void job_table::plan(const job_id& id, std::span<const std::shared_ptr<const recognition>> known,
                     std::vector<picture_indices> calls) {
  auto* job = find(id);
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i]) {
      job->outcomes[i].recognised = known[i];
      ++job->view.pictures_done;
    }
  }
  job->pictures_from_cache = job->view.pictures_total;
  for (auto& pictures : calls) {
    call_record call;
    call.pictures = std::move(pictures);
    job->pictures_from_cache -= static_cast<std::uint32_t>(call.pictures.size());
    job->calls.push_back(std::move(call));
  }
  job->planned_calls = job->calls.size();
  job->open_calls = static_cast<std::uint32_t>(job->calls.size());
  stats_.waiting_calls += job->calls.size();
}

std::shared_ptr<const planned_call> job_table::planned(const record& job, std::uint32_t index) const {
  const auto& call = job.calls[index];
  auto planned = std::make_shared<planned_call>();
  planned->key = {job.view.id, index};
  planned->attempt = call.attempt;
  planned->reservation = call.reservation;
  planned->paid_before = call.paid_before;
  planned->language_hints = job.spec->language_hints;
  planned->age_from = job.age_from;
  planned->suspect = call.suspect;
  planned->pictures.reserve(call.pictures.size());
  for (const auto i : call.pictures)
    planned->pictures.push_back(job.spec->pictures[i]);
  return planned;
}

std::vector<std::shared_ptr<const planned_call>> job_table::confirm(timestamp accepted_at, const job_id& id,
                                                                    reservation_id first) {
  std::vector<std::shared_ptr<const planned_call>> calls;
  auto* job = find(id);
  if (job == nullptr)
    return calls;
  job->view.created_at = job->age_from = accepted_at;
  show(*job);
  stats_.totals.pictures_from_cache += job->pictures_from_cache;
  stats_.totals.one_by_one += job->pictures_from_cache * call_price_;
  for (std::uint32_t i = 0; i < job->calls.size(); ++i) {
    job->calls[i].reservation = first + i;
    calls.push_back(planned(*job, i));
  }
  finish_if_last(*job, accepted_at);
  return calls;
}

void job_table::revoke(const job_id& id) {
  erase(id);
}

std::vector<std::shared_ptr<const planned_call>> job_table::restore(timestamp now, kept_job restored) {
  record job;
  job.identity = restored.identity;
  job.view = std::move(restored.view);
  job.api_calls = restored.api_calls;
  job.pictures_from_cache = restored.pictures_from_cache;
  if (is_final(job.view.status)) {
    job.repeatable = restored.repeatable;
    job.result_bytes = restored.result_bytes;
    stats_.kept_bytes += job.result_bytes;
    job.ended = job.view;
    by_expiry_.emplace(*job.view.expires_at, job.view.id);
    show(insert(std::move(job)));
    return {};
  }
  job.age_from = restored.age_from.value_or(job.view.created_at);
  job.view.status = job.view.started_at ? job_status::processing : job_status::pending;
  job.view.pictures_total = static_cast<std::uint32_t>(restored.outcomes.size());
  job.view.pictures_done = static_cast<std::uint32_t>(std::ranges::count_if(
      restored.outcomes, [](const auto& o) { return o.recognised != nullptr || !o.error.empty(); }));
  job.bytes = bytes_of(*restored.spec);
  job.spec = std::move(restored.spec);
  job.outcomes = std::move(restored.outcomes);
  for (auto& call : restored.calls) {
    call_record c;
    c.pictures = std::move(call.pictures);
    c.attempt = call.attempt;
    c.reservation = call.reservation;
    c.paid_before = call.paid_before;
    c.suspect = call.suspect;
    c.closed = call.closed;
    job.open_calls += call.closed ? 0 : 1;
    job.calls.push_back(std::move(c));
  }
  job.planned_calls = planned_calls_of(job);
  stats_.waiting_calls += job.open_calls;
  auto& kept = insert(std::move(job));
  show(kept);
  auto open = open_calls_of(kept);
  finish_if_last(kept, now);
  return open;
}

std::vector<std::shared_ptr<const planned_call>> job_table::open_calls_of(const record& job) const {
  std::vector<std::shared_ptr<const planned_call>> open;
  for (std::uint32_t i = 0; i < job.calls.size(); ++i)
    if (!job.calls[i].closed)
      open.push_back(planned(job, i));
  return open;
}

std::vector<std::shared_ptr<const planned_call>> job_table::adopt(const kept_job& adopted) {
  auto* job = find(adopted.view.id);
  if (job == nullptr || job->ended)
    return {};
  unindex(*job);
  job->identity = adopted.identity;
  by_identity_.insert_or_assign(job->identity, adopted.view.id);
  job->spec = adopted.spec;
  job->age_from = adopted.age_from.value_or(job->view.created_at);
  return open_calls_of(*job);
}

void job_table::restore_totals(const store_totals& sums) {
  stats_.totals = sums;
}

void job_table::move(const call_key& key, attempt_token attempt, call_place place) {
  if (auto* call = find_open(key, attempt))
    call->place = place;
}

std::optional<call_place> job_table::place_of(const call_key& key, attempt_token attempt) const {
  const auto* job = find(key.job);
  if (job == nullptr || job->ended || key.index >= job->calls.size())
    return std::nullopt;
  const auto& call = job->calls[key.index];
  return call.closed || call.attempt != attempt ? std::nullopt : std::optional{call.place};
}

std::vector<job_table::open_call> job_table::open_calls() const {
  std::vector<open_call> open;
  for (const auto& [id, job] : jobs_) {
    if (!job.visible || job.ended)
      continue;
    for (std::uint32_t i = 0; i < job.calls.size(); ++i)
      if (!job.calls[i].closed)
        open.push_back({{id, i}, job.calls[i].attempt, job.calls[i].place});
  }
  return open;
}

job_table::call_record* job_table::find_open(const call_key& key, attempt_token attempt) {
  auto* job = find(key.job);
  return job == nullptr ? nullptr : find_open(*job, key, attempt);
}

job_table::call_record* job_table::find_open(record& job, const call_key& key, attempt_token attempt) {
  if (job.ended || key.index >= job.calls.size())
    return nullptr;
  auto& call = job.calls[key.index];
  return call.closed || call.attempt != attempt ? nullptr : &call;
}

void job_table::progress(timestamp begun_at, const call_key& key, attempt_token attempt, std::uint32_t pictures_done) {
  auto* job = find(key.job);
  auto* call = find_open(key, attempt);
  // Late news of an attempt that is over changes nothing.
  if (call == nullptr || (call->place != call_place::queued && call->place != call_place::running))
    return;
  call->place = call_place::running;
  if (!call->running) {
    call->running = true;
    --stats_.waiting_calls;
  }
  if (job->view.status == job_status::pending) {
    set_status(*job, job_status::processing);
    job->view.started_at = begun_at;
  }
  const auto done =
      std::clamp<std::uint32_t>(pictures_done, call->pictures_done, static_cast<std::uint32_t>(call->pictures.size()));
  job->view.pictures_done += done - call->pictures_done;
  call->pictures_done = done;
}

void job_table::count_call(const job_id& id) {
  ++stats_.totals.api_calls;
  stats_.totals.spent += call_price_;
  if (auto* job = find(id))
    ++job->api_calls;
}

job_table::effect job_table::close(timestamp now, const call_key& key, attempt_token attempt,
                                   std::span<const picture_outcome> outcomes) {
  auto* job = find(key.job);
  auto* call = find_open(key, attempt);
  if (call == nullptr)
    return effect::stale;
  call->closed = true;
  if (!call->running)
    --stats_.waiting_calls;
  --job->open_calls;
  job->view.pictures_done += static_cast<std::uint32_t>(call->pictures.size()) - call->pictures_done;
  for (std::size_t i = 0; i < call->pictures.size(); ++i) {
    auto& outcome = job->outcomes[call->pictures[i]];
    if (i < outcomes.size())
      outcome = outcomes[i];
    if (outcome.recognised) {
      ++stats_.totals.pictures_processed;
      stats_.totals.one_by_one += call_price_;
    } else if (outcome.error.empty()) {
      outcome = {nullptr, "the engine gave no answer for this image", true};
    }
  }
  return finish_if_last(*job, now);
}

void job_table::reset_progress(record& job, call_record& call) {
  if (std::exchange(call.running, false))
    ++stats_.waiting_calls;
  job.view.pictures_done -= std::exchange(call.pictures_done, 0);
}

std::shared_ptr<const planned_call> job_table::retry(const call_key& key, attempt_token attempt,
                                                     reservation_id reservation, std::uint32_t paid_before,
                                                     bool suspect) {
  auto* job = find(key.job);
  auto* call = find_open(key, attempt);
  if (call == nullptr)
    return nullptr;
  reset_progress(*job, *call);
  ++call->attempt;
  call->reservation = reservation;
  call->paid_before = paid_before;
  call->suspect = suspect;
  return planned(*job, key.index);
}

picture_indices job_table::pictures_of(const call_key& key) const {
  const auto* job = find(key.job);
  return job == nullptr || key.index >= job->calls.size() ? picture_indices{} : job->calls[key.index].pictures;
}

bool job_table::may_split(const call_key& key) const {
  const auto* job = find(key.job);
  return job != nullptr && job->calls.size() + 2 <= job->planned_calls + config_.max_split_calls;
}

std::vector<std::shared_ptr<const planned_call>> job_table::split(const call_key& key, attempt_token attempt,
                                                                  reservation_id first) {
  auto* job = find(key.job);
  auto* call = find_open(key, attempt);
  if (call == nullptr || call->pictures.size() < 2)
    return {};
  reset_progress(*job, *call);
  call->closed = true;
  const auto middle = call->pictures.begin() + static_cast<std::ptrdiff_t>(call->pictures.size() / 2);
  std::array halves{picture_indices{call->pictures.begin(), middle}, picture_indices{middle, call->pictures.end()}};
  std::vector<std::shared_ptr<const planned_call>> calls;
  for (auto& half : halves) {
    call_record part;
    part.pictures = std::move(half);
    part.reservation = first + calls.size();
    job->calls.push_back(std::move(part));
    calls.push_back(planned(*job, static_cast<std::uint32_t>(job->calls.size()) - 1));
  }
  // One call less waits, and two more.
  ++stats_.waiting_calls;
  ++job->open_calls;
  return calls;
}

job_table::effect job_table::finish_if_last(record& job, timestamp now) {
  if (job.open_calls != 0)
    return effect::open;
  std::vector<digest> contents;
  contents.reserve(job.outcomes.size());
  for (const auto& p : job.spec->pictures)
    contents.push_back(p.content);
  repeat_outcomes(contents, job.outcomes);
  const auto recognised = std::ranges::count_if(job.outcomes, [](const auto& o) { return o.recognised != nullptr; });
  if (recognised != 0)
    end(job, now, job_status::completed, std::nullopt);
  else
    end(job, now, job_status::failed, "every image failed; the first: " + job.outcomes.front().error);
  return effect::ended;
}

void job_table::end(record& job, timestamp now, job_status status, std::optional<std::string> error) {
  job.repeatable = status != job_status::cancelled && std::ranges::none_of(job.outcomes, &picture_outcome::may_pass);
  auto ended = job.view;
  ended.status = status;
  ended.completed_at = now;
  ended.expires_at = now + config_.result_ttl;
  ended.error = std::move(error);
  if (status != job_status::cancelled) {
    auto result = std::make_shared<job_result>();
    result->api_calls = job.api_calls;
    result->pictures_from_cache = job.pictures_from_cache;
    result->pictures.reserve(job.outcomes.size());
    for (std::size_t i = 0; i < job.outcomes.size(); ++i)
      result->pictures.push_back({job.spec->pictures[i].id, std::move(job.outcomes[i])});
    ended.started_at = ended.started_at.value_or(now);
    ended.pictures_done = ended.pictures_total;
    ended.result = std::move(result);
  }
  if (ended.result) {
    job.result_bytes = bytes_of(*ended.result);
    stats_.kept_bytes += job.result_bytes;
  }
  job.ended = std::move(ended);
  leave_queue(job);
  job.spec.reset();
  job.outcomes = {};
  job.calls = {};
  if (!job.repeatable)
    unindex(job);
}

void job_table::leave_queue(record& job) {
  stats_.waiting_calls -= static_cast<std::uint64_t>(
      std::ranges::count_if(job.calls, [](const auto& c) { return !c.closed && !c.running; }));
  waiting_bytes_ -= std::exchange(job.bytes, 0);
}

void job_table::unindex(const record& job) {
  if (const auto found = by_identity_.find(job.identity); found != by_identity_.end() && found->second == job.view.id)
    by_identity_.erase(found);
}

bool job_table::cancel(timestamp now, const job_id& id) {
  auto* job = find(id);
  if (job == nullptr || !job->visible || job->ended)
    return false;
  end(*job, now, job_status::cancelled, "cancelled by the client");
  return true;
}

job_end job_table::ending(const job_id& id) const {
  const auto& ended = *find(id)->ended;
  return {id,          ended.status,         ended.started_at,      *ended.completed_at, *ended.expires_at,
          ended.error, find(id)->repeatable, find(id)->result_bytes};
}

job_view job_table::publish(const job_id& id) {
  auto* job = find(id);
  if (job == nullptr || !job->ended)
    return {};
  auto full = *job->ended;
  if (!is_final(job->view.status)) {
    job->ended->result.reset();
    set_status(*job, full.status);
    job->view = *job->ended;
    by_expiry_.emplace(*job->view.expires_at, id);
  }
  return full;
}

void job_table::forget(const job_id& id) {
  if (const auto* job = find(id); job != nullptr && is_final(job->view.status))
    erase(id);
}

void job_table::erase(const job_id& id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end())
    return;
  auto& job = found->second;
  if (job.visible) {
    --stats_.total_jobs;
    --stats_.by_status[index_of(job.view.status)];
  }
  stats_.kept_bytes -= job.result_bytes;
  leave_queue(job);
  unindex(job);
  if (job.view.expires_at) {
    const auto [first, last] = by_expiry_.equal_range(*job.view.expires_at);
    const auto entry = std::find_if(first, last, [&](const auto& e) { return e.second == id; });
    if (entry != last)
      by_expiry_.erase(entry);
  }
  by_position_.erase(job.position);
  jobs_.erase(found);
}

bool job_table::start_forgetting(const job_id& id) {
  auto* job = find(id);
  return job != nullptr && is_final(job->view.status) && !std::exchange(job->forgetting, true);
}

std::vector<job_id> job_table::expired(timestamp now) const {
  std::vector<job_id> ids;
  for (const auto& [expires_at, id] : by_expiry_) {
    if (expires_at > now)
      break;
    if (!find(id)->forgetting)
      ids.push_back(id);
  }
  return ids;
}

const job_view* job_table::view(timestamp now, const job_id& id) const {
  const auto* job = find(id);
  return job == nullptr || !job->visible || has_expired(job->view, now) ? nullptr : &job->view;
}

job_page job_table::list(timestamp now, const job_filter& filter) const {
  job_page page;
  auto at = filter.cursor == 0 ? by_position_.end() : by_position_.lower_bound(filter.cursor);
  std::uint64_t last = 0;
  while (at != by_position_.begin()) {
    --at;
    const auto* job = view(now, at->second);
    if (job == nullptr || (filter.status && job->status != *filter.status))
      continue;
    if (page.jobs.size() == filter.limit) {
      page.next = last;
      break;
    }
    last = at->first;
    page.jobs.push_back(*job);
  }
  return page;
}

registry_stats job_table::stats() const {
  return stats_;
}

} // namespace glyphgate
