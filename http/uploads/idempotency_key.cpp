#include "http/uploads/idempotency_key.hpp"

#include "http/wire/text.hpp"

#include <algorithm>
#include <string_view>

namespace glyphgate::http {

namespace {

constexpr std::size_t longest = 255;

// A string of RFC 8941, 3.3.3, without its quotes; none where it is malformed.
std::optional<std::string> unquoted(std::string_view text) {
  if (text.size() < 2 || text.back() != '"')
    return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"')
      return std::nullopt;
    if (text[i] == '\\' && (++i == text.size() || (text[i] != '"' && text[i] != '\\')))
      return std::nullopt;
    result.push_back(text[i]);
  }
  return result;
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

} // namespace

std::variant<std::optional<std::string>, problem> idempotency_key_of(const request& r) {
  std::optional<std::string_view> given;
  bool is_given_twice = false;
  r.for_each_field([&](std::string_view name, std::string_view value) {
    if (equal_ignoring_case(name, "idempotency-key")) {
      is_given_twice = given.has_value();
      given = trim(value);
    }
  });
  if (!given)
    return std::optional<std::string>{};
  auto key = given->starts_with('"') ? unquoted(*given) : std::optional<std::string>{*given};
  if (is_given_twice || !key || key->empty() || key->size() > longest || !is_visible(*key))
    return malformed_request("Idempotency-Key must be given once and hold 1 to 255 visible ASCII characters, best in "
                             "quotes, such as a UUID");
  return key;
}

} // namespace glyphgate::http
