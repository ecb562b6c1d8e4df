#pragma once

#include <chrono>

namespace glyphgate {

/// What a service had in hand when it was looked at.
struct activity {
  /// When a client last used it: the begin or the end of a request, or the time of the look while one is under way.
  std::chrono::steady_clock::time_point used_at;
  /// A job has not ended, or a call waits or runs.
  bool working = false;
};

/// Tells when nobody has needed a service for so long that its process may end. It is told what looks at the service
/// see, which is all that it knows: what happened between two looks counts as if it happened at the second, so that it
/// is never early, and at most a tenth of the limit late. Pure, not thread-safe.
class idle_watch {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `limit` is at least a second. The time runs from `ready`.
  idle_watch(std::chrono::seconds limit, time_point ready);

  /// When to look at the service next.
  time_point next_look() const { return next_look_; }

  /// Takes what was seen by a look that began at `now`. True when the process may end; if it stays all the same, the
  /// looks go on.
  bool look(time_point now, const activity& seen);

  /// For how long nobody had needed the service at the last look.
  std::chrono::milliseconds idle_time() const;

private:
  std::chrono::milliseconds limit_;
  std::chrono::milliseconds step_;
  time_point needed_at_;
  time_point looked_at_;
  time_point next_look_;
  bool was_working_ = false;
};

} // namespace glyphgate
