#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glyphgate::http {

/// Decodes base64 strictly (RFC 4648, section 4): the standard alphabet, padded, without white space, and no bit set
/// that belongs to no byte, so that every content has exactly one form. None when it is anything else.
std::optional<std::string> decode_base64(std::string_view text);

} // namespace glyphgate::http
