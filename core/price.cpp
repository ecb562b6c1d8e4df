#include "core/price.hpp"

#include <charconv>
#include <string>
#include <system_error>

namespace glyphgate {

namespace {

constexpr std::size_t decimals = 6;
constexpr micro_dollars dollar = 1'000'000;
constexpr micro_dollars most_dollars = 1'000'000'000;

std::optional<micro_dollars> digits_in(std::string_view text) {
  micro_dollars value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

} // namespace

std::optional<micro_dollars> micro_dollars_in(std::string_view text) {
  const auto point = text.find('.');
  std::string fraction{point == std::string_view::npos ? "0" : text.substr(point + 1)};
  if (fraction.empty() || fraction.size() > decimals)
    return std::nullopt;
  fraction.resize(decimals, '0');
  const auto whole = digits_in(text.substr(0, point)), millionths = digits_in(fraction);
  if (!whole || !millionths || *whole > most_dollars)
    return std::nullopt;
  return *whole * dollar + *millionths;
}

} // namespace glyphgate
