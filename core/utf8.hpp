#pragma once

#include <cstddef>
#include <string_view>

/// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. Pure.
namespace glyphgate {

/// Stands for what could not be read: U+FFFD.
constexpr std::string_view replacement_character = "\xef\xbf\xbd";
constexpr char32_t replacement_code_point = 0xfffd;

/// The bytes of the well-formed sequence at the start of `text`, which is not empty: 1 to 4, or 0 when there is none.
std::size_t utf8_length(std::string_view text);

/// Takes the next code point off `text`, which is not empty. A byte that starts no well-formed sequence counts as
/// U+FFFD.
char32_t next_code_point(std::string_view& text);

/// The code point at the start of `text`, which is not empty, as `next_code_point` has it.
inline char32_t first_code_point(std::string_view text) {
  return next_code_point(text);
}

/// Whether all of it is well-formed.
bool is_utf8(std::string_view text);

} // namespace glyphgate
