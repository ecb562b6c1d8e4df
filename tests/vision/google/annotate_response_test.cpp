#include "vision/google/annotate_response.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;

namespace {

std::string response(std::string_view inner) {
  return R"({"responses":[)" + std::string{inner} + "]}";
}

/// A response with these words, each the inside of one, in one paragraph.
std::string words(std::string_view list) {
  return response(R"({"fullTextAnnotation":{"pages":[{"blocks":[{"paragraphs":[{"words":[)" + std::string{list} +
                  "]}]}]}]}}");
}

std::string word(std::string_view symbols) {
  return R"({"symbols":[)" + std::string{symbols} + "]}";
}

image_annotation parsed(const std::string& body) {
  auto result = parse_annotate_response(body);
  if (const auto* wrong = std::get_if<unreadable_answer>(&result))
    BOOST_FAIL(wrong->detail << " in " << body);
  return std::get<image_annotation>(std::move(result));
}

std::string text(const std::string& body) {
  return text_of(parsed(body).read);
}

bounding_box box(std::string_view vertices) {
  const auto found = parsed(words(word(R"({"text":"x","boundingBox":{"vertices":)" + std::string{vertices} + "}}")));
  BOOST_REQUIRE(found.read.symbols.size() == 1U);
  return found.read.symbols[0].box;
}

bool is_malformed(const std::string& body) {
  const auto result = parse_annotate_response(body);
  const auto* wrong = std::get_if<unreadable_answer>(&result);
  return wrong != nullptr && !wrong->too_much;
}

bool is_too_much(const std::string& body) {
  const auto result = parse_annotate_response(body);
  const auto* wrong = std::get_if<unreadable_answer>(&result);
  return wrong != nullptr && wrong->too_much;
}

} // namespace

BOOST_AUTO_TEST_SUITE(annotate_responses)

BOOST_AUTO_TEST_CASE(symbols_come_with_box_confidence_and_break) {
  const auto found = parsed(
      R"({"responses":[{"textAnnotations":[{"description":"Hi\nx"}],"fullTextAnnotation":{"pages":[{"width":60,"height":20,
          "blocks":[{"blockType":"TEXT","paragraphs":[{"words":[{"property":{"detectedLanguages":[{"languageCode":"en"}]},
          "boundingBox":{"vertices":[{"x":1,"y":2},{"x":30,"y":2},{"x":30,"y":12},{"x":1,"y":12}]},"symbols":[
          {"text":"H","confidence":0.5,"boundingBox":{"vertices":[{"x":1,"y":2},{"x":9,"y":2},{"x":9,"y":12},{"x":1,"y":12}]}},
          {"property":{"detectedBreak":{"type":"LINE_BREAK"}},"text":"\u00ef","confidence":1,
           "boundingBox":{"vertices":[{"x":10,"y":2},{"x":30,"y":2},{"x":30,"y":12},{"x":10,"y":12}]}}]}],
          "confidence":0.1}]}]}],"text":"H\u00ef\n"}}]})");
  BOOST_TEST(!found.error.has_value());
  BOOST_REQUIRE(found.read.symbols.size() == 2U);
  BOOST_TEST((found.read.symbols[0] == symbol{"H", {1, 2, 8, 10}, 0.5F, text_break::none}));
  BOOST_TEST((found.read.symbols[1] == symbol{"\u00ef", {10, 2, 20, 10}, 1.0F, text_break::line}));
}

BOOST_AUTO_TEST_CASE(words_paragraphs_and_blocks_are_googles) {
  const auto quad = [](std::string_view corners) {
    return R"("boundingBox":{"vertices":[)" + std::string{corners} + "]}";
  };
  const auto symbol = [&](std::string_view text, std::string_view corners, std::string_view type = "") {
    const auto property =
        type.empty() ? "" : R"("property":{"detectedBreak":{"type":")" + std::string{type} + R"("}},)";
    return R"({"text":")" + std::string{text} + R"(",)" + property + quad(corners) + "}";
  };
  const std::string slanted = R"({"x":30,"y":0},{"x":40,"y":5},{"x":36,"y":13},{"x":26,"y":8})";
  const auto read =
      parsed(response(
                 R"({"fullTextAnnotation":{"pages":[{"width":60,"height":20,"blocks":[{"confidence":0.5,"paragraphs":[
                 {"confidence":0.625,"property":{"detectedLanguages":[{"languageCode":"en","confidence":0.75},{"languageCode":"de"}]},
                  "words":[{"symbols":[)" +
                 symbol("a", R"({},{"x":9},{"x":9,"y":10},{"y":10})") + ',' +
                 symbol("b", R"({"x":10},{"x":19},{"x":19,"y":10},{"x":10,"y":10})", "SURE_SPACE") +
                 R"(],"confidence":0.25,)" + quad(R"({},{"x":20},{"x":20,"y":11},{"y":11})") + R"(},{)" +
                 quad(slanted) + R"(,"symbols":[)" + symbol("c", slanted, "EOL_SURE_SPACE") +
                 R"(]}]},{"words":[{"symbols":[)" + symbol("d", R"({"y":12},{"x":9,"y":12},{"x":9,"y":20},{"y":20})") +
                 R"(]}]}],)" + quad(R"({},{"x":50},{"x":50,"y":20},{"y":20})") + R"(}]}]}})"))
          .read;
  BOOST_TEST(text_of(read) == "ab c\nd");
  BOOST_TEST(read.width == 60U);
  BOOST_TEST(read.height == 20U);
  const auto& layout = read.layout;
  BOOST_REQUIRE(layout.words.size() == 3U);
  BOOST_TEST(layout.words[0].end == 2U);
  BOOST_TEST(layout.words[0].confidence == 0.25F);
  BOOST_TEST((layout.words[0].box == quad_of({0, 0, 20, 11})));
  const bounding_quad as_told{{{{30, 0}, {40, 5}, {36, 13}, {26, 8}}}};
  BOOST_TEST((layout.words[1].box == as_told));
  BOOST_REQUIRE(layout.symbol_quads.size() == 4U);
  BOOST_TEST((layout.symbol_quads[2] == as_told));
  BOOST_TEST((read.symbols[2].box == bounding_box{26, 0, 14, 13}));
  BOOST_TEST(layout.lines.size() == 2U);
  BOOST_REQUIRE(layout.paragraphs.size() == 2U);
  BOOST_TEST(layout.paragraphs[0].confidence == 0.625F);
  BOOST_REQUIRE(layout.paragraphs[0].languages == 1U);
  BOOST_TEST((layout.languages[0] == std::vector<detected_language>{{"en", 0.75F}, {"de", 0}}));
  BOOST_REQUIRE(layout.blocks.size() == 1U);
  BOOST_TEST(layout.blocks[0].end == 2U);
  BOOST_TEST(layout.blocks[0].confidence == 0.5F);
  BOOST_TEST((layout.blocks[0].box == quad_of({0, 0, 50, 20})));
}

BOOST_AUTO_TEST_CASE(a_line_ends_where_the_next_word_does_not_lie_behind_it) {
  const auto lines = [](std::string_view first, std::string_view second) {
    const auto boxed = [](std::string_view text, std::string_view corners) {
      return R"({"boundingBox":{"vertices":[)" + std::string{corners} + R"(]},"symbols":[{"text":")" +
             std::string{text} + R"("}]})";
    };
    return parsed(words(boxed("a", first) + ',' + boxed("b", second))).read.layout.lines.size();
  };
  const std::string upright = R"({},{"x":20},{"x":20,"y":10},{"y":10})";
  BOOST_TEST(lines(upright, R"({"x":25,"y":3},{"x":40,"y":3},{"x":40,"y":13},{"x":25,"y":13})") == 1U);
  BOOST_TEST(lines(upright, R"({"x":0,"y":12},{"x":40,"y":12},{"x":40,"y":22},{"x":0,"y":22})") == 2U);
  // Text that runs down, and goes on below or to the left.
  const std::string down = R"({"x":50},{"x":50,"y":20},{"x":40,"y":20},{"x":40})";
  BOOST_TEST(lines(down, R"({"x":50,"y":24},{"x":50,"y":40},{"x":40,"y":40},{"x":40,"y":24})") == 1U);
  BOOST_TEST(lines(down, R"({"x":35},{"x":35,"y":20},{"x":25,"y":20},{"x":25})") == 2U);
  // Without an extent there is no line to lie behind.
  BOOST_TEST(lines("{},{},{},{}", R"({"y":50},{"x":9,"y":50},{"x":9,"y":60},{"y":60})") == 1U);
}

BOOST_AUTO_TEST_CASE(vertices_in_any_form) {
  const struct {
    std::string_view vertices;
    bounding_box expected;
  } table[] = {
      {R"([{"x":3,"y":4},{"x":13,"y":4},{"x":13,"y":24},{"x":3,"y":24}])", {3, 4, 10, 20}},
      // A coordinate that is 0 is left out, and a corner at the origin is {}.
      {R"([{},{"x":13},{"x":13,"y":24},{"y":24}])", {0, 0, 13, 24}},
      {R"([{"x":0,"y":0},{"x":13,"y":0},{"x":13,"y":24},{"x":0,"y":24}])", {0, 0, 13, 24}},
      {R"([{"x":-5,"y":-2},{"x":5,"y":-2},{"x":5,"y":8},{"x":-5,"y":8}])", {-5, -2, 10, 10}},
      // Turned by 90, 180 and 270 degrees: the first corner is another.
      {R"([{"x":13,"y":4},{"x":13,"y":24},{"x":3,"y":24},{"x":3,"y":4}])", {3, 4, 10, 20}},
      {R"([{"x":13,"y":24},{"x":3,"y":24},{"x":3,"y":4},{"x":13,"y":4}])", {3, 4, 10, 20}},
      {R"([{"x":3,"y":24},{"x":3,"y":4},{"x":13,"y":4},{"x":13,"y":24}])", {3, 4, 10, 20}},
      {R"([{"x":10,"y":0},{"x":20,"y":10},{"x":10,"y":20},{"y":10}])", {0, 0, 20, 20}},
      {R"([{"x":3.9,"y":4.2},{"x":13.1,"y":24}])", {3, 4, 10, 20}},
      {R"([{"x":1e300,"y":-1e300},{"x":1e300,"y":-1e300}])", {1 << 24, -(1 << 24), 0, 0}},
      {R"([{"x":"3","y":null},{"x":[7],"y":{"x":9}}])", {0, 0, 0, 0}},
      {"[]", {}},
      {"{}", {}},
      {"null", {}},
  };
  for (const auto& [vertices, expected] : table)
    BOOST_TEST((box(vertices) == expected), "vertices " << vertices);
}

BOOST_AUTO_TEST_CASE(breaks_of_every_kind) {
  const struct {
    std::string_view property;
    std::string_view expected;
  } table[] = {
      {R"({"type":"SPACE"})", "a b"},
      {R"({"type":"SURE_SPACE"})", "a b"},
      {R"({"type":"EOL_SURE_SPACE"})", "a\nb"},
      {R"({"type":"LINE_BREAK"})", "a\nb"},
      {R"({"type":"HYPHEN"})", "a-\nb"},
      {R"({"type":"UNKNOWN"})", "ab"},
      {R"({})", "ab"},
      {R"({"type":"SPACE","isPrefix":false})", "a b"},
      // Before "a" there is nothing that could be broken from it.
      {R"({"type":"SPACE","isPrefix":true})", "ab"},
      {R"({"type":7,"isPrefix":"yes"})", "ab"},
  };
  for (const auto& [property, expected] : table) {
    const auto symbol = R"({"text":"a","property":{"detectedBreak":)" + std::string{property} + "}}";
    BOOST_TEST(text(words(word(symbol + R"(,{"text":"b"})"))) == expected, "break " << property);
  }
  const std::string prefixed = R"({"text":"b","property":{"detectedBreak":{"type":"SPACE","isPrefix":true}}})";
  BOOST_TEST(text(words(word(R"({"text":"a"},)" + prefixed + R"(,{"text":"c"})"))) == "a bc");
  BOOST_TEST(text(words(word(R"({"text":"a"})") + ',' + word(prefixed))) == "a b");
}

BOOST_AUTO_TEST_CASE(a_code_unit_that_is_no_text_costs_only_its_symbol) {
  const std::string replacement = "\xef\xbf\xbd";
  for (const std::string bad : {R"(\ud800)", R"(\udfff)", "\xff", "\xed\xa0\x80"}) {
    const auto found = parsed(words(word(R"({"text":"a"},{"text":")" + bad + R"("},{"text":"b"})")));
    BOOST_REQUIRE(found.read.symbols.size() == 3U);
    BOOST_TEST(found.read.symbols[0].text == "a");
    BOOST_TEST(found.read.symbols[1].text.starts_with(replacement));
    BOOST_TEST(found.read.symbols[2].text == "b");
  }
  BOOST_TEST(text(words(word(R"({"text":"\ud83d\ude00"})"))) == "\xf0\x9f\x98\x80");
  // Elsewhere it costs nothing.
  BOOST_TEST(text(R"({"responses":[{"x":"\ud800"}]})").empty());
  BOOST_TEST(parsed(response(R"({"error":{"code":3,"message":"\udc00 bad"}})")).error->message == replacement + " bad");
}

BOOST_AUTO_TEST_CASE(symbols_without_text_leave_only_their_break) {
  const std::string blank = R"({"text":"","property":{"detectedBreak":{"type":"LINE_BREAK"}}})";
  BOOST_TEST(text(words(word(R"({"text":"a"},)" + blank + R"(,{"text":"b"})"))) == "a\nb");
  BOOST_TEST(text(words(word(R"({"text":"a"},{"text":" "},{"text":"b"},{})"))) == "a b");
}

BOOST_AUTO_TEST_CASE(missing_boxes_are_made_up_from_the_nearest_thing) {
  const std::string boxed = R"("boundingBox":{"vertices":[{"x":1,"y":1},{"x":5,"y":6}]})";
  const bounding_box expected{1, 1, 4, 5};
  // The word's box, whichever comes first.
  auto found = parsed(words("{" + boxed + R"(,"symbols":[{"text":"a"}]},{"symbols":[{"text":"b"}],)" + boxed + "}"));
  BOOST_REQUIRE(found.read.symbols.size() == 2U);
  BOOST_TEST((found.read.symbols[0].box == expected));
  BOOST_TEST((found.read.symbols[1].box == expected));
  // The box of the symbol before it.
  found = parsed(words(word(R"({"text":"a",)" + boxed + R"(},{"text":"b"})") + ',' + word(R"({"text":"c"})")));
  BOOST_REQUIRE(found.read.symbols.size() == 3U);
  BOOST_TEST((found.read.symbols[1].box == expected));
  BOOST_TEST((found.read.symbols[2].box == expected));
  // Nothing at all.
  found = parsed(words(word(R"({"text":"a"})")));
  BOOST_TEST((found.read.symbols.at(0).box == bounding_box{}));
}

BOOST_AUTO_TEST_CASE(pages_blocks_and_paragraphs_follow_each_other) {
  const auto paragraph = [](std::string_view symbol) {
    return R"({"words":[{"symbols":[{"text":")" + std::string{symbol} + R"("}]}]})";
  };
  const auto block = [&](std::string_view a, std::string_view b) {
    return R"({"paragraphs":[)" + paragraph(a) + ',' + paragraph(b) + "]}";
  };
  const auto body = response(R"({"fullTextAnnotation":{"pages":[{"blocks":[)" + block("a", "b") + ',' +
                             block("c", "d") + R"(]},{"blocks":[)" + block("e", "f") + "]}]}}");
  BOOST_TEST(text(body) == "a\nb\nc\nd\ne\nf");
}

BOOST_AUTO_TEST_CASE(a_picture_without_text_is_a_success) {
  for (const auto* body : {R"({"responses":[{}]})", R"({"responses":[{"fullTextAnnotation":{}}]})",
                           R"({"responses":[{"fullTextAnnotation":{"pages":[]}}]})", R"({"responses":[{"error":{}}]})",
                           R"({"responses":[{"fullTextAnnotation":null}],"error":{"code":3}})"}) {
    const auto found = parsed(body);
    BOOST_TEST(found.read.symbols.empty());
    BOOST_TEST(!found.error.has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_pictures_error_is_told) {
  const struct {
    std::string_view error;
    int status;
    std::string_view message;
  } table[] = {
      {R"({"code":3,"message":"Bad image data."})", 400, "Bad image data."},
      {R"({"message":"Image too large.","code":3,"details":[{"code":9}]})", 400, "Image too large."},
      {R"({"code":8})", 429, ""},
      {R"({"code":7})", 403, ""},
      {R"({"code":14,"message":"try\nagain"})", 503, "try again"},
      {R"({"message":"odd"})", 500, "odd"},
      {R"({"code":123456789})", 500, ""},
      {R"({"code":-1})", 500, ""},
  };
  for (const auto& [error, status, message] : table) {
    const auto found = parsed(response(R"({"error":)" + std::string{error} + "}"));
    BOOST_REQUIRE(found.error.has_value());
    BOOST_TEST(found.error->status == status);
    BOOST_TEST(found.error->message == message);
    BOOST_TEST(found.read.symbols.empty());
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_response_is_refused) {
  const std::string bodies[] = {"",
                                "{}",
                                "[]",
                                "null",
                                "7",
                                "\"responses\"",
                                R"({"responses":{}})",
                                R"({"responses":[]})",
                                R"({"responses":[null]})",
                                R"({"responses":[{},{}]})",
                                R"({"responses":[{}]} x)",
                                R"({"responses":[{})",
                                R"({"responses":[{"fullTextAnnotation":)",
                                R"(<html><body>502 Bad Gateway</body></html>)",
                                R"({"error":{"code":500}})",
                                R"([{"responses":[{}]}])",
                                "{\"responses\":[{}]}\xff",
                                R"({"x":{"responses":[{}]}})"};
  for (const auto& body : bodies)
    BOOST_TEST(is_malformed(body), "body " << body);
}

BOOST_AUTO_TEST_CASE(depth_and_amount_are_bounded) {
  BOOST_TEST(is_malformed(std::string(1'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 100'000; ++i)
    objects += R"({"a":)";
  BOOST_TEST(is_malformed(objects));
  std::string symbols = R"({"text":"x"})";
  for (int i = 0; i < 1'000'000; ++i)
    symbols += R"(,{"text":"x"})";
  BOOST_TEST(is_too_much(words(word(symbols))));
}

BOOST_AUTO_TEST_CASE(confidence_stays_between_0_and_1) {
  for (const auto& [given, expected] : {std::pair{"-3", 0.0F}, {"7", 1.0F}, {"0.25", 0.25F}, {"\"1\"", 0.0F}}) {
    const auto found = parsed(words(word(R"({"text":"x","confidence":)" + std::string{given} + "}")));
    BOOST_TEST(found.read.symbols.at(0).confidence == expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()
