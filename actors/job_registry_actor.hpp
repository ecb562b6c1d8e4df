#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"
#include "core/recovery.hpp"
#include "core/registry/registry_core.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace glyphgate {

/// What the registry needs.
struct job_registry_config {
  registry_setup setup;
  circuit_breaker_actor breaker;
  rate_limiter_actor limiter;
  store_writer_actor store;
  store_reader_actor reader;
  vision_pool_actor pool;
  clock_fn clock;
  /// The jobs that an earlier process left; taken up at once.
  std::shared_ptr<const recovery> recovered;
  /// What the store has room for, bytes of pictures; empty where it has no bound.
  std::function<std::uint64_t()> store_room{};
};

/// The registry's behaviour: it carries out what `job_registry_state` decides.
job_registry_actor::behavior_type job_registry(job_registry_actor::pointer self, const job_registry_config& config);

} // namespace glyphgate
