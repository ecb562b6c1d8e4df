#include "vision/ppocr/detector.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>

using namespace glyphgate::vision;

namespace glyphgate::vision {

std::ostream& operator<<(std::ostream& to, const detection_plan& plan) {
  return to << plan.width << " × " << plan.height << " in " << plan.tile_width << " × " << plan.tile_height;
}

} // namespace glyphgate::vision

BOOST_AUTO_TEST_SUITE(plans)

BOOST_AUTO_TEST_CASE(usual_pictures_are_one_tile) {
  BOOST_TEST(plan_detection(666, 64, 960) == (detection_plan{672, 64, 672, 64}));
  BOOST_TEST(plan_detection(960, 960, 960) == (detection_plan{960, 960, 960, 960}));
  BOOST_TEST(plan_detection(4000, 3000, 960) == (detection_plan{960, 704 + 32, 960, 704 + 32}));
  BOOST_TEST(plan_detection(2000, 1000, 736) == (detection_plan{736, 352 + 32, 736, 352 + 32}));
  BOOST_TEST(plan_detection(1, 1, 960) == (detection_plan{32, 32, 32, 32}));
}

BOOST_AUTO_TEST_CASE(long_pictures_are_tiles_that_keep_their_letters) {
  BOOST_TEST(plan_detection(666, 6600, 960) == (detection_plan{320, 3168, 320, 960}));
  BOOST_TEST(plan_detection(65'500, 64, 960) == (detection_plan{65'504, 64, 960, 64}));
}

BOOST_AUTO_TEST_CASE(a_limit_is_a_multiple_of_32_from_256) {
  BOOST_TEST(plan_detection(5000, 5000, 799) == (detection_plan{768, 768, 768, 768}));
  BOOST_TEST(plan_detection(5000, 5000, 0) == (detection_plan{256, 256, 256, 256}));
}

BOOST_AUTO_TEST_CASE(the_work_is_bounded) {
  BOOST_TEST(rc::check([] {
    const auto side = [] { return std::min(65'500U, 1U << *rc::gen::inRange(0, 17)) - *rc::gen::inRange(0U, 1U); };
    const auto width = side(), height = side();
    const auto plan = plan_detection(width, height, 960);
    RC_ASSERT(plan.tile_width <= 960U && plan.tile_height <= 960U);
    for (const auto size : {plan.width, plan.height, plan.tile_width, plan.tile_height})
      RC_ASSERT(size >= 32U && size % 32 == 0);
    RC_ASSERT(std::uint64_t{plan.width} * plan.height <= 65'504ULL * 320);
    // Sides keep their ratio, but for the rounding, and nothing grows beyond it.
    RC_ASSERT(plan.width <= width + 31 && plan.height <= height + 31);
  }));
}

BOOST_AUTO_TEST_SUITE_END()
