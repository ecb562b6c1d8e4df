#pragma once

#include "core/circuit_breaker.hpp"
#include "core/clock.hpp"
#include "core/limits/rate_limiter.hpp"
#include "core/registry/job_table.hpp"

#include <cstdint>
#include <optional>

namespace glyphgate::http {

/// What the service tells of itself, gathered from every actor at about one instant. A part that did not answer in time
/// is none.
struct service_report {
  timestamp taken_at;
  std::optional<breaker_status> breaker;
  std::optional<registry_stats> jobs;
  /// Calls that run.
  std::optional<std::uint64_t> running;
  std::optional<limiter_usage> usage;
  /// The store's latest commit succeeded.
  std::optional<bool> store_works;
};

} // namespace glyphgate::http
