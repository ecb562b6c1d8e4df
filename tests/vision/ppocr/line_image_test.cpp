#include "vision/ppocr/line_image.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <cmath>
#include <cstddef>

using namespace glyphgate::vision;

namespace {

/// Brightness is the place: x in the first channel, y in the second.
raster map_of_places(std::uint32_t width, std::uint32_t height) {
  auto made = make_raster(width, height, 3);
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x) {
      auto* pixel = made.pixels.data() + y * made.row_bytes() + std::size_t{x} * 3;
      pixel[0] = static_cast<std::uint8_t>(x);
      pixel[1] = static_cast<std::uint8_t>(y);
    }
  return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(line_images)

BOOST_AUTO_TEST_CASE(the_width_keeps_the_shape) {
  BOOST_TEST(width_of_line({{{0, 0}, {100, 0}, {100, 24}, {0, 24}}}).value_or(0) == 200U);
  BOOST_TEST(width_of_line({{{0, 0}, {1, 0}, {1, 480}, {0, 480}}}).value_or(0) == 1U);
  for (const auto& flat :
       {quad{}, quad{{{0, 0}, {100, 0}, {100, 0}, {0, 0}}}, quad{{{0, 0}, {9, 9}, {18, 18}, {9, 9}}}})
    BOOST_TEST(!width_of_line(flat));
}

BOOST_AUTO_TEST_CASE(each_place_of_the_line_comes_from_its_place_of_the_picture) {
  BOOST_TEST(rc::check([] {
    const auto picture = map_of_places(250, 200);
    const auto number = [](int from, int to) { return static_cast<float>(*rc::gen::inRange(from, to)); };
    const quad corners{{{number(10, 40), number(10, 40)},
                        {number(190, 240), number(10, 40)},
                        {number(190, 240), number(80, 190)},
                        {number(10, 40), number(80, 190)}}};
    const auto width = width_of_line(corners).value();
    const perspective place{corners};
    const auto line = cut_line(picture, corners, width, 0, width);
    RC_ASSERT(line.width == width);
    for (std::uint32_t y = 0; y < line_height; y += 7)
      for (std::uint32_t x = 0; x < width; x += 13) {
        const auto at = place.at((static_cast<float>(x) + 0.5F) / static_cast<float>(width),
                                 (static_cast<float>(y) + 0.5F) / static_cast<float>(line_height));
        RC_ASSERT(std::abs(line.row(0, y)[x] + 0.5F - at.x) < 0.3F);
        RC_ASSERT(std::abs(line.row(1, y)[x] + 0.5F - at.y) < 0.3F);
        RC_ASSERT(line.row(2, y)[x] == 0);
      }
  }));
}

BOOST_AUTO_TEST_CASE(a_piece_is_part_of_the_line) {
  const auto picture = map_of_places(250, 200);
  const quad corners{{{20, 30}, {230, 10}, {240, 60}, {15, 75}}};
  const auto whole = cut_line(picture, corners, 200, 0, 200), piece = cut_line(picture, corners, 200, 50, 60);
  for (std::uint32_t y = 0; y < line_height; ++y)
    for (std::uint32_t x = 0; x < 60; ++x)
      BOOST_REQUIRE(piece.row(1, y)[x] == whole.row(1, y)[50 + x]);
}

BOOST_AUTO_TEST_CASE(beyond_the_edge_is_the_edge) {
  auto picture = make_raster(4, 4, 1);
  picture.pixels.assign(16, 99);
  const auto line = cut_line(picture, {{{-50, -50}, {50, -50}, {50, 50}, {-50, 50}}}, 48, 0, 48);
  for (const float value : line.values)
    BOOST_REQUIRE(std::abs(value - 99) < 0.001F);
}

BOOST_AUTO_TEST_CASE(what_is_shrunk_is_a_mean) {
  // Stripes of a pixel each are grey from afar.
  auto picture = make_raster(384, 384, 1);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = i / 384 % 2 == 0 ? 0 : 200;
  const auto line = cut_line(picture, {{{0, 0}, {384, 0}, {384, 192}, {0, 192}}}, 96, 0, 96);
  for (const float value : line.values)
    BOOST_REQUIRE(std::abs(value - 100) < 1);
}

BOOST_AUTO_TEST_SUITE_END()
