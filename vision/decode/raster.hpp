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

/// Lays `count` pixels of grey or RGB, each with alpha (not premultiplied), on white. `channels` counts alpha. `to` may
/// be `from`.
void flatten_on_white(const std::uint8_t* from, std::size_t count, std::uint32_t channels, std::uint8_t* to);

/// The same for a raster, in place; one without alpha is left as it is.
void flatten_on_white(raster& picture);

/// Reads a raster as stored in the order that its EXIF orientation, 1–8, asks for. The raster must outlive it.
class upright_view {
public:
  upright_view(const raster& stored, std::uint8_t orientation);

  std::uint32_t width() const { return width_; }
  std::uint32_t height() const { return height_; }

  /// Row `y` of the upright picture, `width()` pixels.
  void copy_row(std::uint32_t y, std::uint8_t* to) const;

private:
  std::uint32_t width_, height_;
  std::ptrdiff_t pixel_bytes_;
  /// Where the upright picture's first pixel is stored, and what a step to the right and one down mean there, bytes.
  const std::uint8_t* first_;
  std::ptrdiff_t right_, down_;
};

/// Turns a raster as stored into the upright one that its EXIF orientation, 1–8, asks for.
raster upright(raster stored, std::uint8_t orientation);

} // namespace glyphgate::vision
