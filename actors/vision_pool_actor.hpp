#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"
#include "core/pool/vision_pool_state.hpp"

#include <functional>

namespace glyphgate {

/// Spawns a worker; called on the pool's thread, at its start and when one has died.
using worker_factory = std::function<vision_worker_actor()>;
using sieve_factory = std::function<sieve_worker_actor()>;

/// The pool's behaviour: it carries out what `vision_pool_state` decides.
vision_pool_actor::behavior_type vision_pool(vision_pool_actor::pointer self, const vision_pool_config& config,
                                             circuit_breaker_actor breaker, worker_factory make_worker,
                                             sieve_factory make_sieve, clock_fn clock);

} // namespace glyphgate
