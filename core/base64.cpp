#include "core/base64.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace glyphgate {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t invalid = 0x1000000;

// The value of each character at each place of a group of four, shifted to where it belongs.
using place_table = std::array<std::uint32_t, 256>;

constexpr place_table make_table(unsigned shift) {
  place_table table{};
  table.fill(invalid);
  for (std::uint32_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = i << shift;
  return table;
}

constexpr std::array<place_table, 4> places{make_table(18), make_table(12), make_table(6), make_table(0)};

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

} // namespace

void append_base64(std::string& to, std::string_view bytes) {
  auto out = to.size();
  to.resize(out + base64_size(bytes.size()), '=');
  const auto write = [&](std::uint32_t bits, std::size_t characters) {
    for (std::size_t i = 0; i < characters; ++i)
      to[out++] = alphabet[bits >> (18 - 6 * i) & 63U];
  };
  std::size_t at = 0;
  for (; bytes.size() - at >= 3; at += 3)
    write(byte_at(bytes, at) << 16U | byte_at(bytes, at + 1) << 8U | byte_at(bytes, at + 2), 4);
  if (bytes.size() - at == 2)
    write(byte_at(bytes, at) << 16U | byte_at(bytes, at + 1) << 8U, 3);
  else if (bytes.size() - at == 1)
    write(byte_at(bytes, at) << 16U, 2);
}

std::string base64url(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  text.erase(text.find_last_not_of('=') + 1);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty())
    return std::string{};
  if (text.size() % 4 != 0)
    return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::size_t whole = text.size() / 4 - (padding != 0 ? 1 : 0);

  std::string bytes(text.size() / 4 * 3 - padding, '\0');
  const auto value = [&](std::size_t at, std::size_t place) {
    return places[place][static_cast<unsigned char>(text[at])];
  };
  std::uint32_t seen = 0;
  std::size_t out = 0;
  for (std::size_t group = 0; group < whole; ++group) {
    const std::size_t at = group * 4;
    const std::uint32_t bits = value(at, 0) | value(at + 1, 1) | value(at + 2, 2) | value(at + 3, 3);
    seen |= bits;
    bytes[out++] = static_cast<char>(bits >> 16U);
    bytes[out++] = static_cast<char>(bits >> 8U);
    bytes[out++] = static_cast<char>(bits);
  }
  if (padding != 0) {
    const std::size_t at = whole * 4;
    std::uint32_t bits = value(at, 0) | value(at + 1, 1);
    if (padding == 1)
      bits |= value(at + 2, 2);
    if ((bits & (padding == 1 ? 0xffU : 0xffffU)) != 0)
      return std::nullopt;
    seen |= bits;
    bytes[out++] = static_cast<char>(bits >> 16U);
    if (padding == 1)
      bytes[out++] = static_cast<char>(bits >> 8U);
  }
  if ((seen & invalid) != 0)
    return std::nullopt;
  return bytes;
}

} // namespace glyphgate
