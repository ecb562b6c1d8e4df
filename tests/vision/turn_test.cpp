#include "pictures.hpp"
#include "vision/decode/turn.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;

BOOST_AUTO_TEST_SUITE(turning)

BOOST_AUTO_TEST_CASE(each_way_makes_the_upright_picture) {
  BOOST_TEST(rc::check("turned", [] {
    const auto orientation = *rc::gen::inRange(1, 9);
    const auto channels = *rc::gen::element(1U, 3U);
    const auto wanted = noise(*rc::gen::inRange(1U, 200U), *rc::gen::inRange(1U, 200U), channels);
    const auto stored = stored_for(wanted, orientation);
    const auto number = static_cast<std::uint8_t>(orientation);

    RC_ASSERT(largest_difference(upright(stored, number), wanted) == 0);

    upright_builder builder{stored.width, stored.height, channels, number};
    const upright_view view{stored, number};
    auto viewed = make_raster(wanted.width, wanted.height, channels);
    for (std::uint32_t y = 0; y < stored.height; ++y) {
      std::copy_n(stored.pixels.data() + y * stored.row_bytes(), stored.row_bytes(), builder.next_row());
      builder.push_row();
    }
    RC_ASSERT(largest_difference(builder.finish(), wanted) == 0);

    for (std::uint32_t y = 0; y < wanted.height; ++y)
      view.copy_row(y, viewed.pixels.data() + y * viewed.row_bytes());
    RC_ASSERT(largest_difference(viewed, wanted) == 0);
  }));
}

BOOST_AUTO_TEST_SUITE_END()
