#include "vision/ppocr/calibration.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using glyphgate::vision::calibrated;

BOOST_AUTO_TEST_SUITE(calibration)

BOOST_AUTO_TEST_CASE(it_rises_within_0_to_1) {
  float before = calibrated(0);
  BOOST_TEST(before >= 0);
  for (int i = 1; i <= 10000; ++i) {
    const float now = calibrated(static_cast<float>(i) / 10000);
    BOOST_TEST_REQUIRE(now > before);
    before = now;
  }
  BOOST_TEST(before <= 1);
}

BOOST_AUTO_TEST_CASE(what_lies_outside_counts_as_the_nearer_end) {
  BOOST_TEST(calibrated(-1) == calibrated(0));
  BOOST_TEST(calibrated(2) == calibrated(1));
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_not_trusted) {
  BOOST_TEST(calibrated(std::numeric_limits<float>::quiet_NaN()) == calibrated(0));
}

BOOST_AUTO_TEST_SUITE_END()
