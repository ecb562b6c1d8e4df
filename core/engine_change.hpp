#pragma once

#include "core/engine_description.hpp"
#include "core/job.hpp"
#include "core/transaction.hpp"

#include <optional>

namespace glyphgate {

/// Until when a pending job that was accepted for another engine than `present` waits for that one: `wait` from its
/// acceptance, or from the end of an earlier wait. None when nothing of it is to be read, when it was accepted for this
/// engine or by a program that noted none, or when this engine has taken it over before.
std::optional<timestamp> end_of_wait(const kept_job& job, const engine_description& present, duration wait);

/// Makes a pending job ready to be read by `present`, whichever engine it was accepted for: what that reads is
/// remembered under its own scope, and what was read before stays under the other's. A job that one engine has read is
/// identical to jobs for that one, and a job that several have read to none. Its age counts from the end of its wait.
/// Returns what is to be durable before the next attempt; none when the job was accepted for this engine.
std::optional<adopt_job> adopt(kept_job& job, const engine_description& present, duration wait);

} // namespace glyphgate
