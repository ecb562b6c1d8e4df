#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"
#include "vision/engine.hpp"

#include <memory>

namespace glyphgate {

/// The behaviour of a worker that sifts. It makes its sieve at the first portion, on its own thread. When none has come
/// for `idle` after one, the sieve rests, once. Spawn it detached: it blocks.
sieve_worker_actor::behavior_type sieve_worker(sieve_worker_actor::pointer self,
                                               std::shared_ptr<const vision::engine_provider> engines, duration idle,
                                               clock_fn clock);

} // namespace glyphgate
