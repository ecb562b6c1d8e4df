#include "vision/ppocr/ctc.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace glyphgate::vision;

namespace {

/// Classes: none, a, b, a blank key, the space.
const character_set letters{"a\nb\n\u3000\n"};

std::string text_of(const std::vector<read_character>& read) {
  std::string text;
  for (const auto& one : read) {
    text += letters[one.index];
    if (one.space_after)
      text += ' ';
  }
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ctc)

BOOST_AUTO_TEST_CASE(repeats_are_one_unless_a_blank_is_between) {
  const std::vector<float> columns{
      0.1F, 0.9F, 0,    0, 0, //
      0.4F, 0.6F, 0,    0, 0, //
      1,    0,    0,    0, 0, //
      0.2F, 0.8F, 0,    0, 0, //
      0,    0.3F, 0.7F, 0, 0, //
  };
  const auto read = read_columns(columns, letters);
  BOOST_TEST(text_of(read) == "aab");
  BOOST_TEST(read[0].probability == 0.9F);
  BOOST_TEST(read[1].probability == 0.8F);
  BOOST_TEST(read[2].probability == 0.7F);
  // (0.5 × 0.9 + 1.5 × 0.6) / 1.5
  BOOST_TEST(read[0].centre == 0.9F, boost::test_tools::tolerance(0.0001F));
  BOOST_TEST(read[1].centre == 3.5F);
  BOOST_TEST(read[2].centre == 4.5F);
}

BOOST_AUTO_TEST_CASE(a_space_is_where_the_blanks_say_so_together) {
  const auto between = [](float first, float second) {
    const std::vector<float> columns{
        0, 1, 0, 0, 0, 1 - first, 0, 0, 0, first, 1 - second, 0, 0, 0, second, 0, 0, 1, 0, 0,
    };
    return text_of(read_columns(columns, letters));
  };
  BOOST_TEST(between(0, 0) == "ab");
  BOOST_TEST(between(0.004F, 0.004F) == "ab");
  BOOST_TEST(between(0.006F, 0.006F) == "a b");
  BOOST_TEST(between(0.9F, 0) == "a b");
}

BOOST_AUTO_TEST_CASE(a_blank_key_is_a_space) {
  const std::vector<float> columns{0, 1, 0, 0, 0, 0.2F, 0, 0, 0.8F, 0, 0, 0, 1, 0, 0};
  BOOST_TEST(text_of(read_columns(columns, letters)) == "a b");
}

BOOST_AUTO_TEST_CASE(wide_punctuation_brings_its_own_white) {
  const character_set chinese{"好\n，\n"};
  const auto spaces = [&](std::size_t first, std::size_t second) {
    std::vector<float> columns(12);
    columns[first] = columns[4 + 3] = columns[8 + second] = 1;
    return read_columns(columns, chinese).front().space_after;
  };
  BOOST_TEST(spaces(1, 1));
  BOOST_TEST(!spaces(2, 1));
  BOOST_TEST(!spaces(1, 2));
}

BOOST_AUTO_TEST_CASE(spaces_at_the_ends_are_none) {
  const std::vector<float> columns{0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
  BOOST_TEST(text_of(read_columns(columns, letters)) == "a");
}

BOOST_AUTO_TEST_CASE(nothing_is_read_in_blanks) {
  BOOST_TEST(read_columns({}, letters).empty());
  BOOST_TEST(read_columns(std::vector<float>{1, 0, 0, 0, 0, 1, 0, 0, 0, 0}, letters).empty());
}

BOOST_AUTO_TEST_SUITE_END()
