#include "http/uploads/admin_request.hpp"

#include "core/base64.hpp"
#include "core/limits/billing_calendar.hpp"
#include "http/wire/text.hpp"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::size_t longest_reason = 500;

std::optional<rapidjson::Document> object_in(std::string_view text) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
  if (json.HasParseError() || !json.IsObject())
    return std::nullopt;
  return json;
}

std::optional<std::string_view> text_in(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsString())
    return std::nullopt;
  return std::string_view{found->value.GetString(), found->value.GetStringLength()};
}

std::optional<double> amount_in(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  // Beyond that it is no amount of money.
  constexpr double most = 1e12;
  if (found == object.MemberEnd() || !found->value.IsNumber())
    return std::nullopt;
  const auto amount = found->value.GetDouble();
  return amount >= 0 && amount <= most ? std::optional{amount} : std::nullopt;
}

/// The notification's attribute; empty where it has none that can be one.
std::string budget_id_in(const rapidjson::Document& envelope) {
  constexpr std::size_t longest_id = 100;
  const auto& message = envelope["message"];
  const auto found = message.FindMember("attributes");
  if (found == message.MemberEnd() || !found->value.IsObject())
    return {};
  const auto id = text_in(found->value, "budgetId").value_or("");
  return id.size() <= longest_id ? std::string{id} : std::string{};
}

problem no_alert(std::string detail) {
  return malformed_request(std::move(detail) + "; have Pub/Sub push the notifications of a Google Cloud budget here");
}

} // namespace

std::variant<stop_order, problem> read_pause(std::string_view body) {
  stop_order order;
  order.reason = "no reason was given";
  if (body.empty())
    return order;
  const auto json = object_in(body);
  if (!json)
    return malformed_request(
        R"(the body must be a JSON object in UTF-8 such as {"reason": "a bill", "new_jobs": "wait"})");
  if (json->HasMember("reason")) {
    const auto reason = text_in(*json, "reason");
    if (!reason || reason->empty() || reason->size() > longest_reason || has_control_character(*reason))
      return invalid_request(
          "the order is not valid",
          {{{},
            "reason",
            fmt::format("it must be a text of 1 to {} bytes without control characters", longest_reason)}});
    order.reason = *reason;
  }
  if (json->HasMember("new_jobs")) {
    const auto jobs = text_in(*json, "new_jobs");
    if (jobs != "wait" && jobs != "refuse")
      return invalid_request("the order is not valid", {{{}, "new_jobs", "it must be wait or refuse"}});
    order.refuses_jobs = jobs == "refuse";
  }
  return order;
}

std::variant<budget_alert, problem> read_budget_alert(std::string_view body, double pause_ratio, timestamp now) {
  const auto envelope = object_in(body);
  if (!envelope || !envelope->HasMember("message") || !(*envelope)["message"].IsObject())
    return no_alert("the body is no push of Pub/Sub: it must be a JSON object with a member \"message\"");
  const auto data = text_in((*envelope)["message"], "data");
  const auto decoded = data ? decode_base64(*data) : std::nullopt;
  const auto news = decoded ? object_in(*decoded) : std::nullopt;
  if (!news)
    return no_alert("message.data must be a JSON object in base64");
  const auto cost = amount_in(*news, "costAmount");
  const auto budget = amount_in(*news, "budgetAmount");
  const auto begin = text_in(*news, "costIntervalStart");
  const auto interval = begin ? from_rfc3339(*begin) : std::nullopt;
  if (!cost || !budget || *budget == 0 || !interval)
    return no_alert("message.data must have costAmount, budgetAmount above 0 and costIntervalStart");
  // What lies ahead would make all news until then old.
  if (*interval > now + std::chrono::days{2})
    return no_alert("costIntervalStart lies in the future");
  budget_alert alert;
  alert.news = {*interval, to_micro_dollars(*cost), *cost >= *budget * pause_ratio, budget_id_in(*envelope)};
  alert.reason = fmt::format("a budget alert tells of {} spent of a budget of {}", *cost, *budget);
  return alert;
}

} // namespace glyphgate::http
