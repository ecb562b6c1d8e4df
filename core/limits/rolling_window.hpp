#pragma once

#include "core/clock.hpp"
#include "core/limits/amounts.hpp"

#include <deque>
#include <optional>

namespace glyphgate {

/// Sums what was used in the last `span` of time, exactly: what was used at `t` counts until after `t + span`, so that
/// no closed interval of that length, at any offset, holds more than was let in. Takes memory in proportion to the
/// distinct instants it holds. Times passed in must not decrease.
class rolling_window {
public:
  explicit rolling_window(duration span) : span_{span} {}

  duration span() const { return span_; }

  /// Forgets what is older than the window at `now`.
  void advance(timestamp now);

  /// Adds what was used at `at`, which is not before anything already held.
  void add(timestamp at, const amounts& used);

  /// Takes back what was added at `at`, as far as it is still held.
  void remove(timestamp at, const amounts& used);

  /// What is held as of the last `advance`.
  const amounts& total() const { return total_; }

  /// When the oldest that counts by that measure was used.
  std::optional<timestamp> oldest(measure m) const;

  /// The first instant at which no more than `most` of what is held now is left; the epoch when that is so already.
  timestamp when_at_most(measure m, std::uint64_t most) const;

  /// The first instant at which nothing counts that is used at `at`.
  timestamp end_of(timestamp at) const { return at + span_ + duration{1}; }

private:
  struct entry {
    timestamp at;
    amounts used;
  };

  duration span_;
  std::deque<entry> entries_;
  amounts total_;
};

} // namespace glyphgate
