#include "vision/jpeg/huffman.hpp"

#include "vision/bytes.hpp"

#include <bit>
#include <cstdlib>

namespace glyphgate::vision::jpeg {

namespace {

constexpr std::size_t most_length = 16;

} // namespace

huffman_codes::huffman_codes(huffman_definition table) : table_{table} {
  std::uint32_t code = 0;
  std::size_t at = most_length;
  for (std::uint32_t length = 1; length <= most_length; ++length, code <<= 1U) {
    auto& level = levels_[length];
    level = {code, u8(table, length - 1), at};
    for (std::uint32_t i = 0; i < level.count; ++i)
      codes_[u8(table, at++)] = {code++, length};
  }
}

std::optional<bit_string> huffman_codes::of(std::uint8_t symbol) const {
  const auto& code = codes_[symbol];
  return code.length == 0 ? std::nullopt : std::optional{code};
}

std::optional<huffman_codes::decoded> huffman_codes::decode(std::uint32_t window) const {
  for (std::uint32_t length = 1; length <= most_length; ++length) {
    const auto& level = levels_[length];
    const auto offset = (window >> (32 - length)) - level.first;
    if (offset < level.count)
      return decoded{u8(table_, level.symbols_at + offset), length};
  }
  return std::nullopt;
}

std::uint32_t category_of(int value) {
  return static_cast<std::uint32_t>(std::bit_width(static_cast<unsigned>(std::abs(value))));
}

bit_string bits_of(int value) {
  const auto length = category_of(value);
  const auto bits = static_cast<std::uint32_t>(value < 0 ? value - 1 : value);
  return {bits & ((1U << length) - 1), length};
}

int extended(std::uint32_t bits, std::uint32_t category) {
  const auto value = static_cast<int>(bits);
  if (category == 0 || (bits >> (category - 1)) != 0)
    return value;
  return value - (1 << category) + 1;
}

} // namespace glyphgate::vision::jpeg
