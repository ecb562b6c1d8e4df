#include "http/wire/rpc_status.hpp"

#include "http/wire/json_writer.hpp"

#include <cctype>
#include <chrono>
#include <cstddef>
#include <variant>

namespace glyphgate::http {

namespace {

constexpr std::chrono::seconds longest_short_wait{10};
constexpr std::string_view domain = "glyphgate";

// "RATE_LIMITED" of "rate-limited": a reason is in upper case.
std::string reason_of(std::string_view kind) {
  std::string reason;
  for (const char c : kind)
    reason += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return reason;
}

std::string message_of(const problem& p) {
  return p.detail.empty() ? std::string{p.title} : std::string{p.title} + ": " + p.detail;
}

void write_window(json_writer& json, const std::string& name, const window_usage& w) {
  json.member(name + "_current", std::to_string(w.current)).member(name + "_limit", std::to_string(w.limit));
}

// The values of a map are texts.
void write_metadata(json_writer& json, const problem& p) {
  if (!p.usage && !p.limit)
    return;
  json.key("metadata").object();
  if (p.limit)
    json.member(p.limit->name, std::to_string(p.limit->value));
  if (p.usage) {
    write_window(json, "minute", p.usage->minute);
    write_window(json, "hour", p.usage->hour);
    write_window(json, "day", p.usage->day);
  }
  json.end_object();
}

std::string field_of(const input_error& e) {
  if (const auto* id = std::get_if<std::string>(&e.image))
    return "image " + *id;
  if (const auto* position = std::get_if<std::size_t>(&e.image))
    return "image " + std::to_string(*position);
  return e.field;
}

void write_violations(json_writer& json, const problem& p) {
  json.object().member("@type", "type.googleapis.com/google.rpc.BadRequest").key("fieldViolations").array();
  for (const auto& e : p.errors)
    json.object().member("field", field_of(e)).member("description", e.detail).end_object();
  json.end_array().end_object();
}

} // namespace

std::string_view to_string(rpc_code code) {
  switch (code) {
  case rpc_code::cancelled: return "CANCELLED";
  case rpc_code::unknown: return "UNKNOWN";
  case rpc_code::invalid_argument: return "INVALID_ARGUMENT";
  case rpc_code::deadline_exceeded: return "DEADLINE_EXCEEDED";
  case rpc_code::not_found: return "NOT_FOUND";
  case rpc_code::permission_denied: return "PERMISSION_DENIED";
  case rpc_code::resource_exhausted: return "RESOURCE_EXHAUSTED";
  case rpc_code::aborted: return "ABORTED";
  case rpc_code::unimplemented: return "UNIMPLEMENTED";
  case rpc_code::internal: return "INTERNAL";
  case rpc_code::unavailable: return "UNAVAILABLE";
  case rpc_code::unauthenticated: return "UNAUTHENTICATED";
  }
  return "UNKNOWN";
}

unsigned rpc_http_status(const problem& p) {
  switch (p.status) {
  case 413:
  case 415:
  case 422: return 400;
  case 503: return p.retry_after && *p.retry_after > longest_short_wait ? 429 : 503;
  default: return p.status;
  }
}

rpc_code rpc_code_of(unsigned http_status) {
  switch (http_status) {
  case 401: return rpc_code::unauthenticated;
  case 403: return rpc_code::permission_denied;
  case 404: return rpc_code::not_found;
  case 405: return rpc_code::unimplemented;
  case 409: return rpc_code::aborted;
  case 429: return rpc_code::resource_exhausted;
  case 500: return rpc_code::internal;
  case 501: return rpc_code::unimplemented;
  case 503: return rpc_code::unavailable;
  case 504: return rpc_code::deadline_exceeded;
  default: return http_status < 500 ? rpc_code::invalid_argument : rpc_code::unknown;
  }
}

response rpc_refusal(const problem& p) {
  const auto status = rpc_http_status(p);
  json_writer json;
  json.object().key("error").object();
  json.member("code", status).member("message", message_of(p)).member("status", to_string(rpc_code_of(status)));
  json.key("details").array().object().member("@type", "type.googleapis.com/google.rpc.ErrorInfo");
  json.member("reason", reason_of(p.kind)).member("domain", domain);
  write_metadata(json, p);
  json.end_object();
  if (p.retry_after) {
    json.object().member("@type", "type.googleapis.com/google.rpc.RetryInfo");
    json.member("retryDelay", std::to_string(p.retry_after->count()) + "s").end_object();
  }
  if (!p.errors.empty())
    write_violations(json, p);
  json.end_array().end_object().end_object();
  auto r = json_response(status, json.take());
  add_headers(r, p);
  return r;
}

} // namespace glyphgate::http
