#include "vision/ppocr/line_spread.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <vector>

using namespace glyphgate::vision;

BOOST_AUTO_TEST_SUITE(line_spread)

BOOST_AUTO_TEST_CASE(neighbours_share_a_border) {
  const auto extents = spread_characters({{"今", 20, false}, {"天", 60, false}, {"的", 100, false}}, 120);
  BOOST_REQUIRE(extents.size() == 3U);
  BOOST_TEST(extents[0].left == 0);
  BOOST_TEST(extents[0].right == 40);
  BOOST_TEST(extents[1].left == 40);
  BOOST_TEST(extents[1].right == 80);
  BOOST_TEST(extents[2].left == 80);
  BOOST_TEST(extents[2].right == 120);
}

BOOST_AUTO_TEST_CASE(a_word_ends_where_its_letter_does) {
  const auto extents = spread_characters({{"a", 20, false}, {"n", 30, true}, {"o", 70, false}, {"x", 80, false}}, 200);
  BOOST_TEST(extents[1].left == 25);
  BOOST_TEST(extents[1].right == 35);
  BOOST_TEST(extents[2].left == 65);
  BOOST_TEST(extents[3].right == 85);
}

BOOST_AUTO_TEST_CASE(narrow_letters_are_narrower) {
  const auto extents = spread_characters({{"a", 10, false}, {"i", 20, false}, {"m", 30, false}}, 60);
  const auto width = [&](std::size_t i) { return extents[i].right - extents[i].left; };
  BOOST_TEST(width(1) < width(0));
  BOOST_TEST(width(0) < width(2));
}

BOOST_AUTO_TEST_CASE(extents_ascend_within_the_line) {
  BOOST_TEST(rc::check([] {
    static const std::vector<std::string_view> texts{"a", "i", "W", "今", "!", "é"};
    std::vector<character_place> characters;
    float centre = 0;
    const auto count = *rc::gen::inRange(0, 30);
    for (int i = 0; i < count; ++i) {
      centre += static_cast<float>(*rc::gen::inRange(1, 60));
      characters.push_back({*rc::gen::elementOf(texts), centre, *rc::gen::arbitrary<bool>()});
    }
    const float width = centre + 1;
    float before = 0;
    const auto extents = spread_characters(characters, width);
    RC_ASSERT(extents.size() == characters.size());
    for (std::size_t i = 0; i < extents.size(); ++i) {
      RC_ASSERT(extents[i].left >= before);
      RC_ASSERT(extents[i].left <= characters[i].centre);
      RC_ASSERT(extents[i].right >= characters[i].centre);
      before = extents[i].right;
    }
    RC_ASSERT(before <= width);
  }));
}

BOOST_AUTO_TEST_SUITE_END()
