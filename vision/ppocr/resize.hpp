#pragma once

#include "vision/decode/raster.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace glyphgate::vision {

/// Part of a picture that is wholly scaled to `whole_width` × `whole_height`.
struct scaled_window {
  std::uint32_t whole_width, whole_height;
  /// Within that.
  std::uint32_t x, y, width, height;
};

/// Row `y` of the window, from 0: `window.width * from.channels` values of 0–255, channels interleaved.
using take_row = std::function<void(std::uint32_t y, std::span<const float> row)>;

/// Scales a picture with a triangle as filter: bilinear where it grows, and where it shrinks the mean of all that a
/// pixel covers and half its neighbours. Gives the window's rows from the top. Works with memory for one row of the
/// source.
void resize(const raster& from, const scaled_window& window, const take_row& take);

} // namespace glyphgate::vision
