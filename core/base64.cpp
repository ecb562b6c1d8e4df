#include "core/base64.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace glyphgate {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr bool little_endian = std::endian::native == std::endian::little;

// Twelve bits as two characters, in the order of memory.
using pair_table = std::array<std::array<char, 2>, 4096>;

constexpr pair_table make_pairs() {
  pair_table table{};
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] = {alphabet[i >> 6U], alphabet[i & 63U]};
  return table;
}

constexpr pair_table pairs = make_pairs();

char* write_pair(char* to, std::uint64_t twelve_bits) {
  std::memcpy(to, pairs[twelve_bits & 0xfffU].data(), 2);
  return to + 2;
}

// What each character at each place of a group of four gives to the group's bytes, so that the four of them together
// are a word whose first three bytes in memory are what the group means. The last byte is 0 unless one of them is
// foreign.
using place_table = std::array<std::uint32_t, 256>;

// The three bytes of a group as such a word.
constexpr std::uint32_t word_of(std::uint32_t bits) {
  return little_endian ? bits >> 16U | (bits & 0xff00U) | (bits & 0xffU) << 16U : bits << 8U;
}

constexpr std::uint32_t foreign = little_endian ? 0xff000000U : 0xffU;

constexpr place_table make_place(unsigned shift) {
  place_table table{};
  table.fill(foreign);
  for (std::uint32_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = word_of(i << shift);
  return table;
}

constexpr std::array<place_table, 4> places{make_place(18), make_place(12), make_place(6), make_place(0)};

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::uint32_t value(const char* group, std::size_t place) {
  return places[place][static_cast<unsigned char>(group[place])];
}

// Decodes groups without padding, and returns whether all of them were sound. Writes one byte more than they mean.
// `to` may be `from`, or before it: what is written over has been read.
bool decode_groups(const char* from, std::size_t groups, char* to) {
  std::uint32_t seen = 0;
  for (; groups != 0; --groups, from += 4, to += 3) {
    const std::uint32_t word = value(from, 0) | value(from, 1) | value(from, 2) | value(from, 3);
    seen |= word;
    std::memcpy(to, &word, 4);
  }
  return (seen & foreign) == 0;
}

// Decodes the last group of a text, padded or not; how many bytes it means, or none when it is not sound.
std::optional<std::size_t> decode_last(const char* from, char* to) {
  const std::size_t size = from[3] != '=' ? 3 : from[2] != '=' ? 2 : 1;
  std::uint32_t word = 0;
  for (std::size_t i = 0; i <= size; ++i)
    word |= value(from, i);
  std::array<char, 4> bytes;
  std::memcpy(bytes.data(), &word, bytes.size());
  if (bytes[3] != 0)
    return std::nullopt;
  // Bits that belong to no byte must be 0.
  if (std::any_of(bytes.begin() + static_cast<std::ptrdiff_t>(size), bytes.end(), [](char c) { return c != 0; }))
    return std::nullopt;
  std::memcpy(to, bytes.data(), size);
  return size;
}

// Decodes a text to `to`, where it may lie itself, and hands over every block once it is decoded. How many bytes there
// are, or none when the text is not sound.
template <class Sink>
std::optional<std::size_t> decode(std::string_view text, char* to, const Sink& decoded) {
  // So few that they are still in the innermost cache when they are handed over.
  constexpr std::size_t groups_at_once = 4096;
  if (text.size() % 4 != 0)
    return std::nullopt;
  if (text.empty())
    return 0;
  const char* from = text.data();
  char* out = to;
  for (std::size_t left = text.size() / 4 - 1; left != 0;) {
    const std::size_t groups = std::min(left, groups_at_once);
    if (!decode_groups(from, groups, out))
      return std::nullopt;
    decoded(std::string_view{out, groups * 3});
    from += groups * 4;
    out += groups * 3;
    left -= groups;
  }
  const auto last = decode_last(from, out);
  if (!last)
    return std::nullopt;
  decoded(std::string_view{out, *last});
  return static_cast<std::size_t>(out - to) + *last;
}

} // namespace

void append_base64(std::string& to, std::string_view bytes) {
  const auto begin = to.size();
  to.resize(begin + base64_size(bytes.size()), '=');
  char* out = to.data() + begin;
  // Six bytes at a time, of eight that are there.
  for (; bytes.size() >= 8; bytes.remove_prefix(6)) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes.data(), 8);
    if (little_endian)
      bits = __builtin_bswap64(bits);
    for (const unsigned shift : {52U, 40U, 28U, 16U})
      out = write_pair(out, bits >> shift);
  }
  for (; bytes.size() >= 3; bytes.remove_prefix(3)) {
    const std::uint32_t bits = byte_at(bytes, 0) << 16U | byte_at(bytes, 1) << 8U | byte_at(bytes, 2);
    out = write_pair(write_pair(out, bits >> 12U), bits);
  }
  if (bytes.size() == 2) {
    const std::uint32_t bits = byte_at(bytes, 0) << 16U | byte_at(bytes, 1) << 8U;
    *write_pair(out, bits >> 12U) = alphabet[bits >> 6U & 63U];
  } else if (bytes.size() == 1) {
    write_pair(out, byte_at(bytes, 0) << 4U);
  }
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
  std::string bytes(text.size() / 4 * 3, '\0');
  const auto size = decode(text, bytes.data(), [](std::string_view) {});
  if (!size)
    return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

std::optional<decoded_base64> decode_base64_in_place(std::span<char> text) {
  sha256_stream sum;
  const auto size =
      decode({text.data(), text.size()}, text.data(), [&](std::string_view decoded) { sum.update(decoded); });
  if (!size)
    return std::nullopt;
  return decoded_base64{{text.data(), *size}, sum.finish()};
}

} // namespace glyphgate
