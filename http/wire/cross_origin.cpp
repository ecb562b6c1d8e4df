#include "http/wire/cross_origin.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::string_view every_origin = "*";

} // namespace

bool is_origin(const std::string& text) {
  if (text == every_origin)
    return true;
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string::npos || scheme_end == 0)
    return false;
  const auto host = std::string_view{text}.substr(scheme_end + 3);
  return !host.empty() &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != ',' && c != '*'; }) &&
         host.find_first_of("/?#@") == std::string_view::npos;
}

cross_origin::cross_origin(std::vector<std::string> origins)
    : origins_{std::move(origins)},
      every_{std::ranges::count(origins_, every_origin) != 0} {}

std::string cross_origin::headers_for(const request& r) const {
  if (origins_.empty())
    return {};
  const auto origin = r.header("origin");
  const bool allowed = !origin.empty() && (every_ || std::ranges::count(origins_, origin) != 0);
  // Whoever keeps answers must not give one page the other's.
  std::string headers = every_ ? "" : "Vary: Origin\r\n";
  if (!allowed)
    return headers;
  headers.append("Access-Control-Allow-Origin: ").append(every_ ? every_origin : origin).append("\r\n");
  headers.append(
      "Access-Control-Expose-Headers: ETag, Idempotent-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, "
      "WWW-Authenticate, X-Request-Id\r\n");
  return headers;
}

std::string preflight_headers(std::string_view methods) {
  std::string headers{"Access-Control-Allow-Methods: "};
  headers.append(methods).append("\r\n");
  headers.append(
      "Access-Control-Allow-Headers: Authorization, Content-Type, Idempotency-Key, If-None-Match, X-API-Key, "
      "X-Goog-Api-Key, X-Request-Id\r\n");
  headers.append("Access-Control-Max-Age: 600\r\n");
  return headers;
}

} // namespace glyphgate::http
