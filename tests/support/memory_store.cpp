#include "support/memory_store.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate::store {

namespace {

bool is_open(const memory_store::spend_row& spend) {
  return spend.state == memory_store::spend_state::reserved || spend.state == memory_store::spend_state::begun;
}

} // namespace

verdicts memory_store::commit(batch_number number, std::span<const transaction> transactions) {
  if (number == last_batch_)
    return last_verdicts_;
  last_batch_ = number;
  last_verdicts_ = commit(transactions);
  return last_verdicts_;
}

verdicts memory_store::commit(std::span<const transaction> transactions) {
  verdicts done;
  done.reserve(transactions.size());
  for (const auto& t : transactions)
    done.push_back(std::visit([this](const auto& one) { return apply(one); }, t));
  return done;
}

memory_store::call_row* memory_store::find_open(const call_key& key, attempt_token attempt) {
  const auto found = jobs_.find(key.job);
  if (found == jobs_.end() || found->second.end || key.index >= found->second.calls.size())
    return nullptr;
  auto& call = found->second.calls[key.index];
  return call.closed || call.attempt != attempt ? nullptr : &call;
}

verdict memory_store::close_spend(reservation_id id, spend_state state, timestamp at) {
  const auto found = spends_.find(id);
  if (found == spends_.end() || !is_open(found->second))
    return verdict::stale;
  found->second.state = state;
  found->second.at = at;
  if (state == spend_state::released)
    return verdict::applied;
  ++totals_.api_calls;
  if (const auto price = found->second.price)
    totals_.spent += *price;
  else
    ++totals_.unpriced_calls;
  if (const auto job = jobs_.find(found->second.key.job); job != jobs_.end())
    ++job->second.api_calls;
  return verdict::applied;
}

void memory_store::add_call(job_row& job, std::uint32_t index, const call_plan& plan, timestamp at) {
  job.calls.push_back({1, plan.reservation, 0, false, 0, false});
  spends_[plan.reservation] = {{job.accepted.id, index}, 1, spend_state::reserved, at, std::nullopt};
  first_free_ = std::max(first_free_, plan.reservation + 1);
}

verdict memory_store::apply(const accept_job& t) {
  job_row row;
  row.accepted = t;
  row.outcomes.resize(t.spec->pictures.size());
  for (const auto& [index, recognised] : t.known)
    row.outcomes[index].recognised = recognised;
  for (std::uint32_t i = 0; i < t.calls.size(); ++i)
    add_call(row, i, t.calls[i], t.at);
  if (!t.calls.empty())
    accepted_at_.push_back(t.at);
  totals_.pictures_from_cache += t.pictures_from_cache;
  totals_.one_by_one += t.pictures_from_cache * t.call_price;
  row.engine = t.engine;
  jobs_.insert_or_assign(t.id, std::move(row));
  order_.push_back(t.id);
  return verdict::applied;
}

verdict memory_store::apply(const begin_attempt& t) {
  if (find_open(t.key, t.attempt) == nullptr)
    return verdict::stale;
  const auto spend = spends_.find(t.reservation);
  if (spend == spends_.end() || !is_open(spend->second))
    return verdict::stale;
  if (std::exchange(spend->second.state, spend_state::begun) == spend_state::reserved)
    spend->second.at = t.at;
  spend->second.price = spend->second.price.value_or(t.price);
  auto& started_at = jobs_.at(t.key.job).started_at;
  started_at = started_at.value_or(t.at);
  return verdict::applied;
}

verdict memory_store::apply(const settle_spend& t) {
  if (const auto spend = spends_.find(t.reservation); spend != spends_.end() && is_open(spend->second))
    spend->second.price = spend->second.price.value_or(t.price);
  return close_spend(t.reservation, spend_state::settled, t.at);
}

verdict memory_store::apply(const release_spend& t) {
  return close_spend(t.reservation, spend_state::released, t.at);
}

verdict memory_store::apply(const carry_over_spend& t) {
  auto* call = find_open(t.key, t.attempt);
  const auto spend = spends_.find(t.reservation);
  if (call == nullptr || spend == spends_.end() || !is_open(spend->second))
    return verdict::stale;
  ++call->attempt;
  call->suspect = false;
  call->interruptions = 0;
  spend->second.attempt = call->attempt;
  spend->second.state = spend_state::reserved;
  spend->second.at = t.at;
  spend->second.price.reset();
  return verdict::applied;
}

verdict memory_store::apply(const reserve_retry& t) {
  auto* call = find_open(t.key, t.attempt - 1);
  if (call == nullptr)
    return verdict::stale;
  call->attempt = t.attempt;
  call->reservation = t.reservation;
  call->paid_before = t.paid_before;
  call->suspect = t.suspect;
  if (!t.suspect)
    call->interruptions = 0;
  spends_[t.reservation] = {t.key, t.attempt, spend_state::reserved, t.at, std::nullopt};
  first_free_ = std::max(first_free_, t.reservation + 1);
  return verdict::applied;
}

verdict memory_store::apply(const split_call& t) {
  auto* call = find_open(t.key, t.attempt);
  if (call == nullptr)
    return verdict::stale;
  call->closed = true;
  auto& job = jobs_.at(t.key.job);
  for (std::uint32_t i = 0; i < t.parts.size(); ++i) {
    add_call(job, t.first_index + i, t.parts[i], t.at);
    job.accepted.calls.push_back(t.parts[i]);
  }
  return verdict::applied;
}

verdict memory_store::apply(const close_call& t) {
  auto* call = find_open(t.key, t.attempt);
  if (call == nullptr)
    return verdict::stale;
  call->closed = true;
  auto& job = jobs_.at(t.key.job);
  const auto spend = spends_.find(call->reservation);
  const auto price = spend == spends_.end() ? std::nullopt : spend->second.price;
  const auto& pictures = job.accepted.calls[t.key.index].pictures;
  for (std::size_t i = 0; i < pictures.size() && i < t.outcomes.size(); ++i) {
    job.outcomes[pictures[i]] = t.outcomes[i];
    if (!t.outcomes[i].recognised)
      continue;
    ++totals_.pictures_processed;
    if (price)
      totals_.one_by_one += *price;
    else
      ++totals_.unpriced_pictures;
  }
  return verdict::applied;
}

verdict memory_store::apply(const end_job& t) {
  const auto found = jobs_.find(t.end.id);
  if (found == jobs_.end() || found->second.end)
    return verdict::stale;
  auto& job = found->second;
  job.end = t.end;
  std::vector<digest> contents;
  for (const auto& p : job.accepted.spec->pictures)
    contents.push_back(p.content);
  repeat_outcomes(contents, job.outcomes);
  return verdict::applied;
}

verdict memory_store::apply(const forget_job& t) {
  std::erase(order_, t.id);
  return jobs_.erase(t.id) != 0 ? verdict::applied : verdict::stale;
}

verdict memory_store::apply(const adopt_job& t) {
  const auto found = jobs_.find(t.id);
  if (found == jobs_.end() || found->second.end)
    return verdict::stale;
  auto spec = std::make_shared<job_spec>(*found->second.accepted.spec);
  spec->identity = t.identity;
  spec->recognition_keys = t.recognition_keys;
  found->second.accepted.spec = std::move(spec);
  found->second.age_from = t.age_from;
  return verdict::applied;
}

verdict memory_store::apply(const note_pause& t) {
  pause_ = t;
  return verdict::applied;
}

timestamp memory_store::latest() const {
  timestamp latest{};
  for (const auto& [id, spend] : spends_)
    latest = std::max(latest, spend.at);
  for (const auto& [id, job] : jobs_) {
    latest = std::max(latest, job.accepted.at);
    if (job.end)
      latest = std::max(latest, job.end->completed_at);
  }
  for (const auto at : accepted_at_)
    latest = std::max(latest, at);
  return latest;
}

recovery memory_store::recover(timestamp now) {
  recovery r;
  r.as_of = std::max(now, latest());
  std::vector<reservation_id> interrupted;
  for (auto& [id, spend] : spends_)
    if (spend.state == spend_state::begun)
      interrupted.push_back(id);
  for (const auto id : interrupted) {
    close_spend(id, spend_state::unknown, r.as_of);
    const auto& key = spends_.at(id).key;
    if (const auto job = jobs_.find(key.job); job != jobs_.end()) {
      auto& call = job->second.calls.at(key.index);
      call.suspect = true;
      call.interruptions += interrupted.size() == 1 ? 1 : 0;
    }
  }
  for (const auto& [id, spend] : spends_) {
    if (spend.state == spend_state::reserved)
      r.spends.push_back({id, std::nullopt});
    else if (spend.state != spend_state::released)
      r.spends.push_back({id, spend.at});
  }
  r.jobs_accepted_at = accepted_at_;
  r.first_free = first_free_;
  r.last_batch = ++last_batch_;
  r.totals = totals_;
  r.pause = pause_;
  for (const auto& id : order_) {
    const auto& row = jobs_.at(id);
    if (row.end) {
      kept_job job;
      job.identity = row.accepted.spec->identity;
      job.repeatable = row.end->repeatable;
      job.result_bytes = row.end->result_bytes;
      job.view = {id,
                  row.end->status,
                  row.accepted.at,
                  row.end->started_at,
                  row.end->completed_at,
                  row.end->expires_at,
                  static_cast<std::uint32_t>(row.outcomes.size()),
                  0,
                  row.end->error,
                  nullptr};
      if (row.end->status != job_status::cancelled)
        job.view.pictures_done = job.view.pictures_total;
      r.ended.push_back(std::move(job));
      continue;
    }
    kept_job job;
    job.view.id = id;
    job.view.created_at = row.accepted.at;
    job.view.started_at = row.started_at;
    job.identity = row.accepted.spec->identity;
    job.engine = row.engine;
    job.age_from = row.age_from;
    job.spec = row.accepted.spec;
    job.outcomes = row.outcomes;
    job.api_calls = row.api_calls;
    job.pictures_from_cache = row.accepted.pictures_from_cache;
    for (std::size_t i = 0; i < row.calls.size(); ++i) {
      const auto& call = row.calls[i];
      const auto spend = spends_.find(call.reservation);
      const bool reserved = spend != spends_.end() && spend->second.state == spend_state::reserved;
      job.calls.push_back({row.accepted.calls[i].pictures, call.attempt, call.reservation, call.paid_before,
                           !call.closed && !reserved, call.suspect, call.interruptions, call.closed});
    }
    r.pending.push_back(std::move(job));
  }
  return r;
}

std::shared_ptr<const job_result> memory_store::read_result(const job_id& id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.end || found->second.end->status == job_status::cancelled)
    return nullptr;
  const auto& row = found->second;
  auto result = std::make_shared<job_result>();
  result->api_calls = row.api_calls;
  result->pictures_from_cache = row.accepted.pictures_from_cache;
  for (std::size_t i = 0; i < row.outcomes.size(); ++i)
    result->pictures.push_back({row.accepted.spec->pictures[i].id, row.outcomes[i]});
  return result;
}

recognitions memory_store::recall(std::span<const digest> keys) {
  recognitions known(keys.size());
  for (const auto& [id, row] : jobs_)
    for (std::size_t i = 0; i < row.outcomes.size(); ++i)
      for (std::size_t k = 0; k < keys.size(); ++k)
        if (row.outcomes[i].recognised && row.accepted.spec->recognition_keys[i] == keys[k])
          known[k] = row.outcomes[i].recognised;
  return known;
}

void memory_store::sweep_spends_before(timestamp at) {
  std::erase_if(spends_, [at](const auto& entry) {
    const auto& row = entry.second;
    return row.state != spend_state::reserved && row.state != spend_state::begun && row.at < at;
  });
  std::erase_if(accepted_at_, [at](timestamp t) { return t < at; });
}

} // namespace glyphgate::store
