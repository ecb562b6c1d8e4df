#include "vision/decode/ground.hpp"

#include <algorithm>

namespace glyphgate::vision {

namespace {

constexpr std::uint8_t white = 255, black = 0;
constexpr unsigned opaque = 255;
/// More visible than not.
constexpr std::uint8_t least_of_ink = 128;

bool is_ink(std::uint8_t alpha) {
  return alpha >= least_of_ink;
}

} // namespace

unsigned ground_survey::level(const std::uint8_t* pixel) const {
  // ITU-R BT.601, in 256ths.
  return channels_ == 2 ? pixel[0] : (77U * pixel[0] + 150U * pixel[1] + 29U * pixel[2]) / 256;
}

void ground_survey::add(const std::uint8_t* row, std::size_t width) {
  pixels_ += width;
  const auto alpha = [&](std::size_t x) { return row[x * channels_ + channels_ - 1]; };
  for (std::size_t x = 0; x < width; ++x) {
    if (alpha(x) == 0)
      continue;
    const auto found = level(row + x * channels_);
    visible_.add(found, alpha(x));
    if (!is_ink(alpha(x)))
      continue;
    ink_.add(found);
    if ((x > 0 && !is_ink(alpha(x - 1))) || (x + 1 < width && !is_ink(alpha(x + 1))))
      edge_.add(found);
  }
}

std::uint8_t ground_survey::ground() const {
  // All but an eighth.
  if (visible_.weight == 0 || visible_.weight * 8 > pixels_ * opaque * 7)
    return white;
  const auto mean = ink_.weight > 0 ? ink_.value() : visible_.value();
  const auto inside = edge_.weight > 0 ? 2 * mean - edge_.value() : mean;
  return inside > white / 2 ? black : white;
}

void lay_on(std::uint8_t ground, const std::uint8_t* from, std::size_t count, std::uint32_t channels,
            std::uint8_t* to) {
  const std::size_t colours = channels - 1;
  // The target never overtakes the source.
  for (std::size_t i = 0; i < count; ++i, from += channels, to += colours) {
    const unsigned alpha = from[colours], rest = ground * (opaque - alpha) + opaque / 2;
    for (std::size_t c = 0; c < colours; ++c)
      to[c] = static_cast<std::uint8_t>((from[c] * alpha + rest) / opaque);
  }
}

void lay_on_ground(raster& picture) {
  if (picture.channels % 2 != 0)
    return;
  ground_survey survey{picture.channels};
  for (std::size_t y = 0; y < picture.height; ++y)
    survey.add(picture.pixels.data() + y * picture.row_bytes(), picture.width);
  lay_on(survey.ground(), picture.pixels.data(), std::size_t{picture.width} * picture.height, picture.channels,
         picture.pixels.data());
  --picture.channels;
  picture.pixels.resize(picture.height * picture.row_bytes());
}

} // namespace glyphgate::vision
