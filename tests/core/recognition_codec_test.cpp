#include "core/packed.hpp"
#include "core/recognition_codec.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <limits>
#include <string>

namespace glyphgate {

namespace {

using namespace std::string_literals;

recognition any_recognition() {
  const auto count = *rc::gen::inRange<std::size_t>(0, 20);
  recognition r;
  for (std::size_t i = 0; i < count; ++i) {
    symbol s;
    s.text = *rc::gen::arbitrary<std::string>();
    s.box = {*rc::gen::arbitrary<std::int32_t>(), *rc::gen::arbitrary<std::int32_t>(),
             *rc::gen::arbitrary<std::int32_t>(), *rc::gen::arbitrary<std::int32_t>()};
    s.confidence = static_cast<float>(*rc::gen::inRange(0, 1'000'000)) / 1e6F;
    s.after = static_cast<text_break>(*rc::gen::inRange(0, 4));
    r.symbols.push_back(s);
  }
  r.warning = *rc::gen::element(""s, "the file ends early"s);
  r.engine = *rc::gen::element(""s, "ppocr"s);
  return r;
}

recognition letters(std::size_t count) {
  recognition r;
  for (std::size_t i = 0; i < count; ++i)
    r.symbols.push_back({"a", {static_cast<int>(i) * 10, 0, 9, 12}, 0.5F, text_break::none});
  return r;
}

} // namespace

BOOST_AUTO_TEST_SUITE(recognition_codec_test)

BOOST_AUTO_TEST_CASE(what_is_encoded_is_decoded) {
  BOOST_TEST(rc::check("any recognition", [] {
    const auto r = any_recognition();
    RC_ASSERT(decode_recognition(encode(r)) == r);
  }));
}

BOOST_AUTO_TEST_CASE(extreme_numbers_survive) {
  constexpr auto least = std::numeric_limits<std::int32_t>::min();
  constexpr auto most = std::numeric_limits<std::int32_t>::max();
  recognition r;
  r.symbols.push_back({"字", {least, most, -1, 0}, 1.0F / 3, text_break::hyphen});
  BOOST_TEST((decode_recognition(encode(r)) == r));
}

// Written by a program that knew no warnings: "1", at 2,-1, 3 by 4, confidence 0.5, a line's end.
BOOST_AUTO_TEST_CASE(what_an_older_program_wrote_is_read_and_written_the_same) {
  const auto bytes = "\x01\x01\x01"s + "1" + "\x04\x01\x06\x08"s + "\x00\x00\x00\x3f"s + "\x02"s;
  const recognition r{{{"1", {2, -1, 3, 4}, 0.5F, text_break::line}}};
  BOOST_TEST((decode_recognition(bytes) == r));
  BOOST_TEST(encode(r) == bytes);
}

BOOST_AUTO_TEST_CASE(a_warning_follows_the_symbols) {
  recognition r;
  r.warning = "half of it";
  const auto bytes = encode(r);
  BOOST_TEST(bytes == "\x02\x00\x0a"s + "half of it");
  BOOST_TEST(decode_recognition(bytes).warning == "half of it");
}

BOOST_AUTO_TEST_CASE(the_engine_comes_last) {
  recognition r;
  r.engine = "google";
  const auto bytes = encode(r);
  BOOST_TEST(bytes == "\x03\x00\x00\x06"s + "google");
  BOOST_TEST(decode_recognition(bytes).engine == "google");
}

BOOST_AUTO_TEST_CASE(a_symbol_of_text_takes_few_bytes) {
  BOOST_TEST(encode(letters(100)).size() < 1700U);
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
  BOOST_CHECK_THROW(decode_recognition("\x04\x00\x00"s), damaged_bytes);
  BOOST_CHECK_THROW(decode_recognition("\x02\x00"s), damaged_bytes);
  BOOST_CHECK_THROW(decode_recognition("\x01\x00\x00"s), damaged_bytes);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate
