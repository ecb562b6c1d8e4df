#pragma once

#include "core/base64.hpp"

#include <span>
#include <variant>

namespace glyphgate::http {

/// Takes the bytes of an image out of a text: base64, or a data URI of base64 (RFC 2397), whatever media type and
/// parameters it has. Decodes as `decode_base64_in_place` does, over the text. The flaw of one that is refused says how
/// to mend it; places are counted from the beginning of the base64.
std::variant<decoded_base64, refused_base64> decode_base64_data(std::span<char> text);

} // namespace glyphgate::http
