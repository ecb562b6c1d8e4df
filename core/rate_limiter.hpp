#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/rolling_window.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace glyphgate {

/// How full one window is.
struct window_usage {
  std::uint64_t current = 0;
  std::uint64_t limit = 0;
  duration span{};
  /// How long until something leaves the window; zero when it is empty.
  duration until_room{};

  std::uint64_t remaining() const { return current < limit ? limit - current : 0; }
};

/// How full every window is, at one instant.
struct limiter_usage {
  /// Jobs in the last 60 s.
  window_usage minute;
  /// Jobs in the last 3600 s.
  window_usage hour;
  /// Billable calls in the last 24 h, those reserved and not yet made included. Where the limit was lowered, those that
  /// wait for room in it fill the window, and do not go beyond the limit.
  window_usage day;
  /// Jobs in the last 24 h, counted by the second; no limit of its own.
  std::uint64_t jobs_today = 0;
  std::optional<timestamp> oldest_job_today;
};

/// The limiter's answer to a reservation.
struct admission {
  /// none when granted; rate_limited, or job_too_large when no wait could ever help.
  ec refused = ec::none;
  /// When granted: when it counts from, and the first of as many consecutive reservations as calls were asked for.
  timestamp at;
  reservation_id first = 0;
  std::uint32_t jobs = 0;
  std::uint32_t calls = 0;
  /// When refused: which window is in the way the longest ("minute", "hour", "day"), and until when.
  std::string_view window;
  duration retry_after{};
  /// After the decision.
  limiter_usage usage;

  bool granted() const { return refused == ec::none; }
};

/// One spend as the ledger remembers it, to rebuild the windows from.
struct spend_record {
  reservation_id id = 0;
  /// When it was settled; none while it is reserved.
  std::optional<timestamp> settled_at;
};

/// The rolling windows and the open reservations. Three windows are checked and taken in one step; a denial changes
/// nothing. A reserved call counts until it is settled, and from then for 24 h more; as the call is made between the
/// two, no 24 h hold more calls than the limit. Time never runs backwards: an earlier `now` counts as the latest seen.
///
/// A reservation of an earlier process may exceed a limit that was lowered since: it is kept, and its call may be begun
/// once it was claimed. Those claimed and those settled in the window are never more than the limit, unless as many
/// were settled under a higher one.
class rate_limiter_state {
public:
  explicit rate_limiter_state(const rate_limiter_config& config);

  /// Rebuilds the windows at start. `jobs_accepted_at` in ascending order; `first_free` is above every reservation
  /// ever made.
  void restore(timestamp now, const std::vector<timestamp>& jobs_accepted_at, const std::vector<spend_record>& spends,
               reservation_id first_free);

  /// Takes `jobs` accepted jobs and `calls` calls from every window, or nothing.
  admission reserve(timestamp now, std::uint32_t jobs, std::uint32_t calls);

  /// What `reserve` would answer, and takes nothing.
  admission check(timestamp now, std::uint32_t jobs, std::uint32_t calls);

  /// Whether the call of a reservation that an earlier process made may be begun: granted when the day has room for it
  /// under today's limit. Claimed again, and unknown or settled, it is granted too: nothing changes.
  admission claim(timestamp now, reservation_id id);

  /// The call of this reservation was made, or may have been made. Unknown and settled ids change nothing.
  void settle(timestamp now, reservation_id id);

  /// Not one byte of the call left the process: its spend is given back. Unknown and settled ids change nothing.
  void release(reservation_id id);

  /// The job of a granted admission was not accepted after all: everything it took is given back.
  void revoke(const admission& granted);

  limiter_usage usage(timestamp now);

private:
  timestamp advance(timestamp now);
  /// Whether all windows have room; without their usage, and nothing is taken.
  admission decide(timestamp at, std::uint32_t jobs, std::uint32_t calls) const;
  window_usage usage_of(const rolling_window& window, std::uint64_t limit, std::uint64_t reserved) const;
  std::uint64_t claimed() const { return reserved_.size() - unclaimed_.size(); }

  rate_limiter_config config_;
  timestamp last_seen_{};
  reservation_id next_ = 1;
  rolling_window minute_{std::chrono::minutes{1}};
  rolling_window hour_{std::chrono::hours{1}};
  rolling_window day_{std::chrono::hours{24}};
  rolling_window jobs_today_{std::chrono::hours{24}};
  std::unordered_map<reservation_id, timestamp> reserved_;
  /// Those of `reserved_` that an earlier process made and that were not claimed since.
  std::unordered_set<reservation_id> unclaimed_;
};

} // namespace glyphgate
