#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace glyphgate::vision {

/// A place in a picture, pixels: x to the right, y down; (0, 0) is the outer corner of the top left pixel, and (1, 1)
/// its inner one.
struct point {
  float x = 0;
  float y = 0;
  friend bool operator==(const point&, const point&) = default;
};

/// Four corners, clockwise as the eye sees them.
using quad = std::array<point, 4>;

/// The convex hull's corners, clockwise as the eye sees them, without those on a straight edge (Andrew's monotone
/// chain, 1979). Fewer than three where the points lie on a line.
std::vector<point> convex_hull(std::vector<point> points);

/// The rectangle of the least area that holds a convex hull: one of its sides lies on an edge of the hull (Freeman and
/// Shapira, 1975), found by rotating calipers (Toussaint, 1983) in time linear in the corners. Four equal points where
/// the hull has no area. Clockwise from a corner that the caller cannot rely on.
quad smallest_rectangle(const std::vector<point>& hull);

/// The same rectangle, with sides further out: each end of `right` by `along`, each side across by `across`.
/// `rectangle` has its first side from corner 0 to corner 1, and an area.
quad grown(const quad& rectangle, float along, float across);

/// The corners from the one at the top left, if the rectangle's first side is the one that runs the most to the right.
quad from_top_left(const quad& rectangle);

float distance(const point& a, const point& b);

/// The area within, by the shoelace formula; never negative.
float area(const quad& corners);

/// Maps the unit square to four corners and back, as a picture of a plane is seen from elsewhere (Heckbert 1989): (0,
/// 0) to the first corner, (1, 0) to the second, (1, 1) to the third.
class perspective {
public:
  /// `corners` are those of a convex quadrilateral; with another, places are meaningless, but finite or not a number.
  explicit perspective(const quad& corners);

  point at(float u, float v) const {
    const float depth = g_ * u + h_ * v + 1;
    return {(a_ * u + b_ * v + c_) / depth, (d_ * u + e_ * v + f_) / depth};
  }

private:
  float a_, b_, c_, d_, e_, f_, g_, h_;
};

} // namespace glyphgate::vision
