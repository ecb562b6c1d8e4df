#include "vision/google/json_repair.hpp"

#include "core/utf8.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>

namespace glyphgate::vision {

namespace {

constexpr std::size_t escape_size = 6;

/// The code unit of the escape `\uXXXX` at the start of `text`.
std::optional<std::uint16_t> escaped_unit(std::string_view text) {
  if (text.size() < escape_size || !text.starts_with("\\u"))
    return std::nullopt;
  std::uint16_t unit = 0;
  const auto* end = text.data() + escape_size;
  const auto [last, error] = std::from_chars(text.data() + 2, end, unit, 16);
  return error == std::errc{} && last == end ? std::optional{unit} : std::nullopt;
}

bool is_high_surrogate(std::uint16_t unit) {
  return (unit & 0xfc00U) == 0xd800;
}

bool is_low_surrogate(std::uint16_t unit) {
  return (unit & 0xfc00U) == 0xdc00;
}

struct piece {
  std::size_t size = 1;
  bool good = true;
};

/// What starts with a backslash in a string.
piece escape_at(std::string_view text) {
  const auto unit = escaped_unit(text);
  if (!unit)
    return {text.size() < 2 ? std::size_t{1} : std::size_t{2}, true};
  if (!is_high_surrogate(*unit))
    return {escape_size, !is_low_surrogate(*unit)};
  const auto second = escaped_unit(text.substr(escape_size));
  return second && is_low_surrogate(*second) ? piece{2 * escape_size, true} : piece{escape_size, false};
}

} // namespace

std::optional<std::string> repair_json(std::string_view text) {
  std::optional<std::string> repaired;
  // What is before has been copied.
  std::size_t copied = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    piece next;
    if (c == '"') {
      in_string = !in_string;
    } else if (c == '\\' && in_string) {
      next = escape_at(text.substr(at));
    } else if (c < 0x20) {
      next.good = !in_string;
    } else if (c >= 0x80) {
      const auto length = utf8_length(text.substr(at));
      next = length == 0 ? piece{1, false} : piece{length, true};
    }
    if (!next.good) {
      if (!repaired)
        repaired.emplace();
      repaired->append(text.substr(copied, at - copied)).append(replacement_character);
      copied = at + next.size;
    }
    at += next.size;
  }
  if (repaired)
    repaired->append(text.substr(copied));
  return repaired;
}

} // namespace glyphgate::vision
