#pragma once

#include "vision/decode/raster.hpp"

#include <string_view>

namespace glyphgate::vision::test {

/// A JPEG's pixels as stb_image reads them, grey or RGB, as stored: not turned as its EXIF block asks. stb_image shares
/// no code with libjpeg, so what both read is no quirk of one of them. It knows no arithmetic coding. Throws
/// std::runtime_error with its reason for a file that it cannot read.
raster second_decode(std::string_view jpeg);

} // namespace glyphgate::vision::test
