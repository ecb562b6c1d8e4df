#include "vision/ppocr/line_image.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace glyphgate::vision {

namespace {

constexpr float least_side = 1;
constexpr int most_places = 4;
// What no line is longer than: the longest picture's diagonal, at the least height.
constexpr float widest = 10'000'000;

float height_of(const quad& corners) {
  return std::max(distance(corners[0], corners[3]), distance(corners[1], corners[2]));
}

/// Adds a place of the raster, between pixels, to `sums`, one a channel.
template <std::size_t Channels>
void add(const raster& from, const point& at, float* sums) {
  const float right = static_cast<float>(from.width - 1), bottom = static_cast<float>(from.height - 1);
  const float x = std::clamp(at.x - 0.5F, 0.0F, right), y = std::clamp(at.y - 0.5F, 0.0F, bottom);
  const auto x0 = static_cast<std::size_t>(x), y0 = static_cast<std::size_t>(y);
  const auto x1 = std::min<std::size_t>(x0 + 1, from.width - 1), y1 = std::min<std::size_t>(y0 + 1, from.height - 1);
  const float u = x - static_cast<float>(x0), v = y - static_cast<float>(y0);
  const auto* upper = from.pixels.data() + y0 * from.row_bytes();
  const auto* lower = from.pixels.data() + y1 * from.row_bytes();
  for (std::size_t c = 0; c < Channels; ++c) {
    const float a = upper[x0 * Channels + c], b = upper[x1 * Channels + c];
    const float d = lower[x0 * Channels + c], e = lower[x1 * Channels + c];
    sums[c] += (a + (b - a) * u) * (1 - v) + (d + (e - d) * u) * v;
  }
}

template <std::size_t Channels>
void fill(line_image& made, const raster& from, const quad& corners, std::uint32_t whole, std::uint32_t first) {
  const perspective place{corners};
  const auto places = std::clamp(
      static_cast<int>(std::ceil(height_of(corners) / static_cast<float>(line_height) - 0.5F)), 1, most_places);
  const float share = 1 / static_cast<float>(places * places);
  const auto between = [places](int i) { return (static_cast<float>(i) + 0.5F) / static_cast<float>(places); };
  const std::size_t plane = std::size_t{line_height} * made.width;
  for (std::uint32_t y = 0; y < line_height; ++y)
    for (std::uint32_t x = 0; x < made.width; ++x) {
      float sums[Channels] = {};
      for (int i = 0; i < places; ++i)
        for (int k = 0; k < places; ++k) {
          const auto at = place.at((static_cast<float>(first + x) + between(k)) / static_cast<float>(whole),
                                   (static_cast<float>(y) + between(i)) / static_cast<float>(line_height));
          add<Channels>(from, at, sums);
        }
      for (std::size_t c = 0; c < Channels; ++c)
        made.values[c * plane + std::size_t{y} * made.width + x] = sums[c] * share;
    }
}

} // namespace

std::optional<std::uint32_t> width_of_line(const quad& corners) {
  const float width = std::max(distance(corners[0], corners[1]), distance(corners[3], corners[2]));
  const float height = height_of(corners);
  if (width < least_side || height < least_side || area(corners) < least_side)
    return std::nullopt;
  const float scaled = std::ceil(width / height * static_cast<float>(line_height));
  return static_cast<std::uint32_t>(std::clamp(scaled, 1.0F, widest));
}

line_image cut_line(const raster& from, const quad& corners, std::uint32_t whole, std::uint32_t first,
                    std::uint32_t width) {
  line_image made{width, from.channels, std::vector<float>(std::size_t{from.channels} * line_height * width)};
  if (from.channels == 3)
    fill<3>(made, from, corners, whole, first);
  else
    fill<1>(made, from, corners, whole, first);
  return made;
}

} // namespace glyphgate::vision
