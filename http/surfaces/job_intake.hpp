#pragma once

#include "core/config.hpp"
#include "core/job.hpp"
#include "core/keys/caller.hpp"
#include "core/submission.hpp"
#include "http/surfaces/gateway.hpp"
#include "http/uploads/decode_pool.hpp"
#include "http/wire/problem.hpp"
#include "vision/engine.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace glyphgate::http {

/// The refusal of a job as its client is told it: with the service's own detail and time to wait.
problem problem_of(const submission& refused);

/// How a job goes in, whichever surface it came to. Thread-safe.
class job_intake {
public:
  job_intake(const rate_limiter_config& limits, std::shared_ptr<gateway> gate,
             std::shared_ptr<const vision::engine_provider> engine, std::shared_ptr<decode_pool> pool);

  /// Why a job of that many images is refused before it is submitted; none where it is not.
  std::optional<problem> too_many_images(const caller& who, std::size_t images) const;

  /// Submits it, and finds out meanwhile which of its pictures can be joined as they are; who makes the montage looks
  /// at those that are left. `done` as in `gateway::submit`.
  void submit(std::shared_ptr<const job_spec> job, std::function<void(const submission&)> done) const;

private:
  void look_ahead(const std::shared_ptr<const job_spec>& job) const;

  const rate_limiter_config limits_;
  const std::shared_ptr<gateway> gate_;
  const std::shared_ptr<const vision::engine_provider> engine_;
  const std::shared_ptr<decode_pool> pool_;
};

} // namespace glyphgate::http
