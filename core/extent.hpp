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
  /// All are of that kin, and take up so much when they are joined: see `joinable`. 0 where they cannot be joined.
  std::uint64_t kin = 0;
  std::uint64_t joined_rows = 0;
  std::uint64_t joined_bytes = 0;

  extent with(const picture_info& info) const {
    const auto& more = info.joins;
    return {images + 1,
            std::max<std::uint64_t>(width, info.width),
            height + info.height,
            pixels + info.pixels(),
            images == 0 || kin == more.kin ? more.kin : 0,
            joined_rows + more.rows,
            joined_bytes + more.bytes};
  }
};

} // namespace glyphgate
