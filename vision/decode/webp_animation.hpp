#pragma once

#include "vision/decode/stored_picture.hpp"

namespace glyphgate::vision {

/// The first frame of an animated WebP on its canvas of that size, invisible around it.
stored_picture first_webp_frame(std::string_view bytes, std::uint32_t width, std::uint32_t height);

} // namespace glyphgate::vision
