#include "core/reading/bounding_box.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace glyphgate {

namespace {

bounding_box any_box() {
  return {*rc::gen::inRange(-5000, 5000), *rc::gen::inRange(-5000, 5000), *rc::gen::inRange(1, 3000),
          *rc::gen::inRange(1, 3000)};
}

bounding_box around(const bounding_box& a, const bounding_box& b) {
  const auto left = std::min(a.x, b.x), top = std::min(a.y, b.y);
  return {left, top, std::max(a.x + a.width, b.x + b.width) - left, std::max(a.y + a.height, b.y + b.height) - top};
}

/// As it lies after the picture is turned clockwise by 90°.
bounding_quad turned(const bounding_quad& quad) {
  bounding_quad result;
  for (std::size_t i = 0; i < 4; ++i)
    result.corners[i] = {-quad.corners[i].y, quad.corners[i].x};
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(bounding_boxes)

BOOST_AUTO_TEST_CASE(a_box_has_its_corners_from_the_top_left) {
  const bounding_quad expected{{{{1, 2}, {4, 2}, {4, 6}, {1, 6}}}};
  BOOST_TEST((quad_of({1, 2, 3, 4}) == expected));
  BOOST_TEST((hull_of(expected) == bounding_box{1, 2, 3, 4}));
  BOOST_TEST(is_upright(expected));
}

BOOST_AUTO_TEST_CASE(text_that_is_turned_is_not_upright_and_has_a_hull) {
  const bounding_quad upside_down{{{{4, 6}, {1, 6}, {1, 2}, {4, 2}}}};
  BOOST_TEST(!is_upright(upside_down));
  BOOST_TEST((hull_of(upside_down) == bounding_box{1, 2, 3, 4}));
  BOOST_TEST(!is_upright({{{{0, 1}, {10, 0}, {10, 5}, {0, 6}}}}));
}

BOOST_AUTO_TEST_CASE(corners_outside_a_picture_are_moved_into_it) {
  const bounding_quad slanted{{{{-3, 4}, {12, -1}, {11, 7}, {5, 30}}}};
  BOOST_TEST((clipped(slanted, 10, 20) == bounding_quad{{{{0, 4}, {10, 0}, {10, 7}, {5, 20}}}}));
}

BOOST_AUTO_TEST_CASE(around_upright_quads_is_the_smallest_rectangle) {
  BOOST_TEST(rc::check("as boxes", [] {
    const auto a = any_box(), b = any_box();
    RC_ASSERT(quad_around(std::vector{quad_of(a), quad_of(b)}) == quad_of(around(a, b)));
  }));
  BOOST_TEST((quad_around({}) == bounding_quad{}));
}

BOOST_AUTO_TEST_CASE(what_is_around_turned_quads_is_turned_with_them) {
  BOOST_TEST(rc::check("by quarters", [] {
    const auto a = quad_of(any_box()), b = quad_of(any_box());
    auto quads = std::vector{a, b};
    auto around_them = quad_around(quads);
    for (int quarter = 0; quarter < 3; ++quarter) {
      for (auto& quad : quads)
        quad = turned(quad);
      around_them = turned(around_them);
      RC_ASSERT(quad_around(quads) == around_them);
    }
  }));
}

// A line that runs down to the right by 3 in 4: two squares of side 5 that touch.
BOOST_AUTO_TEST_CASE(around_slanted_text_it_has_the_slant_of_the_text) {
  const bounding_quad first{{{{3, 0}, {7, 3}, {4, 7}, {0, 4}}}}, second{{{{7, 3}, {11, 6}, {8, 10}, {4, 7}}}};
  BOOST_TEST((quad_around(std::vector{first, second}) == bounding_quad{{{{3, 0}, {11, 6}, {8, 10}, {0, 4}}}}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate
