#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"

#include <cstddef>
#include <functional>

namespace glyphgate {

/// Spawns one worker; called on the pool's thread. Tests spawn undetached ones.
using worker_factory = std::function<vision_worker_actor()>;

struct vision_pool_config {
  std::size_t workers = 5;
  /// Calls that may wait.
  std::size_t queue_capacity = 1000;
  /// How old a waiting call's job may become.
  duration max_age = std::chrono::hours{24};
};

/// The pool's behaviour. It takes a permit from the breaker for each call before a worker makes it, and reports what
/// became of it. A worker that dies is replaced, and its call fails with ec::internal.
vision_pool_actor::behavior_type vision_pool(vision_pool_actor::pointer self, const vision_pool_config& config,
                                             circuit_breaker_actor breaker, worker_factory make_worker, clock_fn clock);

} // namespace glyphgate
