#include "vision/documents/document.hpp"
#include "vision/documents/page_words.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;

namespace {

/// A word of letters that are ten wide and ten high.
page_word word_at(double x, double y, std::string text, bool space_after = true) {
  const auto letters = static_cast<double>(text.size());
  return {std::move(text), {x, y, x + 10 * letters, y + 10}, {}, 0, space_after};
}

const std::string long_word = "Onomatopoesieverteidigungsversuch";

std::shared_ptr<const recognition> read(const std::vector<page_word>& words) {
  return reading_of(words, 1000, 800);
}

} // namespace

BOOST_AUTO_TEST_SUITE(page_words)

BOOST_AUTO_TEST_CASE(words_make_lines_paragraphs_and_blocks) {
  const auto got = read({word_at(10, 10, "The"), word_at(50, 10, "first"), word_at(10, 22, "line", false),
                         word_at(10, 44, "A"), word_at(30, 44, "paragraph"), word_at(500, 10, long_word)});
  BOOST_REQUIRE(got);
  BOOST_TEST(text_of(*got) == "The first\nline\nA paragraph\n" + long_word);
  BOOST_TEST(got->engine == "pdf");
  BOOST_TEST(got->width == 1000U);
  BOOST_TEST(got->height == 800U);
  BOOST_TEST(got->layout.words.size() == 6U);
  BOOST_TEST(got->layout.lines.size() == 4U);
  BOOST_TEST(got->layout.paragraphs.size() == 3U);
  BOOST_TEST(got->layout.blocks.size() == 2U);
  BOOST_TEST((got->symbols[1].box == bounding_box{20, 10, 10, 10}));
  BOOST_TEST(got->symbols[1].confidence == 1.0F);
}

BOOST_AUTO_TEST_CASE(letters_have_their_own_boxes_where_they_are_known) {
  auto word = word_at(0, 0, long_word);
  for (std::size_t i = 0; i < long_word.size(); ++i)
    word.letters.push_back({static_cast<double>(i), 1, static_cast<double>(i) + 0.5, 2});
  BOOST_TEST((read({word})->symbols[7].box == bounding_box{7, 1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(turned_words_run_along_their_lines) {
  // Down the page: the first letter is at the top.
  auto down = word_at(0, 0, long_word);
  down.box = {100, 10, 110, 10 + 10.0 * static_cast<double>(long_word.size())};
  down.turned = 1;
  const auto got = read({down});
  BOOST_REQUIRE(got);
  BOOST_TEST((got->symbols[0].box == bounding_box{100, 10, 10, 10}));
  BOOST_TEST((got->symbols[1].box == bounding_box{100, 20, 10, 10}));
  // Text's top left corner is the page's top right one.
  BOOST_TEST((quad_of_symbol(*got, 0).corners[0] == pixel_point{110, 10}));
  auto up = down;
  up.turned = 3;
  BOOST_TEST((read({up})->symbols[0].box == bounding_box{100, 10 + 320, 10, 10}));
}

BOOST_AUTO_TEST_CASE(little_text_or_none_that_can_be_read_is_no_text) {
  const std::string just_enough(least_text, 'a');
  BOOST_TEST((read({word_at(0, 0, just_enough)}) != nullptr));
  BOOST_TEST((read({word_at(0, 0, just_enough.substr(1))}) == nullptr));
  BOOST_TEST((read({}) == nullptr));
  BOOST_TEST((read({word_at(0, 0, std::string(100, ' '))}) == nullptr));
  // Of private use, unknown, and damaged.
  for (const char* unknown : {"\xEE\x80\x80", "\xEF\xBF\xBD", "\xFF"}) {
    std::string some, many = just_enough;
    for (int i = 0; i < 4; ++i)
      many += unknown;
    some = just_enough + unknown;
    BOOST_TEST((read({word_at(0, 0, some)}) != nullptr));
    BOOST_TEST((read({word_at(0, 0, many)}) == nullptr));
  }
}

BOOST_AUTO_TEST_CASE(whatever_a_document_says_lies_within_the_page) {
  constexpr auto infinite = std::numeric_limits<double>::infinity(), none = std::numeric_limits<double>::quiet_NaN();
  for (const auto& box : {page_box{-1e30, -5, 1e30, infinite}, page_box{none, none, none, none}, page_box{9, 9, 1, 1},
                          page_box{5000, 5000, 6000, 6000}})
    for (const int turned : {0, 1, 2, 3}) {
      const auto got = read({{long_word, box, {}, turned, false}, {long_word, {1, 1, 2, 2}, {}, 0, false}});
      BOOST_REQUIRE(got);
      for (const auto& s : got->symbols)
        BOOST_TEST((s.box.x >= 0 && s.box.y >= 0 && s.box.width >= 0 && s.box.height >= 0 &&
                    s.box.x + s.box.width <= 1000 && s.box.y + s.box.height <= 800));
    }
}

BOOST_AUTO_TEST_SUITE_END()
