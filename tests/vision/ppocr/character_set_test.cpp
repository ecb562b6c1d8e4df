#include "vision/ppocr/character_set.hpp"

#include <boost/test/unit_test.hpp>

using glyphgate::vision::character_set;

BOOST_AUTO_TEST_SUITE(character_sets)

BOOST_AUTO_TEST_CASE(none_comes_first_and_the_space_last) {
  // With a line's end at the end or not, of one system or another.
  for (const auto* keys : {"a\n疗\n\u3000\nz", "a\n疗\n\u3000\nz\n", "a\r\n疗\r\n\u3000\r\nz\r\n"}) {
    const character_set characters{keys};
    BOOST_REQUIRE(characters.size() == 6U);
    BOOST_TEST(characters[0].empty());
    BOOST_TEST(characters[1] == "a");
    BOOST_TEST(characters[2] == "疗");
    BOOST_TEST(characters[4] == "z");
    for (std::size_t i = 0; i < characters.size(); ++i)
      BOOST_TEST(characters.is_space(i) == (i == 3 || i == 5));
  }
}

BOOST_AUTO_TEST_CASE(wide_punctuation_is_what_fills_a_cell) {
  const character_set characters{"，\n。\n？\n「\n；\n好\n,\n?\na\nＡ\n５\n"};
  for (std::size_t i = 0; i < characters.size(); ++i)
    BOOST_TEST(glyphgate::vision::is_wide_punctuation(characters[i]) == (i >= 1 && i <= 5), characters[i]);
}

BOOST_AUTO_TEST_SUITE_END()
