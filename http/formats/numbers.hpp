#pragma once

#include <array>
#include <charconv>
#include <string>

namespace glyphgate::http {

/// The number with so many decimals at most, without zeros at its end, and without an exponent.
inline std::string decimal(double number, int decimals) {
  std::array<char, 64> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed, decimals).ptr;
  std::string text{digits.data(), end};
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
      text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

} // namespace glyphgate::http
