#pragma once

#include "core/picture.hpp"
#include "vision/picture_refusal.hpp"
#include "vision/raster.hpp"

#include <string_view>
#include <variant>

namespace glyphgate::vision {

/// A picture's pixels, grey or RGB, or why it has none.
using decoded = std::variant<raster, picture_refusal>;

/// Decodes a picture to its upright pixels, transparency laid on white: the rows of `read_rows`, all at once. `info` is
/// what `inspect` told of the same bytes; its size bounds the memory: at the peak 11 bytes a pixel (a progressive JPEG
/// in CMYK; 9 for one in colour at full resolution, 7 for a turned picture with transparency), at most 4 when done.
/// Damaged and cut pictures are refused as invalid_picture; what decodes is complete. Usable from any thread. Throws
/// nothing but std::bad_alloc.
decoded decode(std::string_view bytes, const picture_info& info);

} // namespace glyphgate::vision
