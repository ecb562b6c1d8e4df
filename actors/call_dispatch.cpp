#include "actors/call_dispatch.hpp"

#include "core/log.hpp"

#include <utility>

namespace glyphgate {

namespace {

constexpr duration store_delay = std::chrono::seconds{1};
/// What the engine says of the account is the operator's business, not the clients'.
constexpr const char* account_refused =
    "the engine refuses the service's account; whoever runs the service finds the reason in its log and in /health";

void log_failure(const planned_call& call, const call_failure& failure) {
  const log::fields told{{"job_id", call.key.job},  {"call", call.key.index},
                         {"attempt", call.attempt}, {"reason", to_string(failure.code)},
                         {"sent", failure.sent},    {"detail", failure.detail}};
  if (failure.code == ec::account_refused)
    log::error("engine_refuses_account", told);
  else
    log::warn("call_failed", told);
}

} // namespace

void call_dispatch::dispatch(const planned_call_ptr& call) {
  // The pool answers always, and within the job's age limit: this request needs no timer.
  context_.self
      ->request(context_.setup.pool, caf::infinite, annotate_atom::value, call,
                caf::actor_cast<progress_actor>(context_.self))
      .then([this, call](const call_outcome_ptr& outcome) { settle(call, *outcome); },
            [](const caf::error&) {
              // The pool died, which stops the process; the store knows what was under way.
            });
}

void call_dispatch::take_up_interrupted(const planned_call_ptr& call) {
  try_again(call, {}, "the service was interrupted during the call", std::nullopt);
}

void call_dispatch::settle(const planned_call_ptr& call, const call_outcome& outcome) {
  if (const auto* failure = std::get_if<call_failure>(&outcome))
    return settle_failure(call, *failure);
  close(call, {spend(call, true)}, std::get<annotation>(outcome).pictures);
}

void call_dispatch::settle_failure(const planned_call_ptr& call, const call_failure& failure) {
  log_failure(*call, failure);
  switch (failure.code) {
  case ec::store_unavailable:
  case ec::queue_full:
    // Nothing was begun: the same attempt, later.
    return context_.later(store_delay, [this, call] { dispatch(call); });
  case ec::shutting_down:
  case ec::cancelled:
    // A job that was cancelled is closed already. One that the stop interrupts goes on at the next start: what was not
    // sent stays reserved for it, and what was sent stays begun, hence counts as spent.
    if (stopping_)
      return;
    return store_.commit(unit_of({spend(call, failure.sent)}));
  case ec::engine_unavailable:
  case ec::internal:
    if (!failure.sent)
      return take_back(call, failure.retry_after);
    return try_again(call, {spend(call, true)}, failure.detail, failure.retry_after);
  case ec::account_refused: return give_up(call, {spend(call, failure.sent)}, account_refused);
  default:
    if (failure.splittable && call->pictures.size() > 1)
      return split(call, {spend(call, failure.sent)}, failure.detail);
    return give_up(call, {spend(call, failure.sent)}, failure.detail);
  }
}

store::transaction call_dispatch::spend(const planned_call_ptr& call, bool sent) {
  if (!sent)
    return store::release_spend{call->reservation, context_.now()};
  context_.jobs.count_call(call->key.job);
  return store::settle_spend{call->reservation, context_.now()};
}

void call_dispatch::close(const planned_call_ptr& call, std::vector<store::transaction> transactions,
                          std::vector<picture_outcome> outcomes) {
  const auto now = context_.now();
  const auto effect = context_.jobs.close(now, call->key, call->attempt, outcomes);
  if (effect != job_registry_state::effect::stale)
    transactions.push_back(store::close_call{call->key, call->attempt, now, std::move(outcomes)});
  if (effect == job_registry_state::effect::ended)
    endings_.end(call->key.job, std::move(transactions));
  else
    store_.commit(unit_of(std::move(transactions)));
}

void call_dispatch::give_up(const planned_call_ptr& call, std::vector<store::transaction> transactions,
                            const std::string& error) {
  close(call, std::move(transactions), {call->pictures.size(), picture_outcome{nullptr, error}});
}

void call_dispatch::try_again(const planned_call_ptr& call, std::vector<store::transaction> transactions,
                              const std::string& why, std::optional<duration> wait) {
  const auto paid = call->paid_before + 1;
  if (paid >= context_.setup.jobs.max_attempts)
    return give_up(call, std::move(transactions),
                   "gave up after " + std::to_string(call->attempt) + " attempts: " + why);
  reserve(call, 1, transactions, why, [=, this](const admission& granted) {
    const auto next = context_.jobs.retry(call->key, call->attempt, granted.first, paid);
    if (!next) {
      release(granted);
      return store_.commit(unit_of(transactions));
    }
    auto unit = transactions;
    unit.push_back(store::reserve_retry{next->key, next->attempt, next->reservation, granted.at});
    follow(call, next, std::move(unit), wait);
  });
}

void call_dispatch::take_back(const planned_call_ptr& call, std::optional<duration> wait) {
  const auto next = context_.jobs.retry(call->key, call->attempt, call->reservation, call->paid_before);
  if (!next)
    return store_.commit(unit_of({spend(call, false)}));
  follow(call, next, {store::take_back_attempt{call->key, call->attempt, call->reservation, context_.now()}}, wait);
}

void call_dispatch::follow(const planned_call_ptr& call, const planned_call_ptr& next,
                           std::vector<store::transaction> transactions, std::optional<duration> wait) {
  const auto delay = retry_delay(call->attempt, wait, context_.setup.jitter());
  store_.commit(unit_of(std::move(transactions)),
                [=, this] { context_.later(delay, [this, next] { dispatch(next); }); });
}

void call_dispatch::split(const planned_call_ptr& call, std::vector<store::transaction> transactions,
                          const std::string& why) {
  if (!context_.jobs.may_split(call->key))
    return give_up(call, std::move(transactions), why + "; the job may make no more calls to find the image at fault");
  reserve(call, 2, transactions, why, [=, this](const admission& granted) {
    const auto halves = context_.jobs.split(call->key, call->attempt, granted.first);
    if (halves.empty()) {
      release(granted);
      return store_.commit(unit_of(transactions));
    }
    store::split_call done{call->key, call->attempt, granted.at, halves.front()->key.index, {}};
    for (const auto& half : halves)
      done.parts.push_back({context_.jobs.pictures_of(half->key), half->reservation});
    auto unit = transactions;
    unit.emplace_back(std::move(done));
    store_.commit(unit_of(std::move(unit)), [=, this] {
      for (const auto& half : halves)
        dispatch(half);
    });
  });
}

void call_dispatch::reserve(const planned_call_ptr& call, std::uint32_t calls,
                            std::vector<store::transaction> transactions, const std::string& why,
                            std::function<void(const admission&)> then) {
  context_.self->request(context_.setup.limiter, actor_timeout, reserve_atom::value, std::uint32_t{0}, calls)
      .then(
          [=, this](const admission& answer) {
            if (answer.granted())
              then(answer);
            else
              give_up(call, transactions, why + "; the limit of the day leaves no other attempt");
          },
          [=, this](const caf::error&) { give_up(call, transactions, why); });
}

void call_dispatch::release(const admission& granted) {
  for (std::uint32_t i = 0; i < granted.calls; ++i)
    context_.self->send(context_.setup.limiter, release_atom::value, granted.first + i);
}

} // namespace glyphgate
