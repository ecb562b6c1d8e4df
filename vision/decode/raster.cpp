#include "vision/decode/raster.hpp"

namespace glyphgate::vision {

raster make_raster(std::uint32_t width, std::uint32_t height, std::uint32_t channels) {
  raster made{width, height, channels, {}};
  made.pixels.resize(height * made.row_bytes());
  return made;
}

} // namespace glyphgate::vision
