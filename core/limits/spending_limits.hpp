#pragma once

#include "core/price.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace glyphgate {

/// The spans of time over which jobs and calls are limited. Minute, hour and day are rolling: any 60 s, any 3600 s, any
/// 24 h. A month is a month of the calendar in the time zone in which the engine bills.
enum class window_kind : std::uint8_t { minute, hour, day, month };

inline constexpr std::array all_windows{window_kind::minute, window_kind::hour, window_kind::day, window_kind::month};

/// "minute", "hour", "day", "month".
constexpr std::string_view to_string(window_kind w) {
  constexpr std::array<std::string_view, 4> names{"minute", "hour", "day", "month"};
  return names[static_cast<std::size_t>(w)];
}

/// What one window may hold. None: as much as comes.
struct window_limits {
  /// Accepted new jobs.
  std::optional<std::uint32_t> jobs;
  /// Engine calls, retries included; of a shared call, the part that is paid.
  std::optional<std::uint32_t> calls;
  /// What those calls cost.
  std::optional<micro_dollars> budget;

  bool operator==(const window_limits&) const = default;
};

/// What the service as a whole, or the holder of one key, may use.
struct spending_limits {
  /// By `window_kind`.
  std::array<window_limits, 4> windows{};
  /// Pictures of one job.
  std::optional<std::uint32_t> pages_per_job;
  /// Calls that one job may open at its acceptance.
  std::optional<std::uint32_t> calls_per_job;

  window_limits& in(window_kind w) { return windows[static_cast<std::size_t>(w)]; }
  const window_limits& in(window_kind w) const { return windows[static_cast<std::size_t>(w)]; }
  bool operator==(const spending_limits&) const = default;
};

} // namespace glyphgate
