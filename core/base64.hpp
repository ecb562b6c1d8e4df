#pragma once

#include "core/digest.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

/// Base64 (RFC 4648). Pure.
namespace glyphgate {

/// The length of `size` bytes in base64 with padding.
constexpr std::size_t base64_size(std::size_t size) {
  return (size + 2) / 3 * 4;
}

/// Appends `bytes` in the standard alphabet (section 4), with padding and without line breaks.
void append_base64(std::string& to, std::string_view bytes);

/// The alphabet for URLs (section 5), without padding.
std::string base64url(std::string_view bytes);

/// Decodes strictly (section 4): the standard alphabet, padded, without white space, and no bit set that belongs to no
/// byte, so that every content has exactly one form. None when it is anything else.
std::optional<std::string> decode_base64(std::string_view text);

/// What a text became where it stood.
struct decoded_base64 {
  /// The beginning of what was the text.
  std::string_view bytes;
  /// Their SHA-256.
  digest content;
};

/// Why a text is no base64.
struct refused_base64 {
  /// For the client to read. It names the place, counted from 0.
  std::string flaw;
  /// Of the text as it was: equal texts have the same, and no others.
  digest sent;
};

/// Decodes what programs make of base64: also the alphabet for URLs, or both mixed; also with spaces, tabs and line
/// breaks in it; also without padding. Refuses any other character, what goes on behind its padding or has too much of
/// it, and what is cut short. Written over the text, without memory of its own, and digested on the way; the strict
/// form is decoded in one pass. The text is spoilt, also when it was refused.
std::variant<decoded_base64, refused_base64> decode_base64_in_place(std::span<char> text);

} // namespace glyphgate
