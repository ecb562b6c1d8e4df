#include "vision/raster.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate::vision {

namespace {

std::uint8_t on_white(unsigned value, unsigned alpha) {
  return static_cast<std::uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

} // namespace

raster make_raster(std::uint32_t width, std::uint32_t height, std::uint32_t channels) {
  raster made{width, height, channels, {}};
  made.pixels.resize(height * made.row_bytes());
  return made;
}

void flatten_on_white(raster& picture) {
  if (picture.channels % 2 != 0)
    return;
  const std::size_t from_step = picture.channels, to_step = from_step - 1;
  const std::size_t count = std::size_t{picture.width} * picture.height;
  auto* to = picture.pixels.data();
  const auto* from = to;
  // The target never overtakes the source.
  for (std::size_t i = 0; i < count; ++i, from += from_step, to += to_step)
    for (std::size_t c = 0; c < to_step; ++c)
      to[c] = on_white(from[c], from[to_step]);
  picture.channels = static_cast<std::uint32_t>(to_step);
  picture.pixels.resize(count * to_step);
}

raster upright(raster stored, std::uint8_t orientation) {
  if (orientation <= 1 || orientation > 8)
    return stored;
  // Where the upright picture's first pixel is in the stored one, and what a step to the right and one down mean there.
  const bool transposed = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const auto pixel = static_cast<std::ptrdiff_t>(stored.channels);
  const auto row = static_cast<std::ptrdiff_t>(stored.row_bytes());
  const auto along_row = from_right ? -pixel : pixel;
  const auto along_column = from_bottom ? -row : row;
  const auto right = transposed ? along_column : along_row;
  const auto down = transposed ? along_row : along_column;
  const auto* first = stored.pixels.data() + (from_right ? (stored.width - 1) * pixel : 0) +
                      (from_bottom ? (stored.height - 1) * row : 0);

  auto turned = make_raster(transposed ? stored.height : stored.width, transposed ? stored.width : stored.height,
                            stored.channels);
  auto* to = turned.pixels.data();
  for (std::ptrdiff_t y = 0; y < turned.height; ++y)
    for (std::ptrdiff_t x = 0; x < turned.width; ++x)
      to = std::copy_n(first + y * down + x * right, pixel, to);
  return turned;
}

} // namespace glyphgate::vision
