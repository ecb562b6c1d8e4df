#include "core/keys/api_key.hpp"

#include <sys/random.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace glyphgate {

namespace {

constexpr std::string_view prefix = "gg_";
constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::uint32_t base = 62;
// The least that hold 128 and 32 bits.
constexpr std::size_t random_digits = 22;
constexpr std::size_t check_digits = 6;

// What each byte does to the sum.
constexpr auto crc32_steps = [] {
  constexpr std::uint32_t polynomial = 0xedb88320U;
  std::array<std::uint32_t, 256> steps{};
  for (std::uint32_t byte = 0; byte < steps.size(); ++byte) {
    steps[byte] = byte;
    for (int bit = 0; bit < 8; ++bit)
      steps[byte] = (steps[byte] >> 1U) ^ ((steps[byte] & 1U) != 0 ? polynomial : 0U);
  }
  return steps;
}();

std::uint32_t crc32_of(std::string_view text) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char c : text)
    crc = (crc >> 8U) ^ crc32_steps[(crc ^ static_cast<unsigned char>(c)) & 0xffU];
  return ~crc;
}

std::array<char, check_digits> check_of(std::string_view text) {
  std::array<char, check_digits> check;
  auto left = crc32_of(text);
  for (auto at = check.rbegin(); at != check.rend(); ++at, left /= base)
    *at = digits[left % base];
  return check;
}

// Divides the number, whose highest byte is the first, by the base; the remainder.
std::uint32_t divide(std::array<std::uint8_t, 16>& number) {
  std::uint32_t rest = 0;
  for (auto& byte : number) {
    rest = rest << 8U | byte;
    byte = static_cast<std::uint8_t>(rest / base);
    rest %= base;
  }
  return rest;
}

} // namespace

secret api_key_of(const std::array<std::uint8_t, 16>& bits) {
  std::array<char, prefix.size() + random_digits + check_digits> text;
  auto at = prefix.copy(text.data(), prefix.size());
  auto left = bits;
  for (std::size_t i = random_digits; i-- > 0;)
    text[at + i] = digits[divide(left)];
  at += random_digits;
  for (const char c : check_of({text.data(), at}))
    text[at++] = c;
  return secret{{text.data(), text.size()}};
}

secret make_api_key() {
  std::array<std::uint8_t, 16> bits{};
  if (getrandom(bits.data(), bits.size(), 0) != static_cast<ssize_t>(bits.size()))
    throw std::system_error{errno, std::generic_category(), "getrandom"};
  return api_key_of(bits);
}

bool is_api_key(std::string_view text) {
  constexpr auto checked = prefix.size() + random_digits;
  if (text.size() != checked + check_digits || !text.starts_with(prefix) ||
      text.find_first_not_of(digits, prefix.size()) != std::string_view::npos)
    return false;
  const auto check = check_of(text.substr(0, checked));
  return text.substr(checked) == std::string_view{check.data(), check.size()};
}

} // namespace glyphgate
