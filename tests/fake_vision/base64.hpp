#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glyphgate::fake {

/// Decodes base64 with padding; nothing when it is not.
std::optional<std::string> decode_base64(std::string_view text);

/// Decodes base64 for URLs, without padding; nothing when it is not.
std::optional<std::string> decode_base64url(std::string_view text);

} // namespace glyphgate::fake
