#include "http/wire/shown_key.hpp"

#include "http/wire/text.hpp"

#include <utility>

namespace glyphgate::http {

namespace {

// What follows the scheme Bearer; empty with another scheme.
std::string_view bearer_token(std::string_view credentials) {
  constexpr std::string_view scheme = "bearer";
  if (credentials.size() <= scheme.size() || credentials[scheme.size()] != ' ' ||
      !equal_ignoring_case(credentials.substr(0, scheme.size()), scheme))
    return {};
  return trim(credentials.substr(scheme.size()));
}

std::string_view key_in_field(std::string_view name, std::string_view value) {
  if (equal_ignoring_case(name, "authorization"))
    return bearer_token(value);
  if (equal_ignoring_case(name, "x-api-key") || equal_ignoring_case(name, "x-goog-api-key"))
    return value;
  return {};
}

} // namespace

std::variant<std::string, problem> shown_key(const request& r, bool in_query_too) {
  std::string key;
  bool one = true;
  const auto take = [&](std::string_view shown) {
    if (shown.empty())
      return;
    one = one && (key.empty() || key == shown);
    key = shown;
  };
  r.for_each_field([&](std::string_view name, std::string_view value) { take(key_in_field(name, value)); });
  if (in_query_too) {
    const auto values = query_values(r.query(), "key");
    if (!values)
      return malformed_request("the parameter key is not percent-encoded properly");
    for (const auto& value : *values)
      take(value);
  }
  if (!one)
    return malformed_request("the request shows two different API keys; send one of them");
  return key;
}

} // namespace glyphgate::http
