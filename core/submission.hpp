#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/limits/rate_limiter.hpp"

#include <optional>
#include <string>

namespace glyphgate {

/// The answer to a client that submits a job.
struct submission {
  /// none when there is a job; else rate_limited, job_too_large, breaker_open, queue_full, store_unavailable,
  /// store_full, calls_stopped, idempotency_key_reused, idempotency_key_in_use, shutting_down or internal.
  ec refused = ec::none;
  /// Why it was refused, for the client to read.
  std::string detail;
  /// When refused: after how long to try again.
  std::optional<duration> retry_after;
  /// The windows after the decision, when the limiter was asked.
  std::optional<limiter_usage> usage;

  job_id id;
  job_status status = job_status::pending;
  /// An identical job was found; nothing was charged.
  bool identical = false;
  /// The request was made before under the same key: the answer is the one that it got, and nothing was done.
  bool repeated = false;

  bool accepted() const { return refused == ec::none; }
};

} // namespace glyphgate
