#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace glyphgate::vision::header {

/// The orientation, 1–8, that an EXIF block (a TIFF header and its directory, without the "Exif\0\0" before it) tells;
/// nothing when it tells none or is damaged.
std::optional<std::uint8_t> exif_orientation(std::string_view block);

} // namespace glyphgate::vision::header
