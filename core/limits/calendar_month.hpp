#pragma once

#include "core/clock.hpp"
#include "core/limits/amounts.hpp"
#include "core/limits/billing_calendar.hpp"

#include <optional>
#include <utility>

namespace glyphgate {

/// Sums what was used in the present month. Has the same members as `rolling_window`. Times passed in must not
/// decrease.
class calendar_month {
public:
  explicit calendar_month(billing_calendar calendar) : calendar_{std::move(calendar)} {}

  void advance(timestamp now) {
    if (now < month_.end)
      return;
    month_ = calendar_.month_of(now);
    total_ = {};
  }
  void add(timestamp at, const amounts& used) {
    if (at >= month_.begin)
      total_ += used;
  }
  void remove(timestamp at, const amounts& used) {
    if (at >= month_.begin)
      total_ -= used;
  }
  const amounts& total() const { return total_; }
  std::optional<timestamp> oldest(measure m) const {
    return total_.of(m) == 0 ? std::nullopt : std::optional{month_.begin};
  }
  timestamp when_at_most(measure m, std::uint64_t most) const {
    return total_.of(m) <= most ? timestamp{} : month_.end;
  }
  timestamp end_of(timestamp) const { return month_.end; }

private:
  billing_calendar calendar_;
  time_range month_{};
  amounts total_;
};

} // namespace glyphgate
