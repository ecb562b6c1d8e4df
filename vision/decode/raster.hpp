#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace glyphgate::vision {

/// A decoded picture: 8 bits a channel, rows from the top without padding, channels interleaved.
struct raster {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  /// 1 grey, 3 RGB; while decoding also 2 and 4, the same with alpha.
  std::uint32_t channels = 1;
  /// `height * row_bytes()` of them.
  std::vector<std::uint8_t> pixels;

  std::size_t row_bytes() const { return std::size_t{width} * channels; }
};

/// A raster of that shape, black.
raster make_raster(std::uint32_t width, std::uint32_t height, std::uint32_t channels);

} // namespace glyphgate::vision
