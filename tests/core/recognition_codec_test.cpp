#include "core/packed.hpp"
#include "core/reading/layout_writer.hpp"
#include "core/recognition_codec.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <cstdint>
#include <string>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::string_literals;

// What is around them, whatever way it is turned, lies within the bounds, too.
std::int32_t any_coordinate() {
  return *rc::gen::inRange(-max_coordinate / 8, max_coordinate / 8 + 1);
}

bounding_quad any_quad() {
  bounding_quad quad;
  for (auto& corner : quad.corners)
    corner = {any_coordinate(), any_coordinate()};
  return quad;
}

std::vector<detected_language> any_languages() {
  return *rc::gen::element(std::vector<detected_language>{}, std::vector<detected_language>{{"en", 0.5F}},
                           std::vector<detected_language>{{"eng", 0}, {"zh-Hans", 0.25F}});
}

unit_facts any_facts() {
  return {any_quad(), static_cast<float>(*rc::gen::inRange(0, 1000)) / 1e3F, any_languages()};
}

recognition any_recognition() {
  const auto count = *rc::gen::inRange<std::size_t>(0, 20);
  const bool turned = *rc::gen::arbitrary<bool>();
  layout_writer writer;
  for (std::size_t i = 0; i < count; ++i) {
    symbol s;
    s.text = *rc::gen::arbitrary<std::string>();
    s.box = {any_coordinate(), any_coordinate(), any_coordinate(), any_coordinate()};
    s.confidence = static_cast<float>(*rc::gen::inRange(0, 1'000'000)) / 1e6F;
    s.after = static_cast<text_break>(*rc::gen::inRange(0, 6));
    if (turned)
      writer.add(s, quad_around({{any_quad()}}));
    else
      writer.add(s);
    switch (*rc::gen::inRange(0, 8)) {
    case 0: writer.end_word(any_facts()); break;
    case 1: writer.end_line(any_facts()); break;
    case 2: writer.end_paragraph(any_facts()); break;
    case 3: writer.end_block(any_facts()); break;
    default: break;
    }
  }
  auto r = writer.take();
  if (*rc::gen::inRange(0, 4) == 0)
    r.layout = {};
  r.warning = *rc::gen::element(""s, "the file ends early"s);
  r.engine = *rc::gen::element(""s, "ppocr"s);
  r.width = *rc::gen::arbitrary<std::uint32_t>();
  r.height = *rc::gen::arbitrary<std::uint32_t>();
  return r;
}

recognition letters(std::size_t count) {
  layout_writer writer;
  for (std::size_t i = 0; i < count; ++i)
    writer.add({"a", {static_cast<int>(i) * 10, 0, 9, 12}, 0.5F, text_break::none});
  return writer.take();
}

} // namespace

BOOST_AUTO_TEST_SUITE(recognition_codec_test)

BOOST_AUTO_TEST_CASE(what_is_encoded_is_decoded) {
  BOOST_TEST(rc::check("any recognition", [] {
    const auto r = any_recognition();
    RC_ASSERT(decode_recognition(encode(r)) == r);
  }));
}

BOOST_AUTO_TEST_CASE(the_largest_coordinates_survive_and_larger_ones_are_refused) {
  recognition r;
  r.symbols.push_back({"字", {-max_coordinate, max_coordinate, -1, 0}, 1.0F / 3, text_break::hyphen});
  BOOST_TEST((decode_recognition(encode(r)) == r));
  r.symbols[0].box.height = max_coordinate + 1;
  BOOST_CHECK_THROW(decode_recognition(encode(r)), damaged_bytes);
}

// Written by programs that knew no warnings, no engines and no layouts: "1", at 2,-1, 3 by 4, confidence 0.5, a line's
// end.
BOOST_AUTO_TEST_CASE(what_older_programs_wrote_is_read) {
  const auto symbol = "1"s + "\x04\x01\x06\x08"s + "\x00\x00\x00\x3f"s + "\x02"s;
  recognition r{{{"1", {2, -1, 3, 4}, 0.5F, text_break::line}}};
  BOOST_TEST((decode_recognition("\x01\x01\x01"s + symbol) == r));
  r.warning = "half of it";
  BOOST_TEST((decode_recognition("\x02\x01\x01"s + symbol + "\x0a" + "half of it") == r));
  r.engine = "google";
  BOOST_TEST((decode_recognition("\x03\x01\x01"s + symbol + "\x0a" + "half of it" + "\x06" + "google") == r));
}

BOOST_AUTO_TEST_CASE(a_break_that_older_programs_did_not_know_is_damage_in_their_bytes) {
  const auto symbol = "1"s + "\x04\x01\x06\x08"s + "\x00\x00\x00\x3f"s;
  BOOST_CHECK_THROW(decode_recognition("\x01\x01\x01"s + symbol + "\x04"), damaged_bytes);
}

BOOST_AUTO_TEST_CASE(a_level_that_does_not_cover_the_one_below_is_refused) {
  layout_writer writer;
  for (const auto* text : {"a", "b", "c"})
    writer.add({text, {0, 0, 9, 12}, 1, text_break::none});
  const auto sound = writer.take();
  BOOST_TEST((decode_recognition(encode(sound)) == sound));
  auto unsound = sound;
  unsound.layout.words[0].end = 2;
  BOOST_CHECK_THROW(decode_recognition(encode(unsound)), damaged_bytes);
  unsound.layout.words[0].end = 4;
  BOOST_CHECK_THROW(decode_recognition(encode(unsound)), damaged_bytes);
  unsound = sound;
  unsound.layout.blocks.clear();
  BOOST_CHECK_THROW(decode_recognition(encode(unsound)), damaged_bytes);
  unsound = sound;
  unsound.layout.lines[0].languages = 1;
  BOOST_CHECK_THROW(decode_recognition(encode(unsound)), damaged_bytes);
  unsound = sound;
  unsound.layout.symbol_quads.resize(2);
  BOOST_CHECK_THROW(decode_recognition(encode(unsound)), damaged_bytes);
}

BOOST_AUTO_TEST_CASE(a_symbol_of_text_takes_few_bytes) {
  // Older programs took 1,341 bytes for them, without words and lines.
  BOOST_TEST(encode(letters(100)).size() < 1100U);
}

BOOST_AUTO_TEST_CASE(damaged_bytes_are_refused_and_never_read_past_their_end) {
  BOOST_TEST(rc::check("any change is decoded or refused", [] {
    auto bytes = encode(any_recognition());
    const auto where = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[where] = *rc::gen::arbitrary<char>();
    try {
      decode_recognition(bytes);
    } catch (const damaged_bytes&) {
    }
    bytes.resize(where);
    RC_ASSERT_THROWS_AS(decode_recognition(bytes), damaged_bytes);
  }));
  BOOST_CHECK_THROW(decode_recognition(""), damaged_bytes);
  BOOST_CHECK_THROW(decode_recognition("\x05\x00\x00"s), damaged_bytes);
  BOOST_CHECK_THROW(decode_recognition("\x02\x00"s), damaged_bytes);
  BOOST_CHECK_THROW(decode_recognition("\x01\x00\x00"s), damaged_bytes);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate
