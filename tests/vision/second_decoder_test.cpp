#include "pictures.hpp"
#include "second_decoder.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace glyphgate::vision::test;

BOOST_AUTO_TEST_SUITE(second_decoder)

BOOST_AUTO_TEST_CASE(it_reads_grey_and_colour) {
  const auto grey = gradient(61, 37, 1), rgb = gradient(61, 37, 3);
  for (const auto& options : {jpeg_options{}, jpeg_options{.progressive = true}}) {
    BOOST_TEST(largest_difference(second_decode(jpeg_of(grey, options)), grey) <= 8);
    BOOST_TEST(largest_difference(second_decode(jpeg_of(rgb, options)), rgb) <= 8);
  }
}

BOOST_AUTO_TEST_CASE(it_says_what_it_cannot_read) {
  BOOST_CHECK_THROW(second_decode("no picture"), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
