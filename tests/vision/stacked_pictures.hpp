#pragma once

#include "core/config.hpp"
#include "core/picture.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace glyphgate::test {

/// A picture of that size, without a file.
inline picture sized(std::uint32_t width, std::uint32_t height) {
  return {"", nullptr, {picture_format::jpeg, width, height, 1}, {}};
}

/// One call's pictures and its limits, in the words of the contract.
struct stacked_pictures {
  long double count = 0, heights = 0, own_pixels = 0, widest = 0;

  stacked_pictures with(const picture& p) const {
    return {count + 1, heights + p.info.height, own_pixels + static_cast<long double>(p.info.pixels()),
            std::max<long double>(widest, p.info.width)};
  }

  bool fit(const call_limits& limits) const {
    const long double mib = own_pixels * 15.41L / 950 / (666 * 64);
    return count <= limits.max_frames && heights + 2 * (count - 1) <= std::min(limits.height_px, 65500U) &&
           widest * heights <= static_cast<long double>(limits.pixels) && mib <= limits.file_size_mb;
  }
};

/// How many calls there are when only neighbours share one.
inline std::size_t calls_of_neighbours(const std::vector<picture>& pictures, const call_limits& limits) {
  std::size_t calls = 0;
  stacked_pictures taken;
  for (const auto& p : pictures) {
    const auto more = taken.with(p);
    const bool next = calls == 0 || !more.fit(limits);
    taken = next ? stacked_pictures{}.with(p) : more;
    calls += next ? 1 : 0;
  }
  return calls;
}

} // namespace glyphgate::test
