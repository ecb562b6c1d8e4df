#pragma once

#include "vision/decode/raster.hpp"
#include "vision/ppocr/geometry.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace glyphgate::vision {

/// The height of a line as the models take it, pixels.
inline constexpr std::uint32_t line_height = 48;

/// A line of text, laid straight: planes of floats, 0–255, `line_height` rows each. Grey pictures have one plane.
struct line_image {
  std::uint32_t width = 0;
  std::uint32_t channels = 1;
  std::vector<float> values{};

  const float* row(std::uint32_t channel, std::uint32_t y) const {
    return values.data() + (std::size_t{channel} * line_height + y) * width;
  }
};

/// How wide a line is when it is `line_height` high, pixels: at least 1. Nothing where its corners span no area.
std::optional<std::uint32_t> width_of_line(const quad& corners);

/// The part of a line from `first` of the `whole` pixels that it is wide, `width` of them. What lies outside the raster
/// is as its edge. A line that is higher than `line_height` is made of up to 4 × 4 places a pixel, each between four
/// pixels of the raster.
line_image cut_line(const raster& from, const quad& corners, std::uint32_t whole, std::uint32_t first,
                    std::uint32_t width);

} // namespace glyphgate::vision
