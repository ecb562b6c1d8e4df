#include "core/limits/billing_calendar.hpp"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <stdexcept>

namespace glyphgate {

struct billing_calendar::zone_rules {
  cctz::time_zone zone;
};

billing_calendar::billing_calendar() : zone_{std::make_shared<const zone_rules>(zone_rules{cctz::utc_time_zone()})} {}

billing_calendar::billing_calendar(const std::string& zone) {
  cctz::time_zone found;
  if (!cctz::load_time_zone(zone, &found))
    throw std::invalid_argument{"the system knows no time zone \"" + zone +
                                "\": give a name like America/Los_Angeles, and install tzdata where it is missing"};
  zone_ = std::make_shared<const zone_rules>(zone_rules{found});
}

time_range billing_calendar::month_of(timestamp t) const {
  const cctz::civil_month month{cctz::convert(t, zone_->zone)};
  const auto begin_of = [this](const cctz::civil_month& m) -> timestamp {
    return cctz::convert(cctz::civil_second{m}, zone_->zone);
  };
  return {begin_of(month), begin_of(month + 1)};
}

std::string billing_calendar::date_of(timestamp t) const {
  return cctz::format("%Y-%m-%d", t, zone_->zone);
}

std::optional<time_range> billing_calendar::day_of(const std::string& date) const {
  cctz::time_point<std::chrono::microseconds> midnight;
  // What is read in UTC is the date, whatever the zone.
  if (date.size() != std::string_view{"2026-01-31"}.size() ||
      !cctz::parse("%Y-%m-%d", date, cctz::utc_time_zone(), &midnight))
    return std::nullopt;
  const cctz::civil_day day{cctz::convert(midnight, cctz::utc_time_zone())};
  const auto begin_of = [this](const cctz::civil_day& d) -> timestamp {
    return cctz::convert(cctz::civil_second{d}, zone_->zone);
  };
  return time_range{begin_of(day), begin_of(day + 1)};
}

std::optional<timestamp> from_rfc3339(std::string_view text) {
  cctz::time_point<std::chrono::microseconds> told;
  if (!cctz::parse("%Y-%m-%dT%H:%M:%E*S%Ez", std::string{text}, cctz::utc_time_zone(), &told))
    return std::nullopt;
  return told;
}

} // namespace glyphgate
