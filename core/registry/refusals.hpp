#pragma once

#include "core/circuit_breaker.hpp"
#include "core/limits/rate_limiter.hpp"
#include "core/registry/shared_room.hpp"
#include "core/stop_order.hpp"
#include "core/submission.hpp"

#include <optional>

/// What a client is told whose job is not taken in.
namespace glyphgate::refusals {

submission stopping();
/// Calls are stopped until further notice.
submission stopped(const stop_order& order);
/// Too much work waits, of that owner or of all.
submission queue_full(room there, const owner_name& owner);
/// As many jobs are kept as may be, of that owner or of all; one expires after `wait`.
submission kept_full(room there, const owner_name& owner, duration wait);
submission breaker_open(const breaker_status& breaker);
/// What the limiter said, which did not grant it.
submission limited(const admission& answer);
/// Jobs that came before wait in line for room in the limits. The windows are those that were told latest.
submission behind_others(const admission& told);
/// The client gave another request this key.
submission key_reused();
/// A request of this key is under way.
submission key_in_use();
submission store_fails();
/// The store has no room for new jobs.
submission store_full();

} // namespace glyphgate::refusals
