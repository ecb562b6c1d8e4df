#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace glyphgate::vision {

/// The length of `size` bytes in base64 with padding.
constexpr std::size_t base64_size(std::size_t size) {
  return (size + 2) / 3 * 4;
}

/// Base64 with padding and without line breaks (RFC 4648, 4), appended.
void append_base64(std::string& to, std::string_view bytes);

/// Base64 for URLs, without padding (RFC 4648, 5).
std::string base64url(std::string_view bytes);

} // namespace glyphgate::vision
