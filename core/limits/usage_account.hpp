#pragma once

#include "core/clock.hpp"
#include "core/limits/amounts.hpp"
#include "core/limits/billing_calendar.hpp"
#include "core/limits/calendar_month.hpp"
#include "core/limits/rolling_window.hpp"
#include "core/limits/spending_limits.hpp"

#include <cstdint>
#include <optional>

namespace glyphgate {

/// A limit that is in the way.
struct shortage {
  window_kind window = window_kind::minute;
  measure what = measure::jobs;
  /// As `amounts` count it.
  std::uint64_t limit = 0;
  /// When there is room: at once where something that is held is given back.
  timestamp opens;
  /// The limit is too low for it whatever comes.
  bool never = false;
};

/// What the service, or the holder of one key, has used in each window, and what is held for calls that are not over.
/// What is held counts in every window, also in one that ends meanwhile, until it is used or given back. Times passed
/// in must not decrease.
class usage_account {
public:
  usage_account(const spending_limits& limits, const billing_calendar& calendar);

  void set_limits(const spending_limits& limits) { limits_ = limits; }
  const spending_limits& limits() const { return limits_; }

  void advance(timestamp now);

  /// It was used at `at`, which is not before anything else used.
  void use(timestamp at, const amounts& used);
  /// The same, and the month does not count it.
  void use_rolling(timestamp at, const amounts& used);
  /// It was used earlier, in this month; no other window counts it.
  void use_this_month(timestamp at, const amounts& used) { month_.add(at, used); }
  /// It was not used after all.
  void take_back(timestamp at, const amounts& used);

  void hold(const amounts& reserved, bool claimed);
  void let_go(const amounts& reserved, bool claimed);
  /// What was held unclaimed is claimed.
  void claim(const amounts& reserved) { unclaimed_ -= reserved; }

  /// The limit that is in the way of that much more the longest; none where there is room.
  std::optional<shortage> lacks(timestamp now, const amounts& more) const;
  /// The same for what is held and not claimed yet: others that are not claimed are not in the way.
  std::optional<shortage> lacks_to_claim(timestamp now, const amounts& reserved) const;

  const amounts& used(window_kind w) const;
  const amounts& held() const { return held_; }
  /// Of that: what is claimed.
  amounts claimed() const { return held_ - unclaimed_; }

  /// When the oldest of the last 24 h was used that counts by that measure.
  std::optional<timestamp> oldest_today(measure m) const { return day_.oldest(m); }

  /// When something leaves the window that counts by that measure; none where there is nothing.
  std::optional<timestamp> leaves_at(timestamp now, window_kind w, measure m) const;

private:
  template <class Work>
  void each_window(Work work);
  template <class Work>
  auto in_window(window_kind w, Work work) const;
  std::optional<shortage> lacks(timestamp now, const amounts& more, const amounts& beside) const;

  spending_limits limits_;
  rolling_window minute_{std::chrono::minutes{1}};
  rolling_window hour_{std::chrono::hours{1}};
  rolling_window day_{std::chrono::hours{24}};
  calendar_month month_;
  amounts held_;
  amounts unclaimed_;
};

/// What the limit of that window is by that measure, as `amounts` count it.
std::optional<std::uint64_t> limit_of(const spending_limits& limits, window_kind w, measure m);

} // namespace glyphgate
