#pragma once

#include <cstdint>
#include <string_view>

namespace glyphgate::vision {

/// Whether it begins as the boxes of a JP2 file do, not as a codestream.
bool is_jp2(std::string_view bytes);

/// Looks at all markers of a JPEG 2000 file for what would make its decoding take more work or memory than its size
/// accounts for: tiles, precincts and code-blocks smaller than encoders make them. The reason, or null.
/// The markers: ISO/IEC 15444-1, annex A; the boxes: annex I.
const char* jpeg2000_excess(std::string_view bytes, std::uint32_t width, std::uint32_t height);

} // namespace glyphgate::vision
