#include "vision/ppocr/geometry.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

using namespace glyphgate::vision;

namespace {

/// Twice the signed area; positive where the turn is clockwise, as y runs down.
double turn(const point& a, const point& b, const point& c) {
  return (double{b.x} - a.x) * (double{c.y} - a.y) - (double{b.y} - a.y) * (double{c.x} - a.x);
}

std::vector<point> some_points(int most) {
  const auto count = *rc::gen::inRange<std::size_t>(1, 40);
  return *rc::gen::container<std::vector<point>>(
      count, rc::gen::map(rc::gen::pair(rc::gen::inRange(0, most), rc::gen::inRange(0, most)), [](const auto& at) {
        return point{static_cast<float>(at.first), static_cast<float>(at.second)};
      }));
}

/// The least area of a rectangle around the points with a side along an edge of the hull, by trying them all.
double least_area(const std::vector<point>& hull) {
  double least = 1e30;
  for (std::size_t i = 0; i < hull.size(); ++i) {
    const auto &a = hull[i], &b = hull[(i + 1) % hull.size()];
    const double angle = std::atan2(double{b.y} - a.y, double{b.x} - a.x);
    double left = 1e30, right = -1e30, top = 1e30, bottom = -1e30;
    for (const auto& one : hull) {
      const double u = one.x * std::cos(angle) + one.y * std::sin(angle);
      const double v = one.y * std::cos(angle) - one.x * std::sin(angle);
      left = std::min(left, u);
      right = std::max(right, u);
      top = std::min(top, v);
      bottom = std::max(bottom, v);
    }
    least = std::min(least, (right - left) * (bottom - top));
  }
  return least;
}

bool is_within(const quad& corners, const point& at, double tolerance) {
  for (std::size_t i = 0; i < 4; ++i) {
    const auto &a = corners[i], &b = corners[(i + 1) % 4];
    if (turn(a, b, at) < -tolerance * std::max(1.0F, distance(a, b)))
      return false;
  }
  return true;
}

/// A rectangle around a centre, its first side turned clockwise by `angle`.
quad rectangle(point centre, float width, float height, float angle) {
  const auto place = [&](float u, float v) {
    return point{centre.x + u * std::cos(angle) - v * std::sin(angle),
                 centre.y + u * std::sin(angle) + v * std::cos(angle)};
  };
  return {place(-width / 2, -height / 2), place(width / 2, -height / 2), place(width / 2, height / 2),
          place(-width / 2, height / 2)};
}

void check_near(const point& a, const point& b, float tolerance) {
  BOOST_TEST(distance(a, b) <= tolerance, "(" << a.x << ", " << a.y << ") and (" << b.x << ", " << b.y << ")");
}

} // namespace

BOOST_AUTO_TEST_SUITE(geometry)

BOOST_AUTO_TEST_CASE(a_hull_turns_clockwise_and_holds_all_points) {
  BOOST_TEST(rc::check([] {
    const auto points = some_points(12);
    const auto hull = convex_hull(points);
    RC_ASSERT(!hull.empty());
    for (const auto& corner : hull)
      RC_ASSERT(std::ranges::find(points, corner) != points.end());
    if (hull.size() >= 3)
      for (std::size_t i = 0; i < hull.size(); ++i) {
        const auto &a = hull[i], &b = hull[(i + 1) % hull.size()];
        RC_ASSERT(turn(a, b, hull[(i + 2) % hull.size()]) > 0);
        for (const auto& one : points)
          RC_ASSERT(turn(a, b, one) >= 0);
      }
  }));
}

BOOST_AUTO_TEST_CASE(the_smallest_rectangle_is_the_smallest_and_holds_the_hull) {
  BOOST_TEST(rc::check([] {
    const auto hull = convex_hull(some_points(200));
    RC_PRE(hull.size() >= 3);
    const auto found = smallest_rectangle(hull);
    const double least = least_area(hull);
    RC_ASSERT(std::abs(area(found) - least) <= 0.001 * least + 0.01);
    for (const auto& corner : hull)
      RC_ASSERT(is_within(found, corner, 0.01));
    // Its sides are at right angles.
    const double right_angle = (double{found[1].x} - found[0].x) * (double{found[2].x} - found[1].x) +
                               (double{found[1].y} - found[0].y) * (double{found[2].y} - found[1].y);
    RC_ASSERT(std::abs(right_angle) <= 0.01 * distance(found[0], found[1]) * distance(found[1], found[2]) + 0.01);
  }));
}

BOOST_AUTO_TEST_CASE(what_has_no_area_has_an_empty_rectangle) {
  for (const auto& points : {std::vector<point>{}, {{3, 4}}, {{3, 4}, {5, 6}}, {{0, 0}, {1, 1}, {2, 2}}})
    BOOST_TEST(area(smallest_rectangle(convex_hull(points))) == 0);
}

BOOST_AUTO_TEST_CASE(a_rectangle_grows_on_all_sides) {
  BOOST_TEST(rc::check([] {
    const auto angle = static_cast<float>(*rc::gen::inRange(-314, 315)) / 100;
    const auto width = static_cast<float>(*rc::gen::inRange(2, 300)),
               height = static_cast<float>(*rc::gen::inRange(2, 300));
    const auto wanted = rectangle({100, 50}, width + 14, height + 6, angle);
    const auto found = grown(rectangle({100, 50}, width, height, angle), 7, 3);
    for (std::size_t i = 0; i < 4; ++i)
      RC_ASSERT(distance(found[i], wanted[i]) < 0.01F);
  }));
}

BOOST_AUTO_TEST_CASE(the_first_side_is_the_one_that_runs_right) {
  BOOST_TEST(rc::check([] {
    const auto degrees = *rc::gen::inRange(-44, 45);
    auto corners = rectangle({40, 30}, 50, 20, static_cast<float>(degrees) * std::numbers::pi_v<float> / 180);
    const auto wanted = corners;
    std::ranges::rotate(corners, corners.begin() + *rc::gen::inRange(0, 4));
    RC_ASSERT(from_top_left(corners) == wanted);
  }));
}

BOOST_AUTO_TEST_CASE(a_perspective_meets_its_corners) {
  BOOST_TEST(rc::check([] {
    auto corners = rectangle({100, 80}, 120, 60, static_cast<float>(*rc::gen::inRange(-314, 315)) / 100);
    // Moved a little, so that it is no rectangle, but convex.
    for (auto& corner : corners)
      corner = {corner.x + static_cast<float>(*rc::gen::inRange(-12, 13)),
                corner.y + static_cast<float>(*rc::gen::inRange(-12, 13))};
    const perspective place{corners};
    RC_ASSERT(distance(place.at(0, 0), corners[0]) < 0.01F);
    RC_ASSERT(distance(place.at(1, 0), corners[1]) < 0.01F);
    RC_ASSERT(distance(place.at(1, 1), corners[2]) < 0.01F);
    RC_ASSERT(distance(place.at(0, 1), corners[3]) < 0.01F);
    // Straight lines stay straight: the middles of the diagonals' images meet.
    const auto middle = place.at(0.5F, 0.5F);
    RC_ASSERT(std::abs(turn(corners[0], corners[2], middle)) < 0.02 * distance(corners[0], corners[2]));
    RC_ASSERT(std::abs(turn(corners[1], corners[3], middle)) < 0.02 * distance(corners[1], corners[3]));
  }));
}

BOOST_AUTO_TEST_CASE(a_rectangle_is_divided_evenly) {
  const perspective place{quad{{{10, 20}, {50, 20}, {50, 40}, {10, 40}}}};
  check_near(place.at(0.25F, 0.5F), {20, 30}, 0.001F);
  check_near(place.at(0.75F, 0.1F), {40, 22}, 0.001F);
}

BOOST_AUTO_TEST_SUITE_END()
