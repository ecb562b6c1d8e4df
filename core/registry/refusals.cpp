#include "core/registry/refusals.hpp"

#include "core/limits/limit_name.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace glyphgate::refusals {

namespace {

constexpr duration try_again_after = std::chrono::seconds{5};

submission refusal(ec code, std::string detail, std::optional<duration> retry_after) {
  submission s;
  s.refused = code;
  s.detail = std::move(detail);
  s.retry_after = retry_after;
  return s;
}

} // namespace

submission stopping() {
  return refusal(ec::shutting_down, "the service is stopping", std::chrono::seconds{10});
}

submission stopped(const stop_order& order) {
  return refusal(ec::calls_stopped,
                 "calls to the engine are stopped since " + to_rfc3339(order.since) +
                     " until whoever runs the service resumes them: " + order.reason,
                 std::chrono::minutes{1});
}

submission queue_full(room there, const owner_name& owner) {
  if (there == room::share_is_full)
    return refusal(ec::queue_full,
                   "the jobs of key \"" + owner +
                       "\" that wait take as much of the queue as they leave free for others, and may take no more: "
                       "try again when some have ended, or delete some",
                   try_again_after);
  return refusal(ec::queue_full, "too much work is waiting; try again later", try_again_after);
}

submission kept_full(room there, const owner_name& owner, duration wait) {
  const auto retry_after = std::max<duration>(wait, std::chrono::seconds{1});
  if (there == room::share_is_full)
    return refusal(ec::queue_full,
                   "the service keeps as many jobs of key \"" + owner +
                       "\" as it has room left for those of others, and keeps no more: delete some that have ended, or "
                       "try again when one has expired",
                   retry_after);
  return refusal(ec::queue_full,
                 "the service keeps as many jobs as it may; delete some that have ended, or try again "
                 "when one has expired",
                 retry_after);
}

submission breaker_open(const breaker_status& breaker) {
  return refusal(ec::breaker_open, "the engine is failing; the circuit breaker is open", breaker.retry_after);
}

submission limited(const admission& answer) {
  auto s = answer.refused == ec::job_too_large ? refusal(ec::job_too_large, why_too_large(answer), std::nullopt)
                                               : refusal(ec::rate_limited, why_denied(answer), answer.retry_after);
  s.usage = answer.usage;
  return s;
}

submission behind_others(const admission& told) {
  auto s =
      refusal(ec::rate_limited, "jobs that came before wait in line for room in the limits, and nobody overtakes them",
              told.retry_after);
  s.usage = told.usage;
  return s;
}

submission key_reused() {
  return refusal(ec::idempotency_key_reused,
                 "the Idempotency-Key was given to a request that asked for something else: send this one with a key "
                 "of its own",
                 std::nullopt);
}

submission key_in_use() {
  return refusal(ec::idempotency_key_in_use,
                 "a request with this Idempotency-Key is under way: repeat this one when that is answered",
                 std::nullopt);
}

submission store_fails() {
  return refusal(ec::store_unavailable, "the store cannot take new work", try_again_after);
}

submission store_full() {
  return refusal(ec::store_full,
                 "the volume that holds the jobs has no room for this one: what is left is kept for those that were "
                 "accepted. Try again when some have ended or expired; the operator can delete jobs or enlarge the "
                 "volume",
                 std::chrono::seconds{30});
}

} // namespace glyphgate::refusals
