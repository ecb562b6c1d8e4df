#pragma once

#include "actors/interfaces.hpp"

namespace glyphgate {

/// The actors that the outside talks to.
struct service_actors {
  rate_limiter_actor limiter;
  circuit_breaker_actor breaker;
  store_writer_actor store;
  store_reader_actor reader;
  vision_pool_actor pool;
  job_registry_actor registry;
};

} // namespace glyphgate
