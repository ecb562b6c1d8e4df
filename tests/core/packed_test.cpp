#include "core/packed.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <limits>
#include <string>

namespace glyphgate {

using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(packed_test)

BOOST_AUTO_TEST_CASE(what_is_put_in_comes_out) {
  BOOST_TEST(rc::check("any values", [](std::uint8_t byte, std::uint64_t number, std::int32_t signed_number,
                                        const std::string& text, float real) {
    packed_writer w;
    w.byte(byte);
    w.number(number);
    w.signed_number(signed_number);
    w.text(text);
    w.real(real);
    const auto bytes = w.take();
    packed_reader r{bytes};
    RC_ASSERT(r.byte() == byte);
    RC_ASSERT(r.number() == number);
    RC_ASSERT(r.signed_number() == signed_number);
    RC_ASSERT(r.text() == text);
    RC_ASSERT(r.real() == real);
    r.finish();
  }));
}

BOOST_AUTO_TEST_CASE(extreme_numbers_survive) {
  for (const auto n : {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max(), -1, 0}) {
    packed_writer w;
    w.signed_number(n);
    const auto bytes = w.take();
    BOOST_TEST(packed_reader{bytes}.signed_number() == n);
  }
  packed_writer w;
  w.number(std::numeric_limits<std::uint64_t>::max());
  const auto bytes = w.take();
  BOOST_TEST(packed_reader{bytes}.number() == std::numeric_limits<std::uint64_t>::max());
  BOOST_CHECK_THROW(packed_reader{bytes}.number32(), damaged_bytes);
}

BOOST_AUTO_TEST_CASE(small_numbers_take_a_byte) {
  packed_writer w;
  w.number(127);
  w.signed_number(-64);
  BOOST_TEST(w.take() == "\x7f\x7f"s);
}

BOOST_AUTO_TEST_CASE(nothing_is_read_or_allocated_beyond_the_end) {
  BOOST_CHECK_THROW(packed_reader{""}.byte(), damaged_bytes);
  BOOST_CHECK_THROW(packed_reader{"\x80"}.number(), damaged_bytes);
  BOOST_CHECK_THROW(packed_reader{std::string(10, '\xff')}.number(), damaged_bytes);
  BOOST_CHECK_THROW(packed_reader{"abc"}.real(), damaged_bytes);
  BOOST_CHECK_THROW(packed_reader{"\x03"s + "ab"}.text(), damaged_bytes);
  BOOST_CHECK_THROW(packed_reader{"\xff\xff\xff\xff\x0f"}.text(), damaged_bytes);
  BOOST_CHECK_THROW(packed_reader{"\x02"s + "12345"}.count(3), damaged_bytes);
  BOOST_TEST(packed_reader{"\x02"s + "123456"}.count(3) == 2U);
  BOOST_CHECK_THROW(packed_reader{"x"}.finish(), damaged_bytes);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate
