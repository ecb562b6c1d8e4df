#include "vision/ppocr/same_text.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <utility>
#include <vector>

using namespace glyphgate::vision;

namespace {

constexpr int width = 240, height = 64;

/// Where the letters are, as a detector would say it.
const std::vector<text_region> regions{{{{{20, 14}, {220, 14}, {220, 50}, {20, 50}}}, 0.9F}};

using ground = std::function<int(int x, int y)>;

int flat(int /*x*/, int /*y*/) {
  return 90;
}

/// Soft waves, `shift` pixels to the left, up to `high` levels more or less.
ground waves(int shift, int high = 12) {
  return [=](int x, int y) { return 90 + static_cast<int>(high * std::sin((x + shift) / 9.0) * std::cos(y / 12.0)); };
}

void fill(raster& picture, int x, int y, int wide, int high, int level) {
  for (int row = y; row < y + high; ++row)
    for (int column = x; column < x + wide; ++column)
      for (std::size_t c = 0; c < 3; ++c)
        picture.pixels[(static_cast<std::size_t>(row) * width + static_cast<std::size_t>(column)) * 3 + c] =
            static_cast<std::uint8_t>(std::clamp(level, 0, 255));
}

/// A pale stroke with a dark outline.
void stroke(raster& picture, int x, int y, int wide, int high) {
  fill(picture, x - 2, y - 2, wide + 4, high + 4, 10);
  fill(picture, x, y, wide, high, 245);
}

/// A caption of upright strokes with a bar between them.
raster caption(const ground& behind = flat) {
  auto made = make_raster(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      fill(made, x, y, 1, 1, behind(x, y));
  for (int x = 30; x < 205; x += 18) {
    stroke(made, x, 24, 3, 18);
    stroke(made, x + 3, 32, 6, 3);
  }
  return made;
}

/// The same with grain of up to so much more or less, and brighter by a factor.
raster filmed(raster picture, int grain, unsigned seed, double brighter = 1) {
  std::mt19937 random{seed};
  for (auto& level : picture.pixels) {
    const int noise = static_cast<int>(random() % static_cast<unsigned>(2 * grain + 1)) - grain;
    level = static_cast<std::uint8_t>(std::clamp(static_cast<int>(level * brighter) + noise, 0, 255));
  }
  return picture;
}

text_print print(const raster& picture) {
  return print_of(picture, regions);
}

std::vector<text_region> moved(float x, float y, std::vector<text_region> these = regions) {
  for (auto& [corners, score] : these)
    for (auto& corner : corners)
      corner = {corner.x + x, corner.y + y};
  return these;
}

} // namespace

BOOST_AUTO_TEST_SUITE(same_texts)

BOOST_AUTO_TEST_CASE(a_picture_shows_the_text_that_it_shows) {
  BOOST_TEST(distance(print(caption()), print(caption())) == 0);
  BOOST_TEST(shows_same_text(print(caption()), print(caption())));
}

BOOST_AUTO_TEST_CASE(noise_and_brightness_change_no_text) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    BOOST_TEST(shows_same_text(print(caption()), print(filmed(caption(), 12, seed))));
    BOOST_TEST(shows_same_text(print(filmed(caption(), 12, seed)), print(filmed(caption(), 12, seed + 10))));
    BOOST_TEST(shows_same_text(print(caption()), print(filmed(caption(), 6, seed, 0.94))));
  }
  BOOST_TEST(!shows_same_text(print(caption()), print(filmed(caption(), 0, 1, 0.7))));
}

BOOST_AUTO_TEST_CASE(a_soft_ground_may_move_behind_letters) {
  for (const int shift : {1, 5, 14, 28})
    BOOST_TEST(shows_same_text(print(filmed(caption(waves(0)), 5, 1)), print(filmed(caption(waves(shift)), 5, 2))),
               shift);
}

BOOST_AUTO_TEST_CASE(one_small_mark_is_another_text) {
  const std::vector<std::pair<int, int>> places{{31, 18}, {100, 18}, {202, 18}, {205, 40},
                                                {46, 27}, {150, 45}, {214, 41}};
  for (const auto& [x, y] : places)
    for (const int shift : {0, 5, 28}) {
      auto marked = caption(waves(shift));
      stroke(marked, x, y, 2, 2);
      BOOST_TEST(!shows_same_text(print(filmed(caption(waves(0)), 8, 1)), print(filmed(marked, 8, 2))), x << " " << y);
    }
}

BOOST_AUTO_TEST_CASE(a_gap_that_closes_is_another_text) {
  auto closed = caption();
  fill(closed, 111, 32, 9, 3, 245);
  fill(closed, 111, 30, 9, 2, 10);
  fill(closed, 111, 35, 9, 2, 10);
  BOOST_TEST(!shows_same_text(print(filmed(caption(), 8, 1)), print(filmed(closed, 8, 2))));
}

BOOST_AUTO_TEST_CASE(dark_letters_are_compared_as_well) {
  auto paper = make_raster(width, height, 3);
  std::ranges::fill(paper.pixels, std::uint8_t{250});
  for (int x = 30; x < 205; x += 18)
    fill(paper, x, 24, 3, 18, 20);
  auto marked = paper;
  fill(marked, 102, 19, 2, 2, 20);
  BOOST_TEST(shows_same_text(print(filmed(paper, 8, 1)), print(filmed(paper, 8, 2))));
  BOOST_TEST(!shows_same_text(print(filmed(paper, 8, 1)), print(filmed(marked, 8, 2))));
}

BOOST_AUTO_TEST_CASE(a_dim_word_beside_a_bright_one_is_compared) {
  const auto with_word = [](int strokes) {
    auto made = caption();
    fill(made, 150, 20, 80, 26, 10);
    for (int i = 0; i < strokes; ++i)
      fill(made, 160 + 9 * i, 24, 3, 18, 90);
    return filmed(std::move(made), 5, static_cast<unsigned>(strokes));
  };
  BOOST_TEST(!shows_same_text(print(with_word(5)), print(with_word(6))));
}

BOOST_AUTO_TEST_CASE(text_without_contrast_is_never_the_same) {
  auto dim = make_raster(width, height, 3);
  std::ranges::fill(dim.pixels, std::uint8_t{100});
  for (int x = 30; x < 205; x += 9)
    fill(dim, x, 24, 3, 18, 130);
  BOOST_TEST(!shows_same_text(print(dim), print(dim)));
}

BOOST_AUTO_TEST_CASE(sizes_and_regions_have_to_fit) {
  auto taller = make_raster(width, height + 1, 3);
  std::ranges::copy(caption().pixels, taller.pixels.begin());
  BOOST_TEST(!shows_same_text(print(caption()), print(taller)));

  const auto elsewhere = print_of(caption(), moved(0, -12));
  BOOST_TEST(!shows_same_text(print(caption()), elsewhere));
  BOOST_TEST(shows_same_text(print(caption()), print_of(caption(), moved(2, 1))));

  auto two = regions;
  two.push_back({{{{100, 2}, {140, 2}, {140, 12}, {100, 12}}}, 0.8F});
  BOOST_TEST(!shows_same_text(print(caption()), print_of(caption(), two)));
}

BOOST_AUTO_TEST_CASE(the_order_of_the_regions_is_of_no_account) {
  const std::vector<text_region> two{{{{{20, 14}, {110, 14}, {110, 50}, {20, 50}}}, 0.9F},
                                     {{{{126, 14}, {220, 14}, {220, 50}, {126, 50}}}, 0.9F}};
  BOOST_TEST(shows_same_text(print_of(caption(), two), print_of(filmed(caption(), 5, 1), {two[1], two[0]})));
}

BOOST_AUTO_TEST_CASE(a_picture_without_text_equals_only_another_one) {
  const auto none = print_of(caption(), {});
  BOOST_TEST(shows_same_text(none, print_of(filmed(caption(), 8, 1), {})));
  BOOST_TEST(!shows_same_text(none, print(caption())));
  BOOST_TEST(!shows_same_text(none, print_of(make_raster(width, height + 1, 3), {})));
}

BOOST_AUTO_TEST_CASE(text_that_was_not_found_is_compared) {
  auto marked = caption();
  stroke(marked, 100, 18, 2, 2);
  BOOST_TEST(!shows_same_text(print_of(caption(), {}), print_of(marked, {})));
}

BOOST_AUTO_TEST_CASE(black_pictures_are_the_same_but_for_a_mark) {
  const auto black = make_raster(width, height, 3);
  auto marked = black;
  fill(marked, 100, 30, 2, 2, 60);
  BOOST_TEST(shows_same_text(print_of(black, {}), print_of(black, {})));
  BOOST_TEST(shows_same_text(print_of(black, {}), print_of(filmed(black, 4, 1), {})));
  BOOST_TEST(!shows_same_text(print_of(black, {}), print_of(marked, {})));
}

BOOST_AUTO_TEST_CASE(grey_pictures_have_prints_too) {
  const auto colour = caption();
  auto grey = make_raster(width, height, 1);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    grey.pixels[i] = colour.pixels[3 * i];
  BOOST_TEST(shows_same_text(print(grey), print(colour)));
}

BOOST_AUTO_TEST_CASE(a_print_is_bounded_and_with_more_text_equals_none) {
  const auto big = make_raster(2000, 1000, 1);
  const auto whole = print_of(big, {{{{{0, 0}, {2000, 0}, {2000, 1000}, {0, 1000}}}, 0.9F}});
  BOOST_TEST(whole.bytes() == 0U);
  BOOST_TEST(!shows_same_text(whole, whole));
  const auto many = print_of(caption(), std::vector<text_region>(3000, regions[0]));
  BOOST_TEST(!shows_same_text(many, many));
  BOOST_TEST(!shows_same_text(many, print_of(caption(), {})));
  BOOST_TEST(print(caption()).bytes() <= most_print_bytes);
}

BOOST_AUTO_TEST_CASE(any_two_pictures_are_as_far_apart_from_either_side) {
  BOOST_TEST(rc::check([] {
    const auto drawn = [] {
      auto made = caption(waves(*rc::gen::inRange(0, 40)));
      if (*rc::gen::arbitrary<bool>())
        stroke(made, *rc::gen::inRange(10, 225), *rc::gen::inRange(4, 55), 2, 3);
      return filmed(std::move(made), *rc::gen::inRange(0, 40), *rc::gen::inRange(0U, 1000U));
    };
    const auto somewhere = [] {
      const auto number = [](int from, int to) { return static_cast<float>(*rc::gen::inRange(from, to)); };
      std::vector<text_region> made(*rc::gen::inRange<std::size_t>(0, 4));
      for (auto& [corners, score] : made)
        corners = {{{number(0, width), number(0, height)},
                    {number(0, width), number(0, height)},
                    {number(0, width), number(0, height)},
                    {number(0, width), number(0, height)}}};
      return *rc::gen::arbitrary<bool>() ? moved(number(-3, 4), number(-3, 4)) : made;
    };
    const auto a = print_of(drawn(), somewhere()), b = print_of(drawn(), somewhere());
    RC_ASSERT(distance(a, b) == distance(b, a));
    RC_ASSERT(shows_same_text(a, b) == shows_same_text(b, a));
    const auto itself = distance(a, a);
    RC_ASSERT(itself == 0 || std::isinf(itself));
  }));
}

BOOST_AUTO_TEST_SUITE_END()
