#include "core/picture_bytes.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

namespace glyphgate {

namespace {

BOOST_AUTO_TEST_SUITE(picture_bytes_that_move)

BOOST_AUTO_TEST_CASE(what_is_held_stays_readable_when_the_bytes_move) {
  const auto bytes = make_picture_bytes("a picture");
  const auto held = bytes->hold();
  const auto file = std::make_shared<const std::string>("a picture");
  bytes->move_to({*file, file});
  BOOST_TEST(held.view == "a picture");
  BOOST_TEST(bytes->hold().view == "a picture");
  BOOST_TEST(bytes->hold().owner == file);
}

BOOST_AUTO_TEST_CASE(memory_that_nobody_holds_is_free_after_a_move) {
  auto body = std::make_shared<const std::string>("one two");
  const std::weak_ptr<const std::string> watched = body;
  const std::string_view view = *body;
  const auto one = std::make_shared<picture_bytes>(held_bytes{view.substr(0, 3), body});
  const auto two = std::make_shared<picture_bytes>(held_bytes{view.substr(4), body});
  body.reset();
  one->let_go();
  BOOST_TEST(!watched.expired());
  BOOST_TEST(two->hold().view == "two");
  two->let_go();
  BOOST_TEST(watched.expired());
  BOOST_TEST(two->hold().view.empty());
  BOOST_TEST(two->size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
