#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/ids.hpp"
#include "core/retry_delay.hpp"

#include <memory>

namespace glyphgate {

/// What the registry needs.
struct job_registry_setup {
  job_config jobs;
  call_limits calls;
  circuit_breaker_actor breaker;
  rate_limiter_actor limiter;
  store_writer_actor store;
  vision_pool_actor pool;
  clock_fn clock;
  job_id_source ids;
  jitter_source jitter;
  /// The jobs that an earlier process left; taken up at once.
  std::shared_ptr<const store::recovery> recovered;
};

/// The registry's behaviour: it takes jobs in, sends their calls to the pool, makes what comes back durable, and tells
/// whoever waits.
job_registry_actor::behavior_type job_registry(job_registry_actor::pointer self, const job_registry_setup& setup);

} // namespace glyphgate
