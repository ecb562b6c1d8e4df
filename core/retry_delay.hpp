#pragma once

#include "core/clock.hpp"
#include "core/ids.hpp"

#include <functional>
#include <optional>

namespace glyphgate {

/// Draws numbers from 0 to 1; injected, so that tests can foresee them. Called from one thread at a time.
using jitter_source = std::function<double()>;

/// A source seeded by the operating system.
jitter_source make_random_jitter();

/// How long to wait before the attempt that follows `attempt`: it doubles from one second to a minute with each
/// attempt, is at least what the engine has `told`, and is up to half as long again by `jitter`, 0 to 1, so that what
/// failed together does not come back together.
duration retry_delay(attempt_token attempt, std::optional<duration> told, double jitter);

} // namespace glyphgate
