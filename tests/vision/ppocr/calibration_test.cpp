#include "vision/ppocr/calibration.hpp"

#include <boost/test/unit_test.hpp>

using glyphgate::vision::calibrated;

BOOST_AUTO_TEST_SUITE(calibration)

BOOST_AUTO_TEST_CASE(it_ascends_within_0_to_1) {
  float before = 0;
  for (int i = 0; i <= 1000; ++i) {
    const float now = calibrated(static_cast<float>(i) / 1000);
    BOOST_TEST(now >= before);
    BOOST_TEST(now <= 1);
    before = now;
  }
}

BOOST_AUTO_TEST_SUITE_END()
