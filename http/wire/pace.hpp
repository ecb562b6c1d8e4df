#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace glyphgate::http {

using steady_time = std::chrono::steady_clock::time_point;

/// How a client gets on with what it sends or takes: since when, when it last did, and how fast it is now. Pure.
class pace {
public:
  void begin(steady_time now) { *this = pace{now}; }

  /// That many bytes have passed.
  void moved(steady_time now, std::size_t bytes) {
    last_ = now;
    total_ += bytes;
    look(now);
    in_window_ += bytes;
  }

  /// What follows until `go_on` is not the client's doing, and does not count.
  void rest(steady_time now) { resting_since_ = now; }
  void go_on(steady_time now) {
    const auto rested = now - resting_since_;
    begun_ += rested;
    last_ += rested;
    window_begun_ += rested;
  }

  /// Ends a window that is over, so that `rate` falls also where nothing moves.
  void look(steady_time now) {
    if (now - window_begun_ < window)
      return;
    rate_ = static_cast<std::uint64_t>(static_cast<double>(in_window_) / seconds(now - window_begun_));
    window_begun_ = now;
    in_window_ = 0;
  }

  /// Bytes a second of late; none in the first two seconds.
  std::optional<std::uint64_t> rate() const { return rate_; }
  std::uint64_t total() const { return total_; }
  steady_time last() const { return last_; }
  steady_time begun() const { return begun_; }

  /// Whether nothing has moved for longer than `silence`, or less than `least` bytes a second on the whole, beyond what
  /// `silence` leaves for a slow beginning. `least` 0 sets no rate.
  bool is_too_slow(steady_time now, std::chrono::steady_clock::duration silence, std::uint64_t least) const {
    if (now - last_ > silence)
      return true;
    const auto counted = now - begun_ - silence;
    return least != 0 && counted.count() > 0 &&
           static_cast<double>(total_) < seconds(counted) * static_cast<double>(least);
  }

private:
  static constexpr std::chrono::seconds window{2};

  static double seconds(std::chrono::steady_clock::duration d) { return std::chrono::duration<double>(d).count(); }

public:
  explicit pace(steady_time now = {}) : begun_{now}, last_{now}, window_begun_{now} {}

private:
  steady_time begun_;
  steady_time last_;
  steady_time window_begun_;
  steady_time resting_since_;
  std::uint64_t total_ = 0;
  std::uint64_t in_window_ = 0;
  std::optional<std::uint64_t> rate_;
};

} // namespace glyphgate::http
