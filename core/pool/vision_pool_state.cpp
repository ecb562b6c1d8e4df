#include "core/pool/vision_pool_state.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace glyphgate {

namespace {

call_health health_of(const call_failure& failure) {
  if (failure.code == ec::request_rejected && failure.sent)
    return call_health::success;
  if (failure.code == ec::engine_unavailable || failure.code == ec::account_refused)
    return call_health::failure;
  return call_health::unused;
}

call_report report_of(const call_outcome& outcome) {
  const auto* failure = std::get_if<call_failure>(&outcome);
  if (failure == nullptr)
    return {call_health::success, {}, std::nullopt};
  return {health_of(*failure), failure->detail, failure->retry_after};
}

} // namespace

vision_pool_state::vision_pool_state(const vision_pool_config& config)
    : config_{config},
      queue_{config.queue_capacity, config.max_age} {
  for (worker_slot slot = 0; slot < config.workers; ++slot)
    idle_.push_back(slot);
  for (worker_slot slot = 0; slot < config.sieves; ++slot)
    idle_sieves_.push_back(slot);
}

std::vector<any_pool_command> vision_pool_state::step(timestamp now, const any_pool_event& event) {
  now_ = now;
  std::visit([this](const auto& e) { on(e); }, event);
  pump();
  answer_drain();
  return std::exchange(commands_, {});
}

void vision_pool_state::on(const pool_event::annotate& e) {
  if (draining_)
    return answer_not_made({{e.from, e.call}}, ec::shutting_down, "the service stops");
  if (!queue_.push({e.from, e.call}))
    answer_not_made({{e.from, e.call}}, ec::queue_full, "the queue of calls is full");
}

void vision_pool_state::on(const pool_event::cancel& e) {
  answer_not_made(queue_.take_call(e.id), ec::cancelled, "cancelled before the call was made");
  for (const auto& [slot, r] : running_)
    if (r.call->id == e.id)
      commands_.emplace_back(pool_command::stop_run{slot});
}

void vision_pool_state::on(const pool_event::recorded& e) {
  unrecorded_.erase(e.reservation);
}

void vision_pool_state::on(const pool_event::drain& e) {
  drained_by_ = e.from;
  draining_ = true;
  stop_at_ = now_ + e.grace;
  answer_not_made(queue_.take_all(), ec::shutting_down, "the service stops");
  for (auto& [slot, r] : sifting_)
    stop(slot, r);
}

void vision_pool_state::on(const pool_event::sift& e) {
  if (draining_ || idle_sieves_.empty()) {
    const auto why = draining_ ? ec::shutting_down : ec::queue_full;
    commands_.emplace_back(pool_command::answer_sift{e.from, not_sifted(why, "the sieve takes no portion now")});
    return;
  }
  const auto slot = idle_sieves_.back();
  idle_sieves_.pop_back();
  sifting_.emplace(slot, sift_run{e.from, now_});
  commands_.emplace_back(pool_command::run_sift{slot, e.portion});
}

void vision_pool_state::on(const pool_event::cancel_sift& e) {
  for (auto& [slot, r] : sifting_)
    if (r.from == e.from)
      stop(slot, r);
}

void vision_pool_state::stop(worker_slot slot, sift_run& r) {
  if (!std::exchange(r.stopped, true))
    commands_.emplace_back(pool_command::stop_sift{slot});
}

void vision_pool_state::on(const pool_event::sift_ended& e) {
  const auto found = sifting_.find(e.slot);
  if (found == sifting_.end())
    return;
  const auto* failure = std::get_if<call_failure>(e.outcome.get());
  const bool late = found->second.overdue && failure != nullptr && failure->code == ec::cancelled;
  finish_sift(e.slot, late ? not_sifted(ec::engine_unavailable, "the sieve did not answer in time") : e.outcome);
}

void vision_pool_state::on(const pool_event::sieve_lost& e) {
  commands_.emplace_back(log_entry{log_level::error, "sieve_died", {{"busy", sifting_.contains(e.slot)}}});
  if (sifting_.contains(e.slot))
    finish_sift(e.slot, not_sifted(ec::internal, "the worker died"));
}

void vision_pool_state::finish_sift(worker_slot slot, sift_outcome_ptr outcome) {
  const auto from = sifting_.extract(slot).mapped().from;
  idle_sieves_.push_back(slot);
  commands_.emplace_back(pool_command::answer_sift{from, std::move(outcome)});
}

void vision_pool_state::on(const pool_event::time_passed&) {
  end_expired();
  stop_overdue();
}

void vision_pool_state::end_expired() {
  answer_not_made(queue_.take_expired(now_), ec::expired_in_queue, "the call waited longer than a job may");
}

void vision_pool_state::stop_overdue() {
  for (auto& [slot, r] : running_) {
    const bool stopping = draining_ && now_ >= stop_at_;
    const bool overdue = !r.overdue && now_ - r.since >= config_.longest_run;
    r.overdue |= overdue;
    if (stopping || overdue)
      commands_.emplace_back(pool_command::stop_run{slot});
  }
  for (auto& [slot, r] : sifting_)
    if (!r.overdue && now_ - r.since >= config_.longest_run) {
      r.overdue = true;
      stop(slot, r);
    }
  // Told once.
  if (draining_ && now_ >= stop_at_)
    stop_at_ = timestamp::max();
}

bool vision_pool_state::next_may_run() const {
  if (queue_.empty() || idle_.empty())
    return false;
  if (queue_.next_is_suspect())
    return running_.empty() && unrecorded_.empty();
  return std::ranges::none_of(running_, [](const auto& r) { return r.second.call->suspect; }) &&
         std::ranges::none_of(unrecorded_, [](const auto& u) { return u.second; });
}

void vision_pool_state::pump() {
  if (asking_ || draining_ || now_ < paused_until_ || !next_may_run())
    return;
  asking_ = true;
  commands_.emplace_back(pool_command::ask_permit{});
}

void vision_pool_state::on(const pool_event::permit_told& e) {
  asking_ = false;
  if (!e.answer.granted) {
    paused_until_ = now_ + e.answer.retry_after;
    return;
  }
  // The tick may be late, as after a pause of the process: none of them is to be paid for.
  end_expired();
  if (draining_ || !next_may_run()) {
    commands_.emplace_back(pool_command::report{e.answer.permit, {}});
    return;
  }
  auto next = *queue_.pop();
  const auto slot = idle_.back();
  idle_.pop_back();
  commands_.emplace_back(pool_command::run{slot, next.from, next.call});
  running_.insert_or_assign(slot, run{std::move(next.call), next.from, e.answer.permit, now_, false});
}

void vision_pool_state::on(const pool_event::run_ended& e) {
  if (!running_.contains(e.slot))
    return;
  idle_.push_back(e.slot);
  auto outcome = in_time(running_.at(e.slot), e.outcome);
  const auto report = report_of(*outcome);
  finish(e.slot, std::move(outcome), report);
}

call_outcome_ptr vision_pool_state::in_time(const run& r, const call_outcome_ptr& outcome) {
  const auto* failure = std::get_if<call_failure>(outcome.get());
  if (!r.overdue || failure == nullptr || failure->code != ec::cancelled)
    return outcome;
  auto late = *failure;
  late.code = ec::engine_unavailable;
  late.detail = "the engine did not answer in time";
  return std::make_shared<const call_outcome>(std::move(late));
}

void vision_pool_state::on(const pool_event::worker_lost& e) {
  commands_.emplace_back(log_entry{log_level::error, "worker_died", {{"busy", running_.contains(e.slot)}}});
  if (!running_.contains(e.slot))
    return;
  idle_.push_back(e.slot);
  // Calls that end their workers are paid for: the breaker bounds how many.
  const call_failure lost{ec::internal, "the worker died during the call", true, std::nullopt};
  finish(e.slot, std::make_shared<const call_outcome>(lost), {call_health::failure, lost.detail, std::nullopt});
}

void vision_pool_state::finish(worker_slot slot, call_outcome_ptr outcome, const call_report& report) {
  const auto r = std::move(running_.extract(slot).mapped());
  const auto* failure = std::get_if<call_failure>(outcome.get());
  commands_.emplace_back(pool_command::report{r.permit, report});
  // What the store refused to begin is open nowhere.
  if (failure == nullptr || failure->code != ec::store_unavailable)
    unrecorded_.emplace(r.call->reservation, r.call->suspect);
  // The report may have freed a permit.
  paused_until_ = {};
  commands_.emplace_back(pool_command::answer{r.from, std::move(outcome)});
}

void vision_pool_state::answer_not_made(const std::vector<waiting_call>& calls, ec code, const char* detail) {
  for (const auto& w : calls)
    commands_.emplace_back(pool_command::answer{w.from, not_made(code, detail)});
}

void vision_pool_state::answer_drain() {
  if (drained_by_ && running_.empty() && sifting_.empty())
    commands_.emplace_back(pool_command::drained{*std::exchange(drained_by_, std::nullopt)});
}

std::optional<timestamp> vision_pool_state::next_wake() const {
  std::optional<timestamp> next;
  const auto consider = [&](std::optional<timestamp> t) {
    if (t && *t != timestamp::max())
      next = std::min(next.value_or(timestamp::max()), *t);
  };
  consider(queue_.next_expiry());
  if (!queue_.empty() && !draining_ && !asking_ && now_ < paused_until_)
    consider(paused_until_);
  for (const auto& [slot, r] : running_)
    if (!r.overdue)
      consider(r.since + config_.longest_run);
  for (const auto& [slot, r] : sifting_)
    if (!r.overdue)
      consider(r.since + config_.longest_run);
  if (draining_ && !running_.empty())
    consider(stop_at_);
  return next;
}

std::vector<planned_call_ptr> vision_pool_state::held() const {
  auto calls = queue_.calls();
  for (const auto& [slot, r] : running_)
    calls.push_back(r.call);
  return calls;
}

} // namespace glyphgate
