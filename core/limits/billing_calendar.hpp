#pragma once

#include "core/clock.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace glyphgate {

/// From `begin` up to `end`, without it.
struct time_range {
  timestamp begin;
  timestamp end;
};

/// The months of the calendar by which the engine bills. Thread-safe.
class billing_calendar {
public:
  /// UTC.
  billing_calendar();
  /// Throws std::invalid_argument when the system knows no such time zone; `zone` is a name of the IANA's database,
  /// e.g. "America/Los_Angeles".
  explicit billing_calendar(const std::string& zone);

  /// The month that `t` is in.
  time_range month_of(timestamp t) const;
  /// The date on which `t` falls, as YYYY-MM-DD.
  std::string date_of(timestamp t) const;
  /// That day; none where it is no date in that form.
  std::optional<time_range> day_of(const std::string& date) const;

private:
  struct zone_rules;
  std::shared_ptr<const zone_rules> zone_;
};

/// The time that RFC 3339 text tells, to the microsecond; none where it is none, or beyond what a timestamp can tell.
std::optional<timestamp> from_rfc3339(std::string_view text);

} // namespace glyphgate
