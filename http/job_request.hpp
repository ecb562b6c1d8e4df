#pragma once

#include "core/config.hpp"
#include "core/job.hpp"
#include "http/problem.hpp"
#include "http/upload.hpp"
#include "vision/engine.hpp"

#include <memory>
#include <variant>

namespace glyphgate::http {

/// Checks an upload as a whole (ids, hints, delay, every picture's header and size) and makes a job of it, or tells
/// everything that is wrong with it. When the errors are of several kinds, one decides the status: 422 before 415
/// before 413. Its delay may be `jobs.max_age` at most. Usable from any thread.
std::variant<std::shared_ptr<const job_spec>, problem>
job_from(upload from, const call_limits& limits, const job_config& jobs, const vision::engine_provider& engine);

} // namespace glyphgate::http
