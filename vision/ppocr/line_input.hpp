#pragma once

#include "vision/ppocr/line_image.hpp"

#include <cstdint>
#include <vector>

namespace glyphgate::vision {

/// What the models that look at lines take: three planes of −1 to 1, the line at the left, and nought to the right of
/// it up to `width`, which is not less than the line's.
std::vector<float> line_input(const line_image& line, std::uint32_t width);

} // namespace glyphgate::vision
