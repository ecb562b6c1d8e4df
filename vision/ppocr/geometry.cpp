#include "vision/ppocr/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <tuple>

namespace glyphgate::vision {

namespace {

/// Twice the area of the triangle; positive where the way from a over b to c turns clockwise, as y runs down.
double turn(const point& a, const point& b, const point& c) {
  return (double{b.x} - a.x) * (double{c.y} - a.y) - (double{b.y} - a.y) * (double{c.x} - a.x);
}

struct direction {
  double x, y;
};

double along(const direction& way, const point& at) {
  return way.x * at.x + way.y * at.y;
}

} // namespace

float distance(const point& a, const point& b) {
  return std::hypot(b.x - a.x, b.y - a.y);
}

float area(const quad& corners) {
  double sum = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const auto &a = corners[i], &b = corners[(i + 1) % corners.size()];
    sum += double{a.x} * b.y - double{b.x} * a.y;
  }
  return static_cast<float>(std::abs(sum) / 2);
}

std::vector<point> convex_hull(std::vector<point> points) {
  std::ranges::sort(points, {}, [](const point& one) { return std::tuple{one.x, one.y}; });
  points.erase(std::unique(points.begin(), points.end()), points.end());
  if (points.size() < 3)
    return points;
  std::vector<point> hull;
  // The upper chain from the left to the right, then the lower one back.
  const auto add = [&hull](const point& next, std::size_t kept) {
    while (hull.size() >= kept + 2 && turn(hull[hull.size() - 2], hull.back(), next) <= 0)
      hull.pop_back();
    hull.push_back(next);
  };
  for (const auto& one : points)
    add(one, 0);
  const auto upper = hull.size() - 1;
  for (auto one = points.rbegin() + 1; one != points.rend(); ++one)
    add(*one, upper);
  hull.pop_back();
  return hull;
}

quad smallest_rectangle(const std::vector<point>& hull) {
  const auto count = hull.size();
  if (count < 3) {
    const auto one = hull.empty() ? point{} : hull.front();
    return {one, one, one, one};
  }
  const auto corner = [&](std::size_t i) -> const point& { return hull[i % count]; };
  quad best{};
  double least = std::numeric_limits<double>::infinity();
  // The corners furthest along the edge, across it, and against it. As the edge goes round clockwise, so do they.
  std::size_t ahead = 1, across = 1, behind = 1;
  for (std::size_t edge = 0; edge < count; ++edge) {
    const auto &from = corner(edge), &to = corner(edge + 1);
    const double length = std::hypot(double{to.x} - from.x, double{to.y} - from.y);
    const direction way{(double{to.x} - from.x) / length, (double{to.y} - from.y) / length};
    const direction inward{-way.y, way.x};
    const direction back{-way.x, -way.y};
    const auto advance = [&](std::size_t& at, const direction& towards) {
      while (at < edge + count && along(towards, corner(at + 1)) > along(towards, corner(at)))
        ++at;
    };
    ahead = std::max(ahead, edge + 1);
    advance(ahead, way);
    across = std::max(across, ahead);
    advance(across, inward);
    behind = std::max(behind, across);
    advance(behind, back);
    const double left = along(way, corner(behind)), right = along(way, corner(ahead));
    const double top = along(inward, from), bottom = along(inward, corner(across));
    if (const double size = (right - left) * (bottom - top); size < least) {
      least = size;
      const auto place = [&](double u, double v) {
        return point{static_cast<float>(way.x * u + inward.x * v), static_cast<float>(way.y * u + inward.y * v)};
      };
      best = {place(left, top), place(right, top), place(right, bottom), place(left, bottom)};
    }
  }
  return best;
}

quad grown(const quad& rectangle, float along_it, float across_it) {
  const float width = distance(rectangle[0], rectangle[1]), height = distance(rectangle[1], rectangle[2]);
  const point right{(rectangle[1].x - rectangle[0].x) / width * along_it,
                    (rectangle[1].y - rectangle[0].y) / width * along_it};
  const point down{(rectangle[2].x - rectangle[1].x) / height * across_it,
                   (rectangle[2].y - rectangle[1].y) / height * across_it};
  const auto moved = [&](const point& from, float u, float v) {
    return point{from.x + u * right.x + v * down.x, from.y + u * right.y + v * down.y};
  };
  return {moved(rectangle[0], -1, -1), moved(rectangle[1], 1, -1), moved(rectangle[2], 1, 1),
          moved(rectangle[3], -1, 1)};
}

quad from_top_left(const quad& rectangle) {
  std::size_t first = 0;
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < rectangle.size(); ++i) {
    const auto &a = rectangle[i], &b = rectangle[(i + 1) % rectangle.size()];
    const double length = distance(a, b);
    const double rightward = length > 0 ? (double{b.x} - a.x) / length : -1;
    if (rightward > most) {
      most = rightward;
      first = i;
    }
  }
  quad result = rectangle;
  std::rotate(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(first), result.end());
  return result;
}

perspective::perspective(const quad& corners) {
  const auto& [p0, p1, p2, p3] = corners;
  const float dx1 = p1.x - p2.x, dx2 = p3.x - p2.x, sx = p0.x - p1.x + p2.x - p3.x;
  const float dy1 = p1.y - p2.y, dy2 = p3.y - p2.y, sy = p0.y - p1.y + p2.y - p3.y;
  const float scale = dx1 * dy2 - dx2 * dy1;
  g_ = (sx * dy2 - dx2 * sy) / scale;
  h_ = (dx1 * sy - sx * dy1) / scale;
  a_ = p1.x - p0.x + g_ * p1.x;
  b_ = p3.x - p0.x + h_ * p3.x;
  c_ = p0.x;
  d_ = p1.y - p0.y + g_ * p1.y;
  e_ = p3.y - p0.y + h_ * p3.y;
  f_ = p0.y;
}

} // namespace glyphgate::vision
