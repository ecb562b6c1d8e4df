#include "vision/decode/raster.hpp"

#include <algorithm>

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

void flatten_on_white(const std::uint8_t* from, std::size_t count, std::uint32_t channels, std::uint8_t* to) {
  const std::size_t colours = channels - 1;
  // The target never overtakes the source.
  for (std::size_t i = 0; i < count; ++i, from += channels, to += colours) {
    const unsigned alpha = from[colours];
    for (std::size_t c = 0; c < colours; ++c)
      to[c] = on_white(from[c], alpha);
  }
}

void flatten_on_white(raster& picture) {
  if (picture.channels % 2 != 0)
    return;
  flatten_on_white(picture.pixels.data(), std::size_t{picture.width} * picture.height, picture.channels,
                   picture.pixels.data());
  --picture.channels;
  picture.pixels.resize(picture.height * picture.row_bytes());
}

upright_view::upright_view(const raster& stored, std::uint8_t orientation)
    : width_{orientation >= 5 ? stored.height : stored.width},
      height_{orientation >= 5 ? stored.width : stored.height},
      pixel_bytes_{static_cast<std::ptrdiff_t>(stored.channels)} {
  const bool transposed = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const auto row = static_cast<std::ptrdiff_t>(stored.row_bytes());
  const auto along_row = from_right ? -pixel_bytes_ : pixel_bytes_;
  const auto along_column = from_bottom ? -row : row;
  right_ = transposed ? along_column : along_row;
  down_ = transposed ? along_row : along_column;
  first_ = stored.pixels.data() + (from_right ? row - pixel_bytes_ : 0) + (from_bottom ? (stored.height - 1) * row : 0);
}

void upright_view::copy_row(std::uint32_t y, std::uint8_t* to) const {
  const auto* from = first_ + y * down_;
  if (right_ == pixel_bytes_) {
    std::copy_n(from, width_ * pixel_bytes_, to);
    return;
  }
  for (std::uint32_t x = 0; x < width_; ++x, from += right_)
    to = std::copy_n(from, pixel_bytes_, to);
}

raster upright(raster stored, std::uint8_t orientation) {
  if (orientation <= 1 || orientation > 8)
    return stored;
  const upright_view view{stored, orientation};
  auto turned = make_raster(view.width(), view.height(), stored.channels);
  for (std::uint32_t y = 0; y < turned.height; ++y)
    view.copy_row(y, turned.pixels.data() + y * turned.row_bytes());
  return turned;
}

} // namespace glyphgate::vision
