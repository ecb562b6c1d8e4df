#include "core/reading/derived_layout.hpp"
#include "core/reading/layout_writer.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace glyphgate {

namespace {

symbol at(int x, int y, text_break after = text_break::none, float confidence = 1) {
  return {"x", {x, y, 8, 10}, confidence, after};
}

std::vector<std::uint32_t> ends(const std::vector<text_unit>& level) {
  std::vector<std::uint32_t> all;
  for (const auto& unit : level)
    all.push_back(unit.end);
  return all;
}

using positions = std::vector<std::uint32_t>;

/// Lines of one word of two symbols, at these places.
std::vector<symbol> lines_at(const std::vector<pixel_point>& places) {
  std::vector<symbol> symbols;
  for (const auto& place : places) {
    symbols.push_back(at(place.x, place.y));
    symbols.push_back(at(place.x + 10, place.y, text_break::line));
  }
  return symbols;
}

} // namespace

BOOST_AUTO_TEST_SUITE(layouts)

BOOST_AUTO_TEST_CASE(a_unit_without_facts_is_made_from_its_children) {
  layout_writer writer;
  writer.add(at(0, 0, text_break::none, 0.5F));
  writer.add(at(10, 2, text_break::space, 1));
  writer.end_word();
  writer.add(at(30, 0, text_break::line, 0.25F));
  const auto read = writer.take();
  const auto& layout = read.layout;
  BOOST_TEST(ends(layout.words) == (positions{2, 3}));
  BOOST_TEST(ends(layout.lines) == positions{2});
  BOOST_TEST(ends(layout.paragraphs) == positions{1});
  BOOST_TEST(ends(layout.blocks) == positions{1});
  BOOST_TEST((layout.words[0].box == quad_of({0, 0, 18, 12})));
  BOOST_TEST((layout.blocks[0].box == quad_of({0, 0, 38, 12})));
  BOOST_TEST(layout.words[0].confidence == 0.75F);
  BOOST_TEST(layout.lines[0].confidence == 0.5F);
  BOOST_TEST(layout.symbol_quads.empty());
  BOOST_TEST(layout.words[0].languages == 0U);
}

BOOST_AUTO_TEST_CASE(facts_are_kept_and_equal_languages_are_kept_once) {
  const std::vector<detected_language> english{{"en", 0.5F}};
  layout_writer writer;
  writer.add(at(0, 0));
  writer.end_word({quad_of({1, 1, 5, 5}), 0.125F, english});
  writer.add(at(20, 0));
  writer.end_word({{}, {}, english});
  writer.end_block({{}, {}, {{"de", 0}}});
  const auto layout = writer.take().layout;
  BOOST_TEST((layout.words[0].box == quad_of({1, 1, 5, 5})));
  BOOST_TEST(layout.words[0].confidence == 0.125F);
  BOOST_TEST(layout.words[0].languages == 1U);
  BOOST_TEST(layout.words[1].languages == 1U);
  BOOST_TEST(layout.lines[0].languages == 0U);
  BOOST_TEST(layout.blocks[0].languages == 2U);
  BOOST_TEST((layout.languages == std::vector<std::vector<detected_language>>{english, {{"de", 0}}}));
}

BOOST_AUTO_TEST_CASE(a_higher_unit_ends_the_lower_ones_and_empty_ones_are_left_out) {
  layout_writer writer;
  writer.end_block();
  writer.add(at(0, 0));
  writer.end_block();
  writer.end_word();
  writer.end_block();
  writer.add(at(0, 50));
  const auto layout = writer.take().layout;
  for (const auto* level : {&layout.words, &layout.lines, &layout.paragraphs, &layout.blocks})
    BOOST_TEST(ends(*level) == (positions{1, 2}));
  BOOST_TEST((writer.take() == recognition{}));
}

BOOST_AUTO_TEST_CASE(corners_are_kept_where_a_symbol_is_turned) {
  const bounding_quad upside_down{{{{18, 10}, {10, 10}, {10, 0}, {18, 0}}}};
  layout_writer writer;
  writer.add(at(20, 0));
  writer.add(at(0, 0), upside_down);
  const auto read = writer.take();
  BOOST_TEST((read.symbols[1].box == bounding_box{10, 0, 8, 10}));
  BOOST_TEST((quad_of_symbol(read, 0) == quad_of({20, 0, 8, 10})));
  BOOST_TEST((quad_of_symbol(read, 1) == upside_down));
}

BOOST_AUTO_TEST_CASE(breaks_make_words_and_lines_where_no_layout_is_told) {
  const std::vector<symbol> symbols{at(0, 0),  at(10, 0, text_break::space),  at(30, 0, text_break::sure_space),
                                    at(50, 0), at(60, 0, text_break::hyphen), at(0, 12, text_break::wrap),
                                    at(0, 24)};
  const auto layout = layout_of({symbols});
  BOOST_TEST(ends(layout.words) == (positions{2, 3, 5, 6, 7}));
  BOOST_TEST(ends(layout.lines) == (positions{3, 4, 5}));
  BOOST_TEST(ends(layout.paragraphs) == positions{3});
}

BOOST_AUTO_TEST_CASE(paragraphs_are_lines_close_below_each_other) {
  const struct {
    const char* what;
    std::vector<pixel_point> places;
    positions paragraphs;
  } table[] = {
      {"one below the other", {{0, 0}, {5, 14}, {0, 28}}, {3}},
      {"a gap as high as a line", {{0, 0}, {0, 20}}, {1, 2}},
      {"a second column", {{0, 0}, {0, 14}, {100, 0}, {100, 14}}, {2, 4}},
      {"side by side", {{0, 0}, {30, 2}}, {1, 2}},
  };
  for (const auto& [what, places, paragraphs] : table)
    BOOST_TEST_CONTEXT(what) {
      const auto layout = derived_layout(lines_at(places));
      BOOST_TEST(ends(layout.paragraphs) == paragraphs);
      BOOST_TEST(layout.blocks.size() == paragraphs.size());
    }
}

BOOST_AUTO_TEST_CASE(every_level_covers_the_one_below_whatever_is_read) {
  BOOST_TEST(rc::check("derived from anything", [] {
    std::vector<symbol> symbols;
    for (auto i = *rc::gen::inRange(0, 30); i > 0; --i)
      symbols.push_back(at(*rc::gen::inRange(-100, 1000), *rc::gen::inRange(-100, 1000),
                           static_cast<text_break>(*rc::gen::inRange(0, 6))));
    const auto layout = derived_layout(symbols);
    auto children = symbols.size();
    for (const auto* level : {&layout.words, &layout.lines, &layout.paragraphs, &layout.blocks}) {
      std::size_t begin = 0;
      for (std::size_t i = 0; i < level->size(); ++i) {
        RC_ASSERT(children_of(*level, i).begin == begin);
        RC_ASSERT((*level)[i].end > begin);
        begin = (*level)[i].end;
      }
      RC_ASSERT(begin == children);
      children = level->size();
    }
  }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate
