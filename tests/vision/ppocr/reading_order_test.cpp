#include "vision/ppocr/reading_order.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <numeric>
#include <vector>

using namespace glyphgate::vision;

namespace {

quad upright(float x, float y, float width, float height) {
  return {{{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}};
}

using rows = std::vector<std::vector<std::size_t>>;

} // namespace

BOOST_AUTO_TEST_SUITE(reading_order)

BOOST_AUTO_TEST_CASE(rows_from_the_top_and_lines_from_the_left) {
  // A price to the right of its article, a little lower; a line below; a heading.
  const auto found = rows_of(
      {upright(300, 104, 50, 20), upright(10, 130, 200, 20), upright(10, 100, 120, 22), upright(40, 10, 200, 40)});
  BOOST_TEST((found == rows{{3}, {2, 0}, {1}}));
}

BOOST_AUTO_TEST_CASE(a_slope_is_no_single_row) {
  std::vector<quad> lines;
  for (int i = 0; i < 10; ++i)
    lines.push_back(upright(static_cast<float>(100 * i), static_cast<float>(8 * i), 90, 20));
  BOOST_TEST(rows_of(lines).size() == 5U);
}

BOOST_AUTO_TEST_CASE(each_line_is_in_one_row) {
  BOOST_TEST(rc::check([] {
    std::vector<quad> lines;
    const auto count = *rc::gen::inRange(0, 30);
    for (int i = 0; i < count; ++i)
      lines.push_back(
          upright(static_cast<float>(*rc::gen::inRange(0, 500)), static_cast<float>(*rc::gen::inRange(0, 500)),
                  static_cast<float>(*rc::gen::inRange(1, 300)), static_cast<float>(*rc::gen::inRange(1, 60))));
    std::vector<std::size_t> all;
    for (const auto& row : rows_of(lines)) {
      RC_ASSERT(!row.empty());
      for (std::size_t i = 1; i < row.size(); ++i)
        RC_ASSERT(lines[row[i - 1]][0].x <= lines[row[i]][0].x);
      all.insert(all.end(), row.begin(), row.end());
    }
    std::ranges::sort(all);
    std::vector<std::size_t> wanted(lines.size());
    std::iota(wanted.begin(), wanted.end(), std::size_t{0});
    RC_ASSERT(all == wanted);
  }));
}

BOOST_AUTO_TEST_SUITE_END()
