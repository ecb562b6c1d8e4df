#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"
#include "core/observer.hpp"
#include "vision/engine.hpp"

#include <memory>

namespace glyphgate {

/// A worker's behaviour. It makes its engine at the first call, on its own thread. It is the one place that calls an
/// engine, and does so only after the attempt's beginning is durable, and before the call's job is older than
/// `max_age`. When no call has come for `idle` after one, the engine rests (`vision::engine::rest`), once. Spawn it
/// detached: it blocks. It reports each attempt that it gave to the engine to `watch`.
vision_worker_actor::behavior_type vision_worker(vision_worker_actor::pointer self,
                                                 std::shared_ptr<const vision::engine_provider> engines,
                                                 store_writer_actor store, duration max_age, duration idle,
                                                 clock_fn clock, observer_ptr watch);

} // namespace glyphgate
