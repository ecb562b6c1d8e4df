#include "http/answers/ledger_export.hpp"

#include "http/wire/json_writer.hpp"

#include <map>
#include <utility>

namespace glyphgate::http {

namespace {

std::string decimal(std::uint64_t millionths) {
  json_writer number;
  return number.millionths(millionths).take();
}

} // namespace

std::vector<account_day> days_of(const std::vector<account_entry>& entries, const billing_calendar& calendar) {
  std::map<std::pair<std::string, owner_name>, amounts> sums;
  for (const auto& entry : entries)
    sums[{calendar.date_of(entry.quarter), entry.owner}] += entry.used;
  std::vector<account_day> days;
  days.reserve(sums.size());
  for (const auto& [date_and_key, used] : sums)
    days.push_back({date_and_key.first, date_and_key.second, used});
  return days;
}

response ledger_json(const std::vector<account_day>& days) {
  json_writer json;
  json.object().key("days").array();
  for (const auto& day : days) {
    json.object().member("date", day.date).member("key", day.key).member("jobs", day.used.jobs);
    json.key("api_calls").millionths(day.used.calls).key("usd").millionths(day.used.price).end_object();
  }
  json.end_array().end_object();
  return json_response(200, json.take());
}

response ledger_csv(const std::vector<account_day>& days) {
  std::string text = "date,key,jobs,api_calls,usd\r\n";
  for (const auto& day : days)
    // No key's name has a comma or a quote.
    text.append(day.date)
        .append(",")
        .append(day.key)
        .append(",")
        .append(std::to_string(day.used.jobs))
        .append(",")
        .append(decimal(day.used.calls))
        .append(",")
        .append(decimal(day.used.price))
        .append("\r\n");
  auto r = json_response(200, std::move(text));
  r.content_type = "text/csv; charset=utf-8; header=present";
  return r;
}

} // namespace glyphgate::http
