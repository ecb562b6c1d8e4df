#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"

#include <memory>

namespace glyphgate {

/// The rate limiter's behaviour over its windows, which it alone uses from now on.
rate_limiter_actor::behavior_type rate_limiter(rate_limiter_actor::pointer self,
                                               const std::shared_ptr<rate_limiter_state>& windows, clock_fn clock);

} // namespace glyphgate
