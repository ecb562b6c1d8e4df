#include "vision/ppocr/components.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace glyphgate::vision;

namespace {

/// A component as this test says it: its top row, and the outermost pixels of each row.
using shape = std::pair<std::uint32_t, std::vector<std::pair<std::uint32_t, std::uint32_t>>>;

std::vector<shape> shapes_of(const text_map& map) {
  std::vector<shape> found;
  find_components(map, 128, [&](const component& one) {
    shape next{one.top, {}};
    for (const auto& row : one.rows)
      next.second.emplace_back(row.first, row.last);
    found.push_back(next);
    return true;
  });
  return found;
}

text_map drawn(std::vector<std::string_view> rows) {
  text_map map{static_cast<std::uint32_t>(rows[0].size()), static_cast<std::uint32_t>(rows.size())};
  for (const auto row : rows)
    for (const char c : row)
      map.values.push_back(c == '#' ? 128 : 127);
  return map;
}

/// By spreading from pixel to pixel.
std::vector<shape> shapes_by_pixels(const text_map& map) {
  std::vector<shape> found;
  std::vector<bool> seen(map.values.size());
  const auto width = static_cast<int>(map.width), height = static_cast<int>(map.height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      std::vector<std::pair<int, int>> waiting{{x, y}}, pixels;
      while (!waiting.empty()) {
        const auto [px, py] = waiting.back();
        waiting.pop_back();
        if (px < 0 || py < 0 || px >= width || py >= height)
          continue;
        const auto at = static_cast<std::size_t>(py * width + px);
        if (seen[at] || map.values[at] < 128)
          continue;
        seen[at] = true;
        pixels.emplace_back(px, py);
        for (int dy = -1; dy <= 1; ++dy)
          for (int dx = -1; dx <= 1; ++dx)
            waiting.emplace_back(px + dx, py + dy);
      }
      if (pixels.empty())
        continue;
      int bottom = y;
      for (const auto& pixel : pixels)
        bottom = std::max(bottom, pixel.second);
      shape next{static_cast<std::uint32_t>(y), {}};
      for (int row = y; row <= bottom; ++row) {
        int first = width, last = -1;
        for (const auto& [px, py] : pixels)
          if (py == row) {
            first = std::min(first, px);
            last = std::max(last, px);
          }
        next.second.emplace_back(first, last);
      }
      found.push_back(next);
    }
  return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(components)

BOOST_AUTO_TEST_CASE(pixels_that_touch_are_one) {
  const auto found = shapes_of(drawn({"#...#..#", //
                                      ".#..####", //
                                      "#.......", //
                                      "......##"}));
  const std::vector<shape> wanted{{0, {{0, 0}, {1, 1}, {0, 0}}}, {0, {{4, 7}, {4, 7}}}, {3, {{6, 7}}}};
  BOOST_TEST((found == wanted));
}

BOOST_AUTO_TEST_CASE(what_is_found_is_what_spreading_finds) {
  BOOST_TEST(rc::check([] {
    text_map map{*rc::gen::inRange(1U, 25U), *rc::gen::inRange(1U, 25U)};
    map.values = *rc::gen::container<std::vector<std::uint8_t>>(std::size_t{map.width} * map.height,
                                                                rc::gen::arbitrary<std::uint8_t>());
    RC_ASSERT(shapes_of(map) == shapes_by_pixels(map));
  }));
}

BOOST_AUTO_TEST_CASE(it_stops_when_no_more_are_wanted) {
  std::size_t taken = 0;
  find_components(drawn({"#.#.#.#.#"}), 128, [&](const component&) { return ++taken < 2; });
  BOOST_TEST(taken == 2U);
}

BOOST_AUTO_TEST_CASE(an_outline_has_the_pixels_corners) {
  const auto corners = outline({.top = 3, .rows = {{2, 4}}});
  const auto wanted = std::vector<point>{{2, 3}, {5, 3}, {2, 4}, {5, 4}};
  BOOST_TEST((corners == wanted));
}

BOOST_AUTO_TEST_SUITE_END()
