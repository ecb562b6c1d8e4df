#include "vision/google/failures.hpp"

#include "core/utf8.hpp"
#include "vision/google/json.hpp"
#include "vision/google/json_repair.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace glyphgate::vision {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_error_body = 256 * 1024;
constexpr std::size_t max_message = 500;
constexpr std::chrono::seconds after_throttling = 30s, after_server_error = 1s;
// A longer wait than any limit of Google's asks for is a mistake.
constexpr std::chrono::seconds longest_wait = 3600s;

call_failure failure(ec code, std::string detail) {
  return {code, std::move(detail), true, std::nullopt, false};
}

call_failure unavailable(std::string detail, std::optional<std::chrono::seconds> asked, std::chrono::seconds least) {
  auto result = failure(ec::engine_unavailable, std::move(detail));
  result.retry_after = std::clamp(asked.value_or(least), least, longest_wait);
  return result;
}

bool is_about_size(const google_error& error) {
  return error.status == 413 || error.message.find("payload size") != std::string::npos;
}

std::string detail_of(const google_error& error) {
  std::string text = "Google Vision answered " + std::to_string(error.status);
  if (!error.reason.empty())
    text += " (" + error.reason + ')';
  if (!error.message.empty())
    text += ": " + error.message;
  return text;
}

/// A google.protobuf.Duration, e.g. "34.5s", rounded up.
std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  const std::string number{text.substr(0, 20)};
  char* end = nullptr;
  const auto seconds = std::strtod(number.c_str(), &end);
  if (end == number.c_str() || !(seconds > 0) || seconds > static_cast<double>(longest_wait.count()))
    return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(std::chrono::duration<double>{seconds});
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// The text with U+FFFD for every byte that is no UTF-8.
std::string well_formed(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto length = utf8_length(text);
    result += length == 0 ? replacement_character : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

} // namespace

int status_of_rpc_code(std::int64_t code) {
  switch (code) {
  case 1: return 499;
  case 3:
  case 9:
  case 11: return 400;
  case 4: return 504;
  case 5: return 404;
  case 6:
  case 10: return 409;
  case 7: return 403;
  case 8: return 429;
  case 12: return 501;
  case 14: return 503;
  case 16: return 401;
  default: return 500;
  }
}

std::optional<google_error> parse_google_error(std::string_view body, int status) {
  using namespace rapidjson;
  if (body.size() > max_error_body)
    return std::nullopt;
  const auto repaired = repair_json(body);
  if (repaired)
    body = *repaired;
  Document document;
  document.Parse<kParseIterativeFlag | kParseValidateEncodingFlag>(body.data(), body.size());
  if (document.HasParseError())
    return std::nullopt;
  const auto* error = member(document, "error");
  if (error == nullptr || !error->IsObject())
    return std::nullopt;

  google_error result;
  result.status = status;
  result.message = presentable(string_member(*error, "message"));
  const auto* details = member(*error, "details");
  if (details == nullptr || !details->IsArray())
    return result;
  for (const auto& detail : details->GetArray()) {
    if (const auto reason = string_member(detail, "reason"); !reason.empty())
      result.reason = presentable(reason);
    if (const auto delay = parse_duration(string_member(detail, "retryDelay")))
      result.retry_delay = delay;
  }
  return result;
}

call_failure failure_of(const google_error& error, std::size_t pictures, bool of_image) {
  const auto detail = detail_of(error);
  if (error.status == 429 || error.reason == "RATE_LIMIT_EXCEEDED")
    return unavailable(detail, error.retry_delay, after_throttling);
  if (error.status >= 500 && error.status != 501)
    return unavailable(detail, error.retry_delay, after_server_error);
  // 401: the token's end came early. The others: a request that was not begun, or given up by the server.
  if (error.status == 401 || error.status == 408 || error.status == 409 || error.status == 499)
    return failure(ec::engine_unavailable, detail);
  // A wrong API key is a 400 as well.
  const bool of_request =
      error.status == 400 && !error.reason.starts_with("API_KEY") && !error.message.starts_with("API key");
  if (of_request || is_about_size(error)) {
    auto result = failure(ec::request_rejected, detail);
    result.splittable = pictures > 1 && (of_image || is_about_size(error));
    return result;
  }
  auto result = failure(ec::account_refused, detail);
  // A wrong API key is refused at the door, as a wrong token is.
  result.unprocessed = error.status == 400;
  return result;
}

call_failure failure_of_response(const http_response& response, std::size_t pictures) {
  const auto status = static_cast<int>(response.status);
  auto error = parse_google_error(response.body, status).value_or(google_error{status, {}, {}, {}});
  if (response.retry_after)
    error.retry_delay = std::max(*response.retry_after, error.retry_delay.value_or(0s));
  // A redirect or another success is nothing that Google answers: something stands in between.
  if (status < 400)
    return failure(ec::engine_unavailable, detail_of(error));
  return failure_of(error, pictures, false);
}

call_failure failure_of(const transfer_failure& failure) {
  if (failure.cancelled)
    return {ec::cancelled, failure.detail, failure.sent, std::nullopt, false};
  return {ec::engine_unavailable, "no answer from Google Vision: " + presentable(failure.detail), failure.sent,
          std::nullopt, false};
}

std::string presentable(std::string_view text, std::initializer_list<std::string_view> secrets) {
  auto result = well_formed(text);
  for (const auto hidden : secrets)
    if (!hidden.empty())
      for (auto at = result.find(hidden); at != std::string::npos; at = result.find(hidden, at))
        result.replace(at, hidden.size(), "[hidden]");
  if (result.size() > max_message) {
    auto end = max_message;
    while (end > 0 && is_continuation(result[end]))
      --end;
    result.resize(end);
    result += "...";
  }
  std::ranges::replace_if(
      result, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  return result;
}

} // namespace glyphgate::vision
