#include "core/reading/bounding_box.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace glyphgate {

namespace {

/// The least and the greatest of what was added.
class interval {
public:
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }

  double low = std::numeric_limits<double>::max();
  double high = std::numeric_limits<double>::lowest();
};

} // namespace

bounding_quad quad_of(const bounding_box& box) {
  const auto right = box.x + box.width, bottom = box.y + box.height;
  return {{{{box.x, box.y}, {right, box.y}, {right, bottom}, {box.x, bottom}}}};
}

bounding_box hull_of(const bounding_quad& quad) {
  const auto [left, right] = std::ranges::minmax(quad.corners, {}, &pixel_point::x);
  const auto [top, bottom] = std::ranges::minmax(quad.corners, {}, &pixel_point::y);
  return {left.x, top.y, right.x - left.x, bottom.y - top.y};
}

bool is_upright(const bounding_quad& quad) {
  return quad_of(hull_of(quad)) == quad;
}

bounding_quad clipped(const bounding_quad& quad, std::uint32_t width, std::uint32_t height) {
  const auto within = [](std::int32_t value, std::uint32_t most) {
    return static_cast<std::int32_t>(std::clamp(std::int64_t{value}, std::int64_t{0}, std::int64_t{most}));
  };
  bounding_quad result;
  std::ranges::transform(quad.corners, result.corners.begin(), [&](const pixel_point& corner) {
    return pixel_point{within(corner.x, width), within(corner.y, height)};
  });
  return result;
}

bounding_quad quad_around(std::span<const bounding_quad> quads) {
  if (quads.empty())
    return {};
  double right = 0, down = 0;
  for (const auto& quad : quads) {
    right += quad.corners[1].x - quad.corners[0].x;
    down += quad.corners[1].y - quad.corners[0].y;
  }
  const auto length = std::hypot(right, down);
  // Without a width, it runs to the right.
  right = length > 0 ? right / length : 1;
  down = length > 0 ? down / length : 0;
  interval along, across;
  for (const auto& quad : quads)
    for (const auto& corner : quad.corners) {
      along.add(corner.x * right + corner.y * down);
      across.add(corner.y * right - corner.x * down);
    }
  const auto corner = [&](double forth, double below) {
    return pixel_point{static_cast<std::int32_t>(std::lround(forth * right - below * down)),
                       static_cast<std::int32_t>(std::lround(forth * down + below * right))};
  };
  return {{{corner(along.low, across.low), corner(along.high, across.low), corner(along.high, across.high),
            corner(along.low, across.high)}}};
}

} // namespace glyphgate
