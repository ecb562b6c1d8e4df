#pragma once

#include "vision/ppocr/components.hpp"
#include "vision/ppocr/geometry.hpp"

#include <vector>

namespace glyphgate::vision {

/// Where text was found, before it is read.
struct text_region {
  /// Pixels of the raster, clockwise from the text's top left; within the raster. Text that runs down has its top left
  /// at the raster's top right. Whether the text is upside down is not known yet.
  quad corners;
  /// How sure the detector is, 0–1.
  float score;
};

/// What no picture has more regions of; those further down are left out.
inline constexpr std::size_t most_regions = 3000;

/// The regions of a map that was made of a raster of this size, as Differentiable Binarization makes them (Liao and
/// others, 2020): components of what is likely text, each with the smallest rectangle around it. The detector is taught
/// to find text shrunk, so the rectangles grow. A grown rectangle that overlaps a larger one in its row is part of it:
/// read by itself, it would show half of a letter of the other. The largest come first.
std::vector<text_region> find_regions(const text_map& map, std::uint32_t width, std::uint32_t height);

} // namespace glyphgate::vision
