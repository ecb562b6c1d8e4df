#include "core/recognition_codec.hpp"
#include "store/sqlite/codec.hpp"
#include "store/store.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <limits>

namespace glyphgate::store {

BOOST_AUTO_TEST_SUITE(codec_test)

BOOST_AUTO_TEST_CASE(what_is_encoded_is_decoded) {
  BOOST_TEST(
      rc::check("strings", [](const std::vector<std::string>& v) { RC_ASSERT(decode_strings(encode(v)) == v); }));
}

BOOST_AUTO_TEST_CASE(the_pictures_of_an_older_programs_call_are_read) {
  const std::string bytes{"\x01\x04\x00\x7f\x80\x01\xff\xff\xff\xff\x0f", 11};
  const picture_indices indices{0, 127, 128, std::numeric_limits<std::uint32_t>::max()};
  BOOST_TEST(decode_picture_indices(bytes) == indices, boost::test_tools::per_element());
  BOOST_CHECK_THROW(decode_picture_indices(bytes.substr(0, 10)), store_error);
  BOOST_CHECK_THROW(decode_picture_indices(bytes + "x"), store_error);
}

BOOST_AUTO_TEST_CASE(damaged_bytes_are_an_error_of_the_store) {
  const auto bytes = encode(*make_recognition("a"));
  BOOST_TEST((decode_recognition(bytes) == *make_recognition("a")));
  BOOST_CHECK_THROW(decode_recognition(bytes.substr(1)), store_error);
  BOOST_CHECK_THROW(decode_strings(std::string{"\x02\x00", 2}), store_error);
  BOOST_CHECK_THROW(decode_strings(std::string{"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"}), store_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
