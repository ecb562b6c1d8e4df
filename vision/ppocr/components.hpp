#pragma once

#include "vision/ppocr/geometry.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace glyphgate::vision {

/// How sure the detector is of text at each pixel: 0–255 for 0–1.
struct text_map {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint8_t> values{};

  std::uint8_t at(std::uint32_t x, std::uint32_t y) const { return values[std::size_t{y} * width + x]; }
};

/// Pixels that touch each other, at a side or a corner.
struct component {
  std::uint32_t top = 0;
  /// The outermost pixels of each row from the top, both of them within.
  struct extent {
    std::uint32_t first, last;
  };
  std::vector<extent> rows{};
};

/// The corners of all pixels of a component that can be corners of its hull.
std::vector<point> outline(const component& one);

/// Finds the components of pixels of at least `threshold`, from the top, until `take` says that it wants no more.
/// Besides the map it takes a bit a pixel, and 8 bytes for a run of pixels that waits, of which half as many as the
/// component's pixels can be.
void find_components(const text_map& map, std::uint8_t threshold, const std::function<bool(const component&)>& take);

} // namespace glyphgate::vision
