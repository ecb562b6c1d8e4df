#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"
#include "core/config.hpp"

namespace glyphgate {

/// The circuit breaker's behaviour. `paused_until` as in `circuit_breaker_state`.
circuit_breaker_actor::behavior_type circuit_breaker(circuit_breaker_actor::pointer self,
                                                     const circuit_breaker_config& config, timestamp paused_until,
                                                     bool held, clock_fn clock);

} // namespace glyphgate
