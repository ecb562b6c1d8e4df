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

job_table::job_table(const job_config& config, micro_dollars call_price, std::string engine)
    : config_{config},
      call_price_{call_price},
      engine_{std::move(engine)} {}

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

const job_table::holding& job_table::of(const owner_name& owner) const {
  static const holding nothing;
  const auto found = holdings_.find(owner);
  return found == holdings_.end() ? nothing : found->second;
}

room job_table::has_room(const owner_name& owner, std::uint64_t bytes, bool several_owners) const {
  return room_for(bytes, of(owner).waiting_bytes, waiting_bytes_, std::uint64_t{config_.queue_mb} * 1024 * 1024,
                  several_owners);
}

job_table::keeping job_table::may_keep(timestamp now, const owner_name& owner, bool several_owners) const {
  struct amount {
    std::uint64_t jobs = 0;
    std::uint64_t bytes = 0;
  };
  const auto room_beside = [&](const amount& own, const amount& all) {
    // Jobs on their way in count: each of them may be kept. What one will come to is not known.
    const auto for_job = room_for(1, own.jobs, all.jobs, config_.max_kept_jobs, several_owners);
    return for_job != room::yes
               ? for_job
               : room_for(1, own.bytes, all.bytes, std::uint64_t{config_.max_kept_mb} * 1024 * 1024, several_owners);
  };
  amount own{of(owner).by_position.size(), of(owner).kept_bytes};
  amount all{jobs_.size(), stats_.kept_bytes};
  keeping k;
  k.sweep = room_beside(own, all) != room::yes;
  auto next = by_expiry_.begin();
  // What has expired is about to go.
  for (; next != by_expiry_.end() && next->first <= now; ++next) {
    const auto& job = *find(next->second);
    --all.jobs;
    all.bytes -= job.result_bytes;
    own.jobs -= job.view.owner == owner ? 1 : 0;
    own.bytes -= job.view.owner == owner ? job.result_bytes : 0;
  }
  k.there = room_beside(own, all);
  if (k.there == room::share_is_full)
    next = std::find_if(next, by_expiry_.end(), [&](const auto& e) { return find(e.second)->view.owner == owner; });
  if (next != by_expiry_.end())
    k.next_expiry = next->first;
  return k;
}

job_table::record& job_table::insert(record job) {
  job.position = next_position_++;
  const auto id = job.view.id;
  by_position_.emplace(job.position, id);
  auto& own = of(job.view.owner);
  job.own_position = own.next_position++;
  own.by_position.emplace(job.own_position, id);
  if (!is_final(job.view.status) || job.repeatable)
    by_identity_.insert_or_assign(job.identity, id);
  waiting_bytes_ += job.bytes;
  own.waiting_bytes += job.bytes;
  return jobs_.insert_or_assign(id, std::move(job)).first->second;
}

void job_table::show(record& job) {
  job.visible = true;
  ++stats_.total_jobs;
  count_in(job);
}

void job_table::count_in(const record& job) {
  ++stats_.by_status[index_of(job.view.status)];
  if (job.view.status == job_status::pending)
    pending_.insert(job.position);
}

void job_table::count_out(const record& job) {
  --stats_.by_status[index_of(job.view.status)];
  pending_.erase(job.position);
}

void job_table::set_status(record& job, job_status status) {
  if (job.visible)
    count_out(job);
  job.view.status = status;
  if (job.visible)
    count_in(job);
}

void job_table::admit(timestamp now, const job_id& id, std::shared_ptr<const job_spec> spec) {
  record job;
  job.identity = spec->identity;
  job.view.id = id;
  job.view.owner = spec->owner;
  job.view.created_at = job.age_from = now;
  job.view.pictures_total = static_cast<std::uint32_t>(spec->pictures.size());
  job.bytes = bytes_of(*spec);
  job.outcomes.resize(spec->pictures.size());
  job.aboard.resize(spec->pictures.size());
  job.done.resize(spec->pictures.size());
  for (std::uint32_t i = 0; i < spec->pictures.size(); ++i) {
    if (const auto& why = spec->pictures[i].refused; !why.empty()) {
      job.outcomes[i].error = why;
      count_done(job, i, true);
    }
  }
  job.spec = std::move(spec);
  insert(std::move(job));
}

void job_table::know(const job_id& id, std::span<const std::shared_ptr<const recognition>> known) {
  auto* job = find_open(id);
  for (std::uint32_t i = 0; i < known.size(); ++i) {
    if (known[i]) {
      job->outcomes[i].recognised = known[i];
      count_done(*job, i, true);
    }
  }
}

void job_table::know_late(const job_id& id, const known_pictures& known) {
  auto* job = find_open(id);
  for (const auto& [i, recognised] : known) {
    job->outcomes[i].recognised = recognised;
    count_done(*job, i, true);
    ++job->pictures_from_cache;
    ++stats_.totals.pictures_from_cache;
    stats_.totals.one_by_one += call_price_;
  }
}

void job_table::count_done(record& job, std::uint32_t position, bool done) {
  if (job.done[position] == done)
    return;
  job.done[position] = done;
  job.view.pictures_done += done ? 1 : 0;
  job.view.pictures_done -= done ? 0 : 1;
}

void job_table::board(const rider& who, call_id call) {
  auto* job = find_open(who.job);
  job->open += job->aboard[who.position] == 0 ? 1 : 0;
  job->aboard[who.position] = call;
  count_done(*job, who.position, false);
}

void job_table::leave(record& job, std::uint32_t position) {
  if (std::exchange(job.aboard[position], 0) != 0)
    --job.open;
}

std::vector<call_id> job_table::aboard(const job_id& id) const {
  const auto* job = find(id);
  return job == nullptr ? std::vector<call_id>{} : job->aboard;
}

void job_table::confirm(timestamp accepted_at, const job_id& id, std::uint32_t pictures_from_cache, wait_place place) {
  auto* job = find_open(id);
  job->view.created_at = job->age_from = accepted_at;
  job->pictures_from_cache = pictures_from_cache;
  job->waits_at = place;
  show(*job);
  stats_.totals.pictures_from_cache += pictures_from_cache;
  stats_.totals.pictures_processed += job->read_early;
  stats_.totals.one_by_one += (pictures_from_cache + job->read_early) * call_price_;
}

void job_table::sift(const sift_job& done, std::shared_ptr<const job_spec> spec) {
  auto* job = find_open(done.id);
  job->spec = std::move(spec);
  job->sifted_at = done.at;
  job->waits_at = wait_place::line;
  for (const auto& [position, key, read] : done.answered) {
    job->outcomes[position].recognised = read;
    count_done(*job, position, true);
  }
  for (const auto& [position, earlier] : done.repeats)
    count_done(*job, position, job->done[earlier]);
  stats_.totals.pictures_answered_here += done.answered.size();
  stats_.totals.pictures_repeated += done.pictures_repeated;
  stats_.totals.saved_here += done.saved;
  if (waiting(done.id).empty())
    job->waits_at = wait_place::none;
}

void job_table::leave_line(const job_id& id) {
  if (auto* job = find_open(id))
    job->waits_at = wait_place::none;
}

bool job_table::is_at(const job_id& id, wait_place place) const {
  const auto* job = find(id);
  return job != nullptr && !job->ended && job->waits_at == place;
}

picture_indices job_table::waiting(const job_id& id) const {
  picture_indices positions;
  if (!in_line(id) && !in_sieve(id))
    return positions;
  const auto& job = *find(id);
  // What repeats another has the other's outcome.
  std::unordered_set<digest> cared_for;
  for (std::uint32_t i = 0; i < job.outcomes.size(); ++i)
    if (job.aboard[i] != 0 || is_decided(job.outcomes[i]))
      cared_for.insert(job.spec->recognition_keys[i]);
  for (std::uint32_t i = 0; i < job.outcomes.size(); ++i)
    if (cared_for.insert(job.spec->recognition_keys[i]).second)
      positions.push_back(i);
  return positions;
}

void job_table::give_up_waiting(const job_id& id, const std::string& error) {
  for (const auto i : waiting(id)) {
    auto& job = *find(id);
    job.outcomes[i] = {nullptr, error, true};
    count_done(job, i, true);
  }
  if (auto* job = find_open(id))
    job->gave_up = true;
  leave_line(id);
}

void job_table::revoke(const job_id& id) {
  erase(id);
}

void job_table::restore(kept_job restored) {
  record job;
  job.identity = restored.identity;
  job.accepted_for = std::move(restored.engine);
  job.view = std::move(restored.view);
  job.api_calls = restored.api_calls;
  job.share = restored.share;
  job.pictures_from_cache = restored.pictures_from_cache;
  if (is_final(job.view.status)) {
    job.repeatable = restored.repeatable;
    keep_result(job, restored.result_bytes);
    job.ended = job.view;
    by_expiry_.emplace(*job.view.expires_at, job.view.id);
    return show(insert(std::move(job)));
  }
  job.age_from = restored.age_from.value_or(job.view.created_at);
  job.view.status = job.view.started_at ? job_status::processing : job_status::pending;
  job.view.pictures_total = static_cast<std::uint32_t>(restored.outcomes.size());
  job.bytes = bytes_of(*restored.spec);
  job.spec = std::move(restored.spec);
  job.outcomes = std::move(restored.outcomes);
  job.aboard = std::move(restored.aboard);
  job.open = static_cast<std::uint32_t>(std::ranges::count_if(job.aboard, [](call_id call) { return call != 0; }));
  job.done.resize(job.outcomes.size());
  for (std::uint32_t i = 0; i < job.outcomes.size(); ++i)
    count_done(job, i, is_decided(job.outcomes[i]));
  job.sifted_at = restored.sifted_at;
  // Until it is known that nothing waits.
  job.waits_at = restored.sifting ? wait_place::sieve : wait_place::line;
  const auto id = job.view.id;
  show(insert(std::move(job)));
  if (waiting(id).empty())
    leave_line(id);
}

bool job_table::adopt(const kept_job& adopted) {
  auto* job = find_open(adopted.view.id);
  if (job == nullptr)
    return false;
  unindex(*job);
  job->identity = adopted.identity;
  by_identity_.insert_or_assign(job->identity, adopted.view.id);
  job->spec = adopted.spec;
  job->age_from = adopted.age_from.value_or(job->view.created_at);
  return true;
}

void job_table::restore_totals(const store_totals& sums) {
  stats_.totals = sums;
}

job_table::record* job_table::find_open(const job_id& id) {
  auto* job = find(id);
  return job == nullptr || job->ended ? nullptr : job;
}

void job_table::progress(timestamp begun_at, const rider& who, bool read) {
  auto* job = find_open(who.job);
  if (job == nullptr)
    return;
  if (job->view.status == job_status::pending) {
    set_status(*job, job_status::processing);
    // It may have boarded a call that was under way already.
    job->view.started_at = std::max(begun_at, job->view.created_at);
  }
  if (read)
    count_done(*job, who.position, true);
}

void job_table::unread(const rider& who) {
  if (auto* job = find_open(who.job))
    count_done(*job, who.position, false);
}

void job_table::count_attempt(micro_dollars price) {
  ++stats_.totals.api_calls;
  stats_.totals.spent += price;
}

void job_table::pay(const job_id& id, const cost& share) {
  auto* job = find(id);
  if (job == nullptr)
    return;
  ++job->api_calls;
  job->share += share;
}

void job_table::note_montage(const job_id& id, const std::string& way) {
  if (auto* job = find(id); job != nullptr && !way.empty())
    job->montages.insert(way);
}

std::string job_table::montages_of(const job_id& id) const {
  std::string ways;
  if (const auto* job = find(id); job != nullptr)
    for (const auto& way : job->montages)
      ways += (ways.empty() ? "" : ",") + way;
  return ways;
}

void job_table::decide(const rider& who, const picture_outcome& outcome) {
  auto* job = find_open(who.job);
  if (job == nullptr)
    return;
  leave(*job, who.position);
  job->outcomes[who.position] = outcome;
  count_done(*job, who.position, true);
  if (!outcome.recognised)
    return;
  if (!job->visible) {
    ++job->read_early;
    return;
  }
  ++stats_.totals.pictures_processed;
  stats_.totals.one_by_one += call_price_;
}

std::shared_ptr<const job_spec> job_table::spec(const job_id& id) const {
  const auto* job = find(id);
  return job == nullptr ? nullptr : job->spec;
}

std::string job_table::accepted_for(const job_id& id) const {
  const auto* job = find(id);
  return job == nullptr ? std::string{} : job->accepted_for;
}

std::vector<job_id> job_table::open_jobs() const {
  std::vector<job_id> ids;
  for (const auto& [position, id] : by_position_)
    if (!find(id)->ended)
      ids.push_back(id);
  return ids;
}

std::optional<timestamp> job_table::patient_until(const job_id& id) const {
  const auto* job = find(id);
  if (job == nullptr || !job->spec || !job->spec->max_delay)
    return std::nullopt;
  return in_line_since(id) + *job->spec->max_delay;
}

timestamp job_table::line_until(const job_id& id) const {
  const auto* job = find(id);
  if (job == nullptr || !job->spec)
    return {};
  const auto too_old_at = age_from(id) + config_.max_age;
  const auto delay = job->spec->max_delay.value_or(duration::zero());
  return delay > duration::zero() ? std::min(in_line_since(id) + delay, too_old_at) : too_old_at;
}

timestamp job_table::in_line_since(const job_id& id) const {
  const auto& job = *find(id);
  return std::max(job.view.created_at, job.sifted_at.value_or(job.view.created_at));
}

timestamp job_table::age_from(const job_id& id) const {
  const auto* job = find(id);
  if (job == nullptr || !job->spec)
    return timestamp::max();
  // What it was told to wait makes it no older.
  return job->age_from + job->spec->max_delay.value_or(duration::zero());
}

bool job_table::end_if_decided(timestamp now, const job_id& id) {
  auto* job = find_open(id);
  if (job == nullptr || !job->visible || job->waits_at != wait_place::none || job->open != 0)
    return false;
  repeat_outcomes(job->spec->recognition_keys, job->outcomes);
  const auto recognised = std::ranges::count_if(job->outcomes, [](const auto& o) { return o.recognised != nullptr; });
  if (recognised != 0)
    end(*job, now, job_status::completed, std::nullopt);
  else
    end(*job, now, job_status::failed, "every image failed; the first: " + job->outcomes.front().error);
  return true;
}

duration job_table::time_to_live(const record& job) const {
  const auto delay = job.spec->max_delay.value_or(duration::zero());
  if (!job.gave_up || delay == duration::zero())
    return config_.result_ttl;
  // No limit counts it: whoever posts many of them must not fill the place where jobs are kept.
  constexpr duration enough_to_look = std::chrono::minutes{1};
  return std::min<duration>(config_.result_ttl, std::max(enough_to_look, delay));
}

void job_table::end(record& job, timestamp now, job_status status, std::optional<std::string> error) {
  job.repeatable = status != job_status::cancelled && std::ranges::none_of(job.outcomes, &picture_outcome::may_pass);
  auto ended = job.view;
  ended.status = status;
  ended.completed_at = now;
  ended.expires_at = now + time_to_live(job);
  ended.error = std::move(error);
  if (status != job_status::cancelled) {
    auto result = std::make_shared<job_result>();
    result->api_calls = job.api_calls;
    result->share = job.share;
    result->pictures_from_cache = job.pictures_from_cache;
    result->engine = job.accepted_for.empty() ? engine_ : job.accepted_for;
    result->pictures.reserve(job.outcomes.size());
    for (std::size_t i = 0; i < job.outcomes.size(); ++i) {
      const auto& p = job.spec->pictures[i];
      result->pictures.push_back({p.id, std::move(job.outcomes[i]), {}, p.info.width, p.info.height});
    }
    if (job.spec->near_duplicates)
      note_repeats(job.spec->recognition_keys, result->pictures);
    ended.started_at = ended.started_at.value_or(now);
    ended.pictures_done = ended.pictures_total;
    ended.result = std::move(result);
  }
  if (ended.result)
    keep_result(job, bytes_of(*ended.result) + (job.spec->keep_images ? bytes_of(*job.spec) : 0));
  job.ended = std::move(ended);
  leave_queue(job);
  job.spec.reset();
  job.outcomes = {};
  job.aboard = {};
  job.open = 0;
  if (!job.repeatable)
    unindex(job);
}

void job_table::keep_result(record& job, std::uint64_t bytes) {
  job.result_bytes = bytes;
  stats_.kept_bytes += bytes;
  of(job.view.owner).kept_bytes += bytes;
}

void job_table::leave_queue(record& job) {
  waiting_bytes_ -= job.bytes;
  of(job.view.owner).waiting_bytes -= std::exchange(job.bytes, 0);
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
    count_out(job);
  }
  stats_.kept_bytes -= job.result_bytes;
  auto& own = of(job.view.owner);
  own.kept_bytes -= job.result_bytes;
  own.by_position.erase(job.own_position);
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
  const auto& own = of(filter.owner).by_position;
  auto at = filter.cursor == 0 ? own.end() : own.lower_bound(filter.cursor);
  std::uint64_t last = 0;
  while (at != own.begin()) {
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
  auto all = stats_;
  if (!pending_.empty())
    all.oldest_pending = find(by_position_.at(*pending_.begin()))->view.created_at;
  return all;
}

} // namespace glyphgate
