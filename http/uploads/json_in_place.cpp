#include "http/uploads/json_in_place.hpp"

#include <algorithm>

namespace glyphgate::http {

namespace {

// What ends a run of characters that mean themselves: a quote, a backslash, or what may not be in a string.
constexpr unsigned ends_run(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return unsigned{byte == '"'} | unsigned{byte == '\\'} | unsigned{byte < 0x20};
}

// In one that might be too large, its exponent becomes 0, and the whole part of its mantissa one digit before a
// fraction: no text that would be taken for an integer, before or afterwards, and of the same form.
void tame(std::span<char> number) {
  constexpr std::size_t harmless_digits = 300;
  constexpr std::size_t harmless_exponent = 2;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto whole = std::find_if(number.begin(), number.end(), is_digit);
  const auto whole_end = std::find_if_not(whole, number.end(), is_digit);
  if (static_cast<std::size_t>(whole_end - whole) > harmless_digits && *whole != '0') {
    if (number.end() - whole_end > 1 && *whole_end == '.' && is_digit(whole_end[1]))
      *whole_end = '0';
    whole[1] = '.';
  }
  const auto exponent = std::find_if(whole_end, number.end(), [](char c) { return c == 'e' || c == 'E'; });
  const auto digits = std::find_if(exponent, number.end(), is_digit);
  if (static_cast<std::size_t>(number.end() - digits) > harmless_exponent)
    std::replace_if(digits, number.end(), is_digit, '0');
}

} // namespace

// Written so that compilers look at a block at once.
std::size_t json_run_length(const char* text) {
  constexpr std::size_t block = 32;
  static_assert(block <= request_body::padding);
  const char* at = text;
  for (unsigned char ends = 0;; at += block) {
    for (std::size_t i = 0; i < block; ++i)
      ends = static_cast<unsigned char>(ends | ends_run(at[i]));
    if (ends != 0)
      break;
  }
  while (ends_run(*at) == 0)
    ++at;
  return static_cast<std::size_t>(at - text);
}

void tame_json_numbers(std::span<char> text) {
  const auto in_number = [](char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
  };
  char* at = text.data();
  char* const end = at + text.size();
  while (at < end) {
    if (*at == '"') {
      // To the string's end.
      for (++at; at < end; ++at) {
        at += json_run_length(at);
        if (at >= end || *at == '"')
          break;
        if (*at == '\\')
          ++at;
      }
      ++at;
    } else if (*at >= '0' && *at <= '9') {
      char* const begin = at;
      at = std::find_if_not(begin, end, in_number);
      tame({begin, at});
    } else {
      ++at;
    }
  }
}

} // namespace glyphgate::http
