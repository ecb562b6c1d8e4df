#include "vision/ppocr/resize.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

using namespace glyphgate::vision;

namespace {

raster some_raster(std::uint32_t most_side) {
  auto made =
      make_raster(*rc::gen::inRange(1U, most_side), *rc::gen::inRange(1U, most_side), *rc::gen::element(1U, 3U));
  made.pixels = *rc::gen::container<std::vector<std::uint8_t>>(made.pixels.size(), rc::gen::arbitrary<std::uint8_t>());
  return made;
}

std::vector<float> resized(const raster& from, const scaled_window& window) {
  std::vector<float> all;
  resize(from, window, [&](std::uint32_t y, std::span<const float> row) {
    BOOST_TEST(all.size() == y * row.size());
    all.insert(all.end(), row.begin(), row.end());
  });
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(resizing)

BOOST_AUTO_TEST_CASE(the_same_size_is_the_same_picture) {
  BOOST_TEST(rc::check([] {
    const auto from = some_raster(20);
    const auto result = resized(from, {from.width, from.height, 0, 0, from.width, from.height});
    RC_ASSERT(std::ranges::equal(result, from.pixels));
  }));
}

BOOST_AUTO_TEST_CASE(growing_is_bilinear) {
  raster from{2, 1, 1, {0, 100}};
  // Half a pixel outside of the first pixel's middle, and then a quarter of the way each.
  BOOST_TEST(resized(from, {4, 1, 0, 0, 4, 1}) == (std::vector<float>{0, 25, 75, 100}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(shrinking_leaves_nothing_out) {
  // A single bright pixel in 100 of a row is seen in a tenth of the size, wherever it is.
  for (std::size_t bright = 0; bright < 100; ++bright) {
    auto from = make_raster(100, 1, 1);
    from.pixels[bright] = 250;
    const auto result = resized(from, {10, 1, 0, 0, 10, 1});
    BOOST_TEST(std::accumulate(result.begin(), result.end(), 0.0F) > 15);
  }
}

BOOST_AUTO_TEST_CASE(a_uniform_picture_stays_uniform_and_nothing_overshoots) {
  BOOST_TEST(rc::check([] {
    auto from = some_raster(30);
    const auto width = *rc::gen::inRange(1U, 50U), height = *rc::gen::inRange(1U, 50U);
    const auto [least, most] = std::ranges::minmax(from.pixels);
    for (const float value : resized(from, {width, height, 0, 0, width, height}))
      RC_ASSERT(value >= static_cast<float>(least) - 0.01F && value <= static_cast<float>(most) + 0.01F);
    std::ranges::fill(from.pixels, std::uint8_t{77});
    for (const float value : resized(from, {width, height, 0, 0, width, height}))
      RC_ASSERT(std::abs(value - 77) < 0.01F);
  }));
}

BOOST_AUTO_TEST_CASE(a_window_is_part_of_the_whole) {
  BOOST_TEST(rc::check([] {
    const auto from = some_raster(30);
    const auto width = *rc::gen::inRange(1U, 50U), height = *rc::gen::inRange(1U, 50U);
    const auto x = *rc::gen::inRange(0U, width), y = *rc::gen::inRange(0U, height);
    const auto part_width = *rc::gen::inRange(1U, width - x + 1), part_height = *rc::gen::inRange(1U, height - y + 1);
    const auto whole = resized(from, {width, height, 0, 0, width, height});
    const auto part = resized(from, {width, height, x, y, part_width, part_height});
    for (std::uint32_t row = 0; row < part_height; ++row)
      for (std::uint32_t k = 0; k < part_width * from.channels; ++k)
        RC_ASSERT(part[row * part_width * from.channels + k] == whole[((y + row) * width + x) * from.channels + k]);
  }));
}

BOOST_AUTO_TEST_SUITE_END()
