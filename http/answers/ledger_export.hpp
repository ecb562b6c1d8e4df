#pragma once

#include "core/limits/billing_calendar.hpp"
#include "core/limits/rate_limiter.hpp"
#include "http/wire/response.hpp"

#include <memory>
#include <string>
#include <vector>

namespace glyphgate::http {

using account_entries_ptr = std::shared_ptr<const std::vector<account_entry>>;

/// What the holder of one key used on one day.
struct account_day {
  /// YYYY-MM-DD.
  std::string date;
  owner_name key;
  amounts used;
};

/// The sum of each day and key, by the calendar by which the engine bills; by date, then by key.
std::vector<account_day> days_of(const std::vector<account_entry>& entries, const billing_calendar& calendar);

/// `{"days":[{"date","key","jobs","api_calls","usd"}]}`.
response ledger_json(const std::vector<account_day>& days);
/// RFC 4180, with a line of names.
response ledger_csv(const std::vector<account_day>& days);

} // namespace glyphgate::http
