#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace glyphgate {

/// Counts events of the last `span` of time, exactly: an event at `t` counts until after `t + span`, so that no closed
/// interval of that length, at any offset, holds more events than were let in. Takes memory in proportion to the
/// distinct instants it holds. Times passed in must not decrease.
class rolling_window {
public:
  explicit rolling_window(duration span) : span_{span} {}

  duration span() const { return span_; }

  /// Forgets what is older than the window at `now`.
  void advance(timestamp now);

  /// Adds `count` events at `at`, which is not before any event already held.
  void add(timestamp at, std::uint64_t count);

  /// Takes back `count` events that were added at `at`, as far as they are still held.
  void remove(timestamp at, std::uint64_t count);

  /// Events held as of the last `advance`.
  std::uint64_t count() const { return total_; }

  /// When the oldest event held happened.
  std::optional<timestamp> oldest() const;

  /// The first instant at which no more than `count` of the events held now are left; the epoch when that is so
  /// already.
  timestamp when_at_most(std::uint64_t count) const;

private:
  struct entry {
    timestamp at;
    std::uint64_t count;
  };

  duration span_;
  std::deque<entry> entries_;
  std::uint64_t total_ = 0;
};

} // namespace glyphgate
