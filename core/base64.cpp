#include "core/base64.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

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

// Decodes groups without padding to another place, and returns whether all of them were sound. Writes one byte more
// than they mean.
bool decode_groups(const char* from, std::size_t groups, char* to) {
  std::uint32_t seen = 0;
  for (; groups != 0; --groups, from += 4, to += 3) {
    const std::uint32_t word = value(from, 0) | value(from, 1) | value(from, 2) | value(from, 3);
    seen |= word;
    std::memcpy(to, &word, 4);
  }
  return (seen & foreign) == 0;
}

// Decodes the last group of a text, which has two to four characters; how many bytes it means, or none when it is not
// sound.
std::optional<std::size_t> decode_last(std::string_view group, char* to) {
  const std::size_t size = group.size() - 1;
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < group.size(); ++i)
    word |= value(group.data(), i);
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

// How far a text was decoded.
struct progress {
  // Characters that were read, whole groups, and bytes that they mean.
  std::size_t read = 0;
  std::size_t written = 0;
};

// Decodes from `done` on to `to`, where the text may lie itself, and hands over every block once it is decoded. Stops
// at the first block that is not sound, which is still as it was, and before the last group.
template <class Sink>
void decode_blocks(std::string_view text, char* to, progress& done, const Sink& decoded) {
  // So few that they are still in the innermost cache when they are handed over.
  constexpr std::size_t groups_at_once = 2048;
  std::array<char, groups_at_once * 3 + 1> block;
  while (text.size() - done.read > 4) {
    const auto* const from = text.data() + done.read;
    const std::size_t groups = std::min((text.size() - done.read - 1) / 4, groups_at_once);
    if (!decode_groups(from, groups, block.data()))
      return;
    const std::string_view bytes{block.data(), groups * 3};
    std::memcpy(to + done.written, bytes.data(), bytes.size());
    decoded(bytes);
    done.read += groups * 4;
    done.written += bytes.size();
  }
}

// What a character is in a text that is not in the strict form.
enum class role : std::uint8_t { other, blank, padding, symbol };

constexpr std::array<role, 256> make_roles() {
  std::array<role, 256> roles{};
  for (const char c : alphabet)
    roles[static_cast<unsigned char>(c)] = role::symbol;
  for (const char c : std::string_view{"-_"})
    roles[static_cast<unsigned char>(c)] = role::symbol;
  for (const char c : std::string_view{" \t\r\n"})
    roles[static_cast<unsigned char>(c)] = role::blank;
  roles[static_cast<unsigned char>('=')] = role::padding;
  return roles;
}

constexpr auto roles = make_roles();

std::string name_of(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte > 0x20 && byte < 0x7f)
    return std::string{'\''} + c + '\'';
  constexpr std::string_view digits = "0123456789ABCDEF";
  return std::string{"the byte 0x"} + digits[byte >> 4U] + digits[byte & 15U];
}

// What is wrong with the text from `begin` on, where a group begins; empty when it can be decoded.
std::string flaw_of(std::string_view text, std::size_t begin) {
  std::size_t symbols = 0;
  std::size_t paddings = 0;
  char last = 'A';
  for (std::size_t at = begin; at < text.size(); ++at) {
    const auto place = [at] { return " at position " + std::to_string(at); };
    switch (roles[static_cast<unsigned char>(text[at])]) {
    case role::blank: break;
    case role::other: return name_of(text[at]) + place() + " is not in its alphabet";
    case role::padding:
      if (symbols % 4 + ++paddings > 4 || symbols % 4 == 0)
        return "the '='" + place() + " is one too many";
      break;
    case role::symbol:
      if (paddings != 0)
        return "it goes on behind its padding," + place() + "; send each text by itself";
      ++symbols;
      last = text[at];
      break;
    }
  }
  if (symbols % 4 == 1)
    return "its last character is left over; it is cut short";
  // Those of a last group of three or two that belong to a byte.
  const std::uint32_t spare = symbols % 4 == 3 ? 3 : symbols % 4 == 2 ? 15 : 0;
  if ((alphabet.find(last == '-' ? '+' : last == '_' ? '/' : last) & spare) != 0)
    return "its last character has bits that belong to no byte; it is cut short or damaged";
  return {};
}

// Brings what has no flaw into the strict form, but without padding; its new size.
std::size_t make_strict(std::span<char> text, std::size_t begin) {
  auto* to = text.data() + begin;
  for (const char c : text.subspan(begin))
    if (roles[static_cast<unsigned char>(c)] == role::symbol)
      *to++ = c == '-' ? '+' : c == '_' ? '/' : c;
  return static_cast<std::size_t>(to - text.data());
}

// The last group of a padded text.
std::string_view without_padding(std::string_view group) {
  return group.substr(0, group[3] != '=' ? 4 : group[2] != '=' ? 3 : 2);
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
  if (text.size() % 4 != 0)
    return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  if (text.empty())
    return bytes;
  progress done;
  decode_blocks(text, bytes.data(), done, [](std::string_view) {});
  const auto last = text.size() - done.read == 4
                        ? decode_last(without_padding(text.substr(done.read)), bytes.data() + done.written)
                        : std::nullopt;
  if (!last)
    return std::nullopt;
  bytes.resize(done.written + *last);
  return bytes;
}

std::variant<decoded_base64, refused_base64> decode_base64_in_place(std::span<char> text) {
  sha256_stream sum;
  const auto digested = [&](std::string_view decoded) { sum.update(decoded); };
  progress done;
  std::string_view strict{text.data(), text.size()};
  decode_blocks(strict, text.data(), done, digested);

  // What is left is the last group, or is to be looked at more closely.
  if (auto flaw = flaw_of(strict, done.read); !flaw.empty()) {
    const auto before = sum.finish();
    return refused_base64{std::move(flaw), digest_builder{}.field(before).field(strict.substr(done.read)).finish()};
  }
  strict = strict.substr(0, make_strict(text, done.read));
  decode_blocks(strict, text.data(), done, digested);
  std::size_t last = 0;
  if (done.read != strict.size()) {
    last = *decode_last(strict.substr(done.read), text.data() + done.written);
    digested({text.data() + done.written, last});
  }
  return decoded_base64{{text.data(), done.written + last}, sum.finish()};
}

} // namespace glyphgate
