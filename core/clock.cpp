#include "core/clock.hpp"

#include <cstdio>

namespace glyphgate {

std::string to_rfc3339(timestamp t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::milliseconds>(t - day)};
  char text[48];
  const int n =
      std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02ld:%02ld:%02ld.%03ldZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<long>(time.hours().count()), static_cast<long>(time.minutes().count()),
                    static_cast<long>(time.seconds().count()), static_cast<long>(time.subseconds().count()));
  return {text, static_cast<std::size_t>(n)};
}

} // namespace glyphgate
