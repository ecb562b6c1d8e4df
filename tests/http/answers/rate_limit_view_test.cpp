#include "../fake_gateway.hpp"
#include "http/answers/rate_limit_view.hpp"
#include "support/literal_time.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace std::chrono_literals;

namespace {

rate_limit_view::ask_fn ask(const std::shared_ptr<test::fake_gateway>& gate) {
  return [gate](reply<limiter_usage> done) { gate->usage({}, std::move(done)); };
}

} // namespace

BOOST_AUTO_TEST_SUITE(rate_limit_headers)

BOOST_AUTO_TEST_CASE(the_tightest_window_is_the_one_with_the_least_left) {
  limiter_usage u = test::sample_usage();
  BOOST_TEST(rate_limit_lines(u) ==
             "RateLimit-Policy: \"minute\";q=10;w=60, \"hour\";q=100;w=3600, \"day\";q=1000;w=86400\r\n"
             "RateLimit: \"minute\";r=9;t=59\r\n");
  u.day.current = 998;
  u.day.until_room = 1500ms;
  BOOST_TEST(rate_limit_lines(u).ends_with("RateLimit: \"day\";r=2;t=2\r\n"));
  u.day.until_room = 24h + 1us;
  BOOST_TEST(rate_limit_lines(u).ends_with("RateLimit: \"day\";r=2;t=86400\r\n"));
  u.hour.current = 101;
  BOOST_TEST(rate_limit_lines(u).ends_with("RateLimit: \"hour\";r=0;t=3599\r\n"));
}

BOOST_AUTO_TEST_CASE(the_limiter_is_asked_at_most_once_a_second) {
  const auto gate = std::make_shared<test::fake_gateway>();
  timestamp now = at(0s);
  const auto view = std::make_shared<rate_limit_view>(ask(gate), rate_limiter_config{}, [&] { return now; });
  BOOST_TEST((view->lines(now) == nullptr));
  rate_limit_view::lines_ptr got;
  view->refresh([&](const auto& lines) { got = lines; });
  BOOST_TEST(got->find("r=9;t=59") != std::string::npos);
  now = at(999ms);
  BOOST_TEST((view->lines(now) == got));
  now = at(1s);
  BOOST_TEST((view->lines(now) == nullptr));
  BOOST_TEST(gate->usages == 1);
}

BOOST_AUTO_TEST_CASE(while_the_limiter_is_asked_the_others_get_what_is_known) {
  const auto gate = std::make_shared<test::fake_gateway>();
  reply<limiter_usage> pending;
  gate->on_usage = [&](const auto& done) { pending = done; };
  const auto view = std::make_shared<rate_limit_view>(ask(gate), rate_limiter_config{}, [] { return at(0s); });
  BOOST_TEST((view->lines(at(0s)) == nullptr));
  rate_limit_view::lines_ptr got;
  view->refresh([&](const auto& lines) { got = lines; });
  BOOST_TEST_REQUIRE((view->lines(at(0s)) != nullptr));
  BOOST_TEST(view->lines(at(0s))->find("\"minute\";r=10;t=0") != std::string::npos);
  BOOST_TEST((got == nullptr));

  pending(ec::no_answer);
  BOOST_TEST_REQUIRE((got != nullptr));
  BOOST_TEST(got->find("\"minute\";r=10;t=0") != std::string::npos);
  BOOST_TEST((view->lines(at(0s)) == nullptr)); // nothing is known yet: the next answer asks again
}

BOOST_AUTO_TEST_SUITE_END()
