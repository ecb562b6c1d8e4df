#pragma once

#include <cstdint>
#include <string_view>

namespace glyphgate::vision {

/// The orientation, 1–8, that an EXIF block (a TIFF header and its directory, without the "Exif\0\0" before it) tells;
/// 1 when it tells none or is damaged, as viewers take it.
std::uint8_t exif_orientation(std::string_view tiff);

} // namespace glyphgate::vision
