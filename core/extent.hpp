#pragma once

#include "core/picture.hpp"

#include <algorithm>
#include <cstdint>

namespace glyphgate {

/// What pictures take up that are stacked in one call.
struct extent {
  std::uint64_t images = 0;
  /// Of the widest.
  std::uint64_t width = 0;
  /// The sum of theirs, without separators.
  std::uint64_t height = 0;
  /// The sum of theirs.
  std::uint64_t pixels = 0;

  extent with(const picture_info& info) const {
    return {images + 1, std::max<std::uint64_t>(width, info.width), height + info.height, pixels + info.pixels()};
  }
};

} // namespace glyphgate
