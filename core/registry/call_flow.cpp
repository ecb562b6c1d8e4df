#include "core/registry/call_flow.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate {

namespace {

constexpr duration store_delay = std::chrono::seconds{1};
/// A refund may make room before a spend leaves the window.
duration wait_for_room(const admission& denied) {
  return std::clamp<duration>(denied.retry_after, std::chrono::seconds{1}, std::chrono::minutes{1});
}

constexpr const char* too_old_error = "the call waited longer than a job may";
/// What the engine says of the account is the operator's business, not the clients'.
constexpr const char* account_error =
    "the engine refuses the service's account; whoever runs the service finds the reason in its log and in /health";

} // namespace

bool call_flow::open(const planned_call_ptr& call) const {
  return core_.jobs.place_of(call->key, call->attempt).has_value();
}

bool call_flow::is_too_old(const planned_call& call) const {
  return too_old(call, core_.setup.jobs.max_age, core_.now);
}

duration call_flow::delay_after(const planned_call_ptr& call, std::optional<duration> told) const {
  return retry_delay(call->attempt, told, core_.setup.jitter());
}

void call_flow::dispatch(const planned_call_ptr& call) {
  if (!open(call))
    return store_.record({spend(call, false)});
  if (is_too_old(*call))
    return close_with_error(call, {spend(call, false)}, too_old_error, true);
  core_.jobs.move(call->key, call->attempt, call_place::queued);
  core_.command(registry_command::annotate{call});
}

void call_flow::dispatch_later(const planned_call_ptr& call, duration delay) {
  // What its job no longer wants is released at once.
  if (delay <= duration::zero() || !open(call))
    return dispatch(call);
  go_on_later(call, delay, registry_task::dispatch{call});
}

void call_flow::reserve_later(const planned_call_ptr& call, duration delay) {
  go_on_later(call, delay, registry_task::reserve_again{call});
}

void call_flow::go_on_later(const planned_call_ptr& call, duration delay, any_registry_task then) {
  core_.jobs.move(call->key, call->attempt, call_place::delayed);
  const auto too_old_at = call->age_from + core_.setup.jobs.max_age;
  core_.to_do.at(std::min(core_.now + delay, too_old_at), std::move(then));
}

void call_flow::reserve_again(const planned_call_ptr& call) {
  if (!open(call))
    return;
  if (is_too_old(*call))
    return close_with_error(call, {}, too_old_error, true);
  reserve({call, {}, {}, duration::zero(), call->paid_before, call->suspect, true});
}

void call_flow::take_up(const planned_call_ptr& call, const kept_call& kept) {
  if (kept.interruptions >= core_.setup.jobs.max_interruptions) {
    std::vector<transaction> spent;
    if (!kept.unpaid)
      spent.push_back(spend(call, false));
    return close_with_error(
        call, std::move(spent),
        "gave up after " + std::to_string(kept.interruptions) +
            " interruptions: each time the service ended while it read this call's images and no others",
        false);
  }
  if (kept.unpaid)
    reserve_again(call);
  else
    claim(call);
}

void call_flow::claim(const planned_call_ptr& call) {
  // These need no room.
  if (!open(call) || is_too_old(*call))
    return dispatch(call);
  const auto as = core_.next_question();
  core_.jobs.move(call->key, call->attempt, call_place::reserving);
  asked_.emplace(as, kept_attempt{call});
  core_.command(registry_command::claim{as, call->reservation});
}

void call_flow::ended(const registry_event::call_ended& e) {
  if (const auto* failure = std::get_if<call_failure>(e.outcome.get()))
    return fail(e.call, *failure);
  close(e.call, {spend(e.call, true)}, std::get<annotation>(*e.outcome).pictures);
}

void call_flow::fail(const planned_call_ptr& call, const call_failure& failure) {
  log_failure(*call, failure);
  if (failure.retry_after)
    note_pause(core_.now + *failure.retry_after);
  // Its job is over; what it spent is all that is left to say.
  if (!open(call))
    return store_.record({spend(call, failure.sent)});
  switch (failure.code) {
  case ec::store_unavailable:
  case ec::queue_full:
    // Nothing was begun: the same attempt, later.
    return dispatch_later(call, store_delay);
  case ec::shutting_down:
  case ec::cancelled:
    if (core_.draining)
      return leave(call, failure);
    [[fallthrough]];
  case ec::engine_unavailable:
  case ec::internal:
    if (!failure.sent)
      return try_again_unsent(call, failure.retry_after);
    if (failure.unprocessed)
      return try_anew(call, failure);
    return try_again(call, failure);
  case ec::account_refused:
    if (!failure.sent)
      return try_again_unsent(call, failure.retry_after);
    if (failure.unprocessed)
      return try_anew(call, failure);
    return close_with_error(call, {spend(call, true)}, account_error, true);
  case ec::expired_in_queue: return close_with_error(call, {spend(call, failure.sent)}, too_old_error, true);
  default:
    if (failure.splittable && call->pictures.size() > 1)
      return split(call, failure);
    return close_with_error(call, {spend(call, failure.sent)}, failure.detail, false);
  }
}

void call_flow::leave(const planned_call_ptr& call, const call_failure& failure) {
  // What was begun is over: a stop is no crash, and nothing is suspect after it.
  if (failure.code == ec::cancelled && !failure.sent)
    return try_again_unsent(call, std::nullopt);
  core_.jobs.move(call->key, call->attempt, call_place::left);
  if (failure.sent)
    store_.record({spend(call, true)});
}

void call_flow::note_pause(timestamp until) {
  if (until <= paused_until_)
    return;
  paused_until_ = until;
  store_.record({glyphgate::note_pause{core_.setup.engine.name, until}});
}

transaction call_flow::spend(const planned_call_ptr& call, bool sent) {
  if (!sent)
    return release_spend{call->reservation, core_.now};
  core_.jobs.count_call(call->key.job);
  return settle_spend{call->reservation, core_.now, core_.setup.engine.call_price};
}

void call_flow::close(const planned_call_ptr& call, std::vector<transaction> transactions,
                      std::vector<picture_outcome> outcomes) {
  const auto effect = core_.jobs.close(core_.now, call->key, call->attempt, outcomes);
  if (effect != job_table::effect::stale)
    transactions.emplace_back(close_call{call->key, call->attempt, core_.now, std::move(outcomes)});
  if (effect == job_table::effect::ended)
    endings_.end(call->key.job, std::move(transactions));
  else
    store_.record(std::move(transactions));
}

void call_flow::close_with_error(const planned_call_ptr& call, std::vector<transaction> transactions,
                                 const std::string& error, bool may_pass) {
  close(call, std::move(transactions), {call->pictures.size(), picture_outcome{nullptr, error, may_pass}});
}

void call_flow::try_again(const planned_call_ptr& call, const call_failure& failure) {
  const auto paid = call->paid_before + 1;
  if (paid >= core_.setup.jobs.max_attempts)
    return close_with_error(call, {spend(call, true)},
                            "gave up after " + std::to_string(call->attempt) + " attempts: " + failure.detail, true);
  reserve({call, {spend(call, true)}, failure.detail, delay_after(call, failure.retry_after), paid, false, false});
}

void call_flow::try_anew(const planned_call_ptr& call, const call_failure& failure) {
  reserve({call,
           {spend(call, true)},
           failure.detail,
           delay_after(call, failure.retry_after),
           call->paid_before,
           false,
           true});
}

void call_flow::try_again_unsent(const planned_call_ptr& call, std::optional<duration> wait) {
  const auto next = core_.jobs.retry(call->key, call->attempt, call->reservation, call->paid_before);
  core_.jobs.move(next->key, next->attempt, call_place::storing);
  store_.record({carry_over_spend{call->key, call->attempt, call->reservation, core_.now}},
                after_record::dispatch_later{next, delay_after(call, wait)});
}

void call_flow::reserve(retry r) {
  const auto as = core_.next_question();
  core_.jobs.move(r.call->key, r.call->attempt, call_place::reserving);
  asked_.emplace(as, std::move(r));
  core_.command(registry_command::reserve{as, 0, 1});
}

void call_flow::split(const planned_call_ptr& call, const call_failure& failure) {
  std::vector<transaction> spent{spend(call, failure.sent)};
  if (!core_.jobs.may_split(call->key))
    return close_with_error(call, std::move(spent),
                            failure.detail + "; the job may make no more calls to find the image at fault", true);
  const auto as = core_.next_question();
  core_.jobs.move(call->key, call->attempt, call_place::reserving);
  asked_.emplace(as, halves{call, std::move(spent), failure.detail});
  core_.command(registry_command::reserve{as, 0, 2});
}

bool call_flow::reserved(const registry_event::reserved& e) {
  auto node = asked_.extract(e.to);
  if (node.empty())
    return false;
  std::visit([&](const auto& asked) { e.answer.granted() ? granted(asked, e.answer) : denied(asked, e.answer); },
             node.mapped());
  return true;
}

void call_flow::granted(const retry& r, const admission& answer) {
  const auto next = core_.jobs.retry(r.call->key, r.call->attempt, answer.first, r.paid_before, r.suspect);
  if (!next) {
    release(answer);
    if (!r.spent.empty())
      store_.record(r.spent);
    return;
  }
  auto unit = r.spent;
  unit.emplace_back(
      reserve_retry{next->key, next->attempt, next->reservation, answer.at, next->paid_before, next->suspect});
  core_.jobs.move(next->key, next->attempt, call_place::storing);
  store_.record(std::move(unit), after_record::dispatch_later{next, r.delay});
}

void call_flow::denied(const retry& r, const admission& answer) {
  if (!r.patient || !open(r.call)) {
    if (open(r.call))
      return close_with_error(r.call, r.spent, r.why + "; the limit of the day leaves no other attempt", true);
    if (!r.spent.empty())
      store_.record(r.spent);
    return;
  }
  const auto wait = wait_for_room(answer);
  if (r.spent.empty())
    return reserve_later(r.call, wait);
  core_.jobs.move(r.call->key, r.call->attempt, call_place::storing);
  store_.record(r.spent, after_record::reserve_later{r.call, wait});
}

void call_flow::granted(const halves& h, const admission& answer) {
  const auto parts = core_.jobs.split(h.call->key, h.call->attempt, answer.first);
  if (parts.empty()) {
    release(answer);
    return store_.record(h.spent);
  }
  split_call done{h.call->key, h.call->attempt, answer.at, parts.front()->key.index, {}};
  for (const auto& part : parts) {
    core_.jobs.move(part->key, part->attempt, call_place::storing);
    done.parts.push_back({core_.jobs.pictures_of(part->key), part->reservation});
  }
  auto unit = h.spent;
  unit.emplace_back(std::move(done));
  store_.record(std::move(unit), after_record::dispatch_all{parts});
}

void call_flow::denied(const halves& h, const admission&) {
  if (open(h.call))
    return close_with_error(h.call, h.spent, h.why + "; the limit of the day leaves no other attempt", true);
  store_.record(h.spent);
}

void call_flow::denied(const kept_attempt& k, const admission& answer) {
  if (!open(k.call))
    return dispatch(k.call);
  go_on_later(k.call, wait_for_room(answer), registry_task::claim{k.call});
}

void call_flow::release(const admission& granted) {
  for (std::uint32_t i = 0; i < granted.calls; ++i)
    core_.command(registry_command::release{granted.first + i});
}

void call_flow::log_failure(const planned_call& call, const call_failure& failure) {
  const bool account = failure.code == ec::account_refused;
  core_.command(log_entry{account ? log_level::error : log_level::warn,
                          account ? "engine_refuses_account" : "call_failed",
                          {{"job_id", call.key.job},
                           {"call", call.key.index},
                           {"attempt", call.attempt},
                           {"reason", to_string(failure.code)},
                           {"sent", failure.sent},
                           {"detail", failure.detail}}});
}

} // namespace glyphgate
