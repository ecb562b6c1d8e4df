#include "actors/call_dispatch.hpp"

#include "core/log.hpp"

#include <algorithm>

namespace glyphgate {

namespace {

constexpr duration store_delay = std::chrono::seconds{1};
/// Doubled with each attempt.
constexpr duration first_delay = std::chrono::seconds{1};

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
  close(call, {spend(call, true)}, std::get<annotation>(outcome).images);
}

void call_dispatch::settle_failure(const planned_call_ptr& call, const call_failure& failure) {
  log::warn("call_failed", {{"job_id", call->key.job},
                            {"call", call->key.index},
                            {"attempt", call->attempt},
                            {"reason", to_string(failure.code)},
                            {"sent", failure.sent},
                            {"detail", failure.detail}});
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
  case ec::internal: return try_again(call, {spend(call, failure.sent)}, failure.detail, failure.retry_after);
  default: return give_up(call, {spend(call, failure.sent)}, failure.detail);
  }
}

store::transaction call_dispatch::spend(const planned_call_ptr& call, bool sent) {
  if (!sent)
    return store::release_spend{call->reservation, context_.now()};
  context_.jobs.count_call(call->key.job);
  return store::settle_spend{call->reservation, context_.now()};
}

void call_dispatch::close(const planned_call_ptr& call, std::vector<store::transaction> transactions,
                          std::vector<image_outcome> outcomes) {
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
  close(call, std::move(transactions), {call->pictures.size(), image_outcome{nullptr, error}});
}

void call_dispatch::try_again(const planned_call_ptr& call, std::vector<store::transaction> transactions,
                              const std::string& why, std::optional<duration> wait) {
  if (call->attempt >= context_.setup.jobs.max_attempts)
    return give_up(call, std::move(transactions),
                   "gave up after " + std::to_string(call->attempt) + " attempts: " + why);
  context_.self->request(context_.setup.limiter, actor_timeout, reserve_atom::value, std::uint32_t{0}, std::uint32_t{1})
      .then(
          [=, this](const admission& answer) {
            if (!answer.granted())
              return give_up(call, transactions, why + "; the limit of the day leaves no other attempt");
            const auto next = context_.jobs.retry(call->key, answer.first);
            if (!next) {
              context_.self->send(context_.setup.limiter, release_atom::value, answer.first);
              return store_.commit(unit_of(transactions));
            }
            auto unit = transactions;
            unit.push_back(store::reserve_retry{next->key, next->attempt, next->reservation, answer.at});
            const auto delay = std::max(wait.value_or(duration::zero()), first_delay * (1 << (call->attempt - 1)));
            store_.commit(unit_of(std::move(unit)),
                          [=, this] { context_.later(delay, [this, next] { dispatch(next); }); });
          },
          [=, this](const caf::error&) { give_up(call, transactions, why); });
}

} // namespace glyphgate
