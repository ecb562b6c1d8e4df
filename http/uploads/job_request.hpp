#pragma once

#include "core/config.hpp"
#include "core/job.hpp"
#include "http/uploads/document_desk.hpp"
#include "http/uploads/upload.hpp"
#include "http/wire/problem.hpp"
#include "vision/engine.hpp"

#include <cstdint>
#include <memory>
#include <variant>

namespace glyphgate::http {

using job_or_problem = std::variant<std::shared_ptr<const job_spec>, problem>;

/// What a job must have at least.
enum class images_needed : std::uint8_t {
  /// An image that can be read.
  one,
  /// Where images that are at fault are skipped, all may be: the job fails then, and costs nothing.
  none,
};

/// Checks an upload as a whole (ids, hints, delay, every picture's header, size and need of memory) and makes a job of
/// it, or tells everything that is wrong with it. When the errors are of several kinds, one decides the status: 422
/// before 415 before 413. Its delay may be `jobs.max_age` at most. Usable from any thread.
///
/// A file of several pages becomes a picture each, `id#1`, `id#2`, …, which share the file's bytes; those that were not
/// asked for are left out. A page of a PDF that is one JPEG is that JPEG, where it lies in the file. PDFs are looked at
/// by `documents`, which blocks; without it they are refused.
///
/// With `on_error` = "skip", pictures that are at fault become pictures that are `refused`, as long as there are as
/// many others as are needed, and nothing else is wrong. What such a picture is known by tells what was sent and what
/// is wrong with it: it is never taken for one that is accepted.
job_or_problem job_from(upload from, const config& settings, const vision::engine_provider& engine,
                        images_needed least = images_needed::one, const document_desk* documents = nullptr);

} // namespace glyphgate::http
