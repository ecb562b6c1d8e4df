#include "store/sqlite/codec.hpp"
#include "store/store.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <cmath>
#include <limits>

namespace glyphgate::store {

namespace {

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
  return r;
}

} // namespace

BOOST_AUTO_TEST_SUITE(codec_test)

BOOST_AUTO_TEST_CASE(what_is_encoded_is_decoded) {
  BOOST_TEST(rc::check("recognitions", [] {
    const auto r = any_recognition();
    RC_ASSERT(decode_recognition(encode(r)) == r);
  }));
  BOOST_TEST(
      rc::check("strings", [](const std::vector<std::string>& v) { RC_ASSERT(decode_strings(encode(v)) == v); }));
}

BOOST_AUTO_TEST_CASE(extreme_numbers_survive) {
  constexpr auto least = std::numeric_limits<std::int32_t>::min();
  constexpr auto most = std::numeric_limits<std::int32_t>::max();
  recognition r;
  r.symbols.push_back({"字", {least, most, -1, 0}, 1.0F / 3, text_break::hyphen});
  BOOST_TEST((decode_recognition(encode(r)) == r));
}

BOOST_AUTO_TEST_CASE(the_pictures_of_an_older_programs_call_are_read) {
  const std::string bytes{"\x01\x04\x00\x7f\x80\x01\xff\xff\xff\xff\x0f", 11};
  const picture_indices indices{0, 127, 128, std::numeric_limits<std::uint32_t>::max()};
  BOOST_TEST(decode_picture_indices(bytes) == indices, boost::test_tools::per_element());
  BOOST_CHECK_THROW(decode_picture_indices(bytes.substr(0, 10)), store_error);
  BOOST_CHECK_THROW(decode_picture_indices(bytes + "x"), store_error);
}

BOOST_AUTO_TEST_CASE(a_symbol_of_text_takes_few_bytes) {
  BOOST_TEST(encode(*make_recognition(std::string(100, 'a'))).size() < 1700U);
}

BOOST_AUTO_TEST_CASE(damaged_bytes_are_refused_and_never_read_past_their_end) {
  BOOST_TEST(rc::check("any change is decoded or refused", [] {
    auto bytes = encode(any_recognition());
    const auto where = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[where] = *rc::gen::arbitrary<char>();
    try {
      decode_recognition(bytes);
    } catch (const store_error&) {
    }
    bytes.resize(where);
    RC_ASSERT_THROWS_AS(decode_recognition(bytes), store_error);
  }));
  BOOST_CHECK_THROW(decode_recognition(""), store_error);
  BOOST_CHECK_THROW(decode_recognition(std::string{"\x02\x00", 2}), store_error);
  BOOST_CHECK_THROW(decode_recognition(std::string{"\x01\x00\x00", 3}), store_error);
  BOOST_CHECK_THROW(decode_strings(std::string{"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"}), store_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
