#include "vision/ppocr/line_input.hpp"

#include <cstddef>

namespace glyphgate::vision {

std::vector<float> line_input(const line_image& line, std::uint32_t width) {
  std::vector<float> values(std::size_t{3} * line_height * width);
  auto* to = values.data();
  for (std::uint32_t c = 0; c < 3; ++c)
    for (std::uint32_t y = 0; y < line_height; ++y, to += width) {
      const float* from = line.row(line.channels == 3 ? c : 0, y);
      for (std::uint32_t x = 0; x < line.width; ++x)
        to[x] = from[x] / 127.5F - 1;
    }
  return values;
}

} // namespace glyphgate::vision
