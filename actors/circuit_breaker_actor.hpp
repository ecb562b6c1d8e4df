#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"
#include "core/config.hpp"

namespace glyphgate {

/// The circuit breaker's behaviour.
circuit_breaker_actor::behavior_type circuit_breaker(circuit_breaker_actor::pointer self,
                                                     const circuit_breaker_config& config, clock_fn clock);

} // namespace glyphgate
