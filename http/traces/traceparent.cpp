#include "http/traces/traceparent.hpp"

#include "http/wire/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace glyphgate::http {

namespace {

// "00-" + 32 digits + "-" + 16 digits + "-" + 2 digits.
constexpr std::size_t length_of_version_0 = 55;

// Lower case only: others are not well-formed.
std::optional<std::uint8_t> digit(char c) {
  if (c >= '0' && c <= '9')
    return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f')
    return static_cast<std::uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

template <std::size_t Size>
std::optional<std::array<std::uint8_t, Size>> bytes_of(std::string_view digits) {
  std::array<std::uint8_t, Size> bytes{};
  for (std::size_t i = 0; i < Size; ++i) {
    const auto high = digit(digits[2 * i]);
    const auto low = digit(digits[2 * i + 1]);
    if (!high || !low)
      return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(*high << 4U | *low);
  }
  return bytes;
}

template <class Bytes>
bool all_zero(const Bytes& bytes) {
  return std::ranges::all_of(bytes, [](auto byte) { return byte == 0; });
}

} // namespace

std::optional<client_trace> parse_traceparent(std::string_view value) {
  if (value.size() < length_of_version_0 || value[2] != '-' || value[35] != '-' || value[52] != '-')
    return std::nullopt;
  const auto version = bytes_of<1>(value.substr(0, 2));
  const auto trace = bytes_of<16>(value.substr(3, 32));
  const auto span = bytes_of<8>(value.substr(36, 16));
  const auto flags = bytes_of<1>(value.substr(53, 2));
  if (!version || !trace || !span || !flags || all_zero(*trace) || all_zero(*span))
    return std::nullopt;
  // A later version may have more behind; 255 is none.
  const bool is_whole = value.size() == length_of_version_0;
  const auto number = version->front();
  if (number == 0xff || (number == 0 && !is_whole) || (!is_whole && value[length_of_version_0] != '-'))
    return std::nullopt;
  return client_trace{{*trace, *span}, (flags->front() & 1U) != 0};
}

std::optional<client_trace> traceparent_of(const request& r) {
  std::optional<client_trace> found;
  int fields = 0;
  r.for_each_field([&](std::string_view name, std::string_view value) {
    if (equal_ignoring_case(name, "traceparent")) {
      ++fields;
      found = parse_traceparent(value);
    }
  });
  return fields == 1 ? found : std::nullopt;
}

} // namespace glyphgate::http
