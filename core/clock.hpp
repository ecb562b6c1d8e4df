#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace glyphgate {

/// A point of the service's calendar time, UTC, in microseconds.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// A span of calendar time, in microseconds.
using duration = std::chrono::microseconds;

/// Tells the time. State machines never call one: they take `now` as an argument. Actors and the HTTP side are given
/// one at construction, so that tests can pass a clock of their own. Must be callable from any thread.
using clock_fn = std::function<timestamp()>;

/// RFC 3339 in UTC with milliseconds, e.g. `2026-01-05T10:30:00.123Z`.
std::string to_rfc3339(timestamp t);

} // namespace glyphgate
