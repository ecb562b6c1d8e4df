#include "vision/ppocr/regions.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

using namespace glyphgate::vision;

namespace {

text_map empty_map(std::uint32_t width, std::uint32_t height) {
  return {width, height, std::vector<std::uint8_t>(std::size_t{width} * height)};
}

void fill(text_map& map, std::uint32_t x, std::uint32_t y, std::uint32_t width, std::uint32_t height,
          std::uint8_t value) {
  for (auto row = y; row < y + height; ++row)
    for (auto column = x; column < x + width; ++column)
      map.values[std::size_t{row} * map.width + column] = value;
}

void check_corners(const quad& found, const quad& wanted) {
  for (std::size_t i = 0; i < 4; ++i)
    BOOST_TEST(distance(found[i], wanted[i]) < 0.01F, "corner " << i << ": (" << found[i].x << ", " << found[i].y
                                                                << ") is not (" << wanted[i].x << ", " << wanted[i].y
                                                                << ")");
}

} // namespace

BOOST_AUTO_TEST_SUITE(regions)

BOOST_AUTO_TEST_CASE(a_region_grows_and_further_at_its_ends) {
  auto map = empty_map(200, 100);
  fill(map, 50, 40, 90, 10, 204);
  const auto found = find_regions(map, 400, 100);
  BOOST_REQUIRE(found.size() == 1U);
  BOOST_TEST(found[0].score == 0.8F, boost::test_tools::tolerance(0.001F));
  // 90 × 10 × 1.6 / (2 × 100) = 7.2 all round, and 0.15 × (10 + 14.4) = 3.66 at the ends; the raster is twice as wide.
  check_corners(found[0].corners,
                {{{2 * 39.14F, 32.8F}, {2 * 150.86F, 32.8F}, {2 * 150.86F, 57.2F}, {2 * 39.14F, 57.2F}}});
}

BOOST_AUTO_TEST_CASE(a_region_stays_in_the_raster) {
  auto map = empty_map(100, 20);
  fill(map, 0, 0, 100, 20, 255);
  const auto found = find_regions(map, 100, 20);
  BOOST_REQUIRE(found.size() == 1U);
  check_corners(found[0].corners, {{{0, 0}, {100, 0}, {100, 20}, {0, 20}}});
}

BOOST_AUTO_TEST_CASE(text_that_runs_down_begins_at_the_top_right) {
  auto map = empty_map(100, 200);
  fill(map, 45, 50, 10, 90, 255);
  const auto found = find_regions(map, 100, 200);
  BOOST_REQUIRE(found.size() == 1U);
  check_corners(found[0].corners, {{{62.2F, 39.14F}, {62.2F, 150.86F}, {37.8F, 150.86F}, {37.8F, 39.14F}}});
}

BOOST_AUTO_TEST_CASE(a_sloping_line_has_a_sloping_region) {
  auto map = empty_map(200, 200);
  // Along a slope of 1 in 2.
  for (std::uint32_t i = 0; i < 100; ++i)
    fill(map, 40 + i, 40 + i / 2, 1, 12, 255);
  const auto found = find_regions(map, 200, 200);
  BOOST_REQUIRE(found.size() == 1U);
  const auto& corners = found[0].corners;
  const float slope = (corners[1].y - corners[0].y) / (corners[1].x - corners[0].x);
  BOOST_TEST(std::abs(slope - 0.5F) < 0.02F);
}

BOOST_AUTO_TEST_CASE(a_part_of_a_line_is_joined_with_it) {
  // A flat stroke before a line, which is less high; the two overlap once they are grown.
  auto map = empty_map(200, 100);
  fill(map, 30, 43, 20, 4, 255);
  fill(map, 56, 40, 90, 10, 255);
  const auto found = find_regions(map, 200, 100);
  BOOST_REQUIRE(found.size() == 1U);
  BOOST_TEST(found[0].corners[0].x < 30);
  BOOST_TEST(found[0].corners[1].x > 146);
  // A line further off, and one below, stay by themselves.
  fill(map, 56, 70, 90, 10, 255);
  fill(map, 175, 40, 20, 10, 255);
  BOOST_TEST(find_regions(map, 200, 100).size() == 3U);
}

BOOST_AUTO_TEST_CASE(specks_and_doubts_are_no_regions) {
  auto map = empty_map(200, 100);
  fill(map, 10, 10, 50, 2, 255);
  fill(map, 10, 40, 50, 10, 120);
  fill(map, 100, 40, 50, 10, 76);
  BOOST_TEST(find_regions(map, 200, 100).empty());
}

BOOST_AUTO_TEST_CASE(there_are_no_more_than_the_most) {
  auto map = empty_map(1600, 1600);
  for (std::uint32_t y = 0; y < 80; ++y)
    for (std::uint32_t x = 0; x < 80; ++x)
      fill(map, x * 20, y * 20, 6, 6, 255);
  BOOST_TEST(find_regions(map, 1600, 1600).size() == most_regions);
}

BOOST_AUTO_TEST_SUITE_END()
