#include "core/circuit_breaker.hpp"
#include "support/literal_time.hpp"

#include <boost/test/unit_test.hpp>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

circuit_breaker_config three_failures() {
  return {.threshold = 3, .open_time = 300s, .probes = 1, .lease = 60s};
}

call_report report_of(call_health health, std::optional<duration> pause = std::nullopt) {
  return {health, {}, pause};
}

call_permit acquired(circuit_breaker_state& breaker, timestamp now) {
  const auto answer = breaker.acquire(now);
  BOOST_REQUIRE(answer.granted);
  return answer.permit;
}

void fail(circuit_breaker_state& breaker, timestamp now) {
  breaker.report(now, acquired(breaker, now), report_of(call_health::failure));
}

/// Open since 0 s.
circuit_breaker_state open_breaker() {
  circuit_breaker_state breaker{three_failures()};
  for (int i = 0; i < 3; ++i)
    fail(breaker, at(0s));
  BOOST_REQUIRE((breaker.status(at(0s)).mode == breaker_mode::open));
  return breaker;
}

BOOST_AUTO_TEST_SUITE(engine_pause)

BOOST_AUTO_TEST_CASE(a_pause_holds_every_call_back_until_it_is_over) {
  circuit_breaker_state breaker{three_failures()};
  breaker.report(at(1s), acquired(breaker, at(0s)), report_of(call_health::failure, 60s));
  const auto refused = breaker.acquire(at(2s));
  BOOST_TEST(!refused.granted);
  BOOST_TEST((refused.retry_after == 59s));
  BOOST_TEST((breaker.status(at(2s)).mode == breaker_mode::closed));
  BOOST_TEST(!breaker.acquire(at(61s - 1us)).granted);
  BOOST_TEST(breaker.acquire(at(61s)).granted);
}

BOOST_AUTO_TEST_CASE(a_pause_that_an_earlier_process_was_asked_for_holds) {
  circuit_breaker_state again{{}, at(60s)};
  BOOST_TEST(!again.acquire(at(59s)).granted);
  BOOST_TEST((again.acquire(at(59s)).retry_after == 1s));
  BOOST_TEST(again.acquire(at(60s)).granted);
}

BOOST_AUTO_TEST_CASE(a_pause_holds_whatever_became_of_its_call) {
  for (const auto health : {call_health::success, call_health::failure, call_health::unused}) {
    circuit_breaker_state breaker{three_failures()};
    breaker.report(at(0s), acquired(breaker, at(0s)), report_of(health, 60s));
    BOOST_TEST((breaker.acquire(at(0s)).retry_after == 60s));
  }
}

BOOST_AUTO_TEST_CASE(a_pause_holds_even_where_the_report_counts_no_more) {
  circuit_breaker_state breaker{three_failures()};
  const auto reported = acquired(breaker, at(0s));
  breaker.report(at(1s), reported, report_of(call_health::success));
  breaker.report(at(2s), reported, report_of(call_health::failure, 60s));
  BOOST_TEST(breaker.status(at(2s)).failures == 0u);
  BOOST_TEST((breaker.acquire(at(2s)).retry_after == 60s));
}

BOOST_AUTO_TEST_CASE(a_pause_is_told) {
  circuit_breaker_state breaker{three_failures()};
  BOOST_TEST(!breaker.status(at(0s)).retry_after.has_value());
  breaker.report(at(0s), acquired(breaker, at(0s)), report_of(call_health::failure, 60s));
  BOOST_TEST((breaker.status(at(20s)).mode == breaker_mode::closed));
  BOOST_TEST((breaker.status(at(20s)).retry_after == 40s));
  BOOST_TEST(!breaker.status(at(60s)).retry_after.has_value());
}

BOOST_AUTO_TEST_CASE(a_shorter_pause_does_not_end_a_longer_one) {
  circuit_breaker_state breaker{three_failures()};
  const auto first = acquired(breaker, at(0s));
  const auto second = acquired(breaker, at(0s));
  breaker.report(at(0s), first, report_of(call_health::success, 60s));
  breaker.report(at(1s), second, report_of(call_health::success, 10s));
  BOOST_TEST((breaker.acquire(at(1s)).retry_after == 59s));
}

BOOST_AUTO_TEST_CASE(open_lasts_at_least_as_long_as_the_pause) {
  circuit_breaker_state breaker{three_failures()};
  fail(breaker, at(0s));
  fail(breaker, at(0s));
  breaker.report(at(0s), acquired(breaker, at(0s)), report_of(call_health::failure, 600s));
  BOOST_TEST((breaker.status(at(0s)).mode == breaker_mode::open));
  BOOST_TEST((breaker.status(at(0s)).retry_after == 600s));
  BOOST_TEST((breaker.status(at(600s - 1us)).mode == breaker_mode::open));
  BOOST_TEST((breaker.status(at(600s)).mode == breaker_mode::half_open));
  BOOST_TEST(breaker.acquire(at(600s)).granted);
}

BOOST_AUTO_TEST_CASE(open_is_not_shortened_by_a_pause) {
  circuit_breaker_state breaker{three_failures()};
  fail(breaker, at(0s));
  fail(breaker, at(0s));
  breaker.report(at(0s), acquired(breaker, at(0s)), report_of(call_health::failure, 10s));
  BOOST_TEST((breaker.status(at(10s)).retry_after == 290s));
}

BOOST_AUTO_TEST_CASE(a_pause_that_comes_while_it_is_open_lengthens_it) {
  circuit_breaker_state breaker{three_failures()};
  const auto old = acquired(breaker, at(0s));
  for (int i = 0; i < 3; ++i) {
    const auto p = acquired(breaker, at(0s));
    breaker.report(at(0s), p, report_of(call_health::failure));
    if (i == 1)
      // One slot is left, and `old` has it.
      break;
  }
  breaker.report(at(1s), old, report_of(call_health::failure));
  BOOST_REQUIRE((breaker.status(at(1s)).mode == breaker_mode::open));
  breaker.report(at(200s), old, report_of(call_health::failure, 600s));
  BOOST_TEST((breaker.status(at(200s)).retry_after == 600s));
  BOOST_TEST((breaker.status(at(301s)).mode == breaker_mode::open));
  BOOST_TEST((breaker.status(at(800s)).mode == breaker_mode::half_open));
}

BOOST_AUTO_TEST_CASE(half_open_waits_for_the_pause_too) {
  auto breaker = open_breaker();
  breaker.report(at(301s), acquired(breaker, at(300s)), report_of(call_health::unused, 60s));
  BOOST_TEST((breaker.status(at(310s)).mode == breaker_mode::half_open));
  const auto refused = breaker.acquire(at(310s));
  BOOST_TEST(!refused.granted);
  BOOST_TEST((refused.retry_after == 51s));
  BOOST_TEST(breaker.acquire(at(361s)).granted);
}

BOOST_AUTO_TEST_CASE(a_lease_that_ended_counts_one_second_after_it_was_seen) {
  auto breaker = open_breaker();
  acquired(breaker, at(300s));
  BOOST_TEST((breaker.status(at(360s)).mode == breaker_mode::half_open));
  BOOST_TEST(!breaker.acquire(at(360s)).granted);
  BOOST_TEST((breaker.acquire(at(360s)).retry_after == 1s));
  BOOST_TEST((breaker.status(at(361s - 1us)).mode == breaker_mode::half_open));
  const auto open = breaker.status(at(361s));
  BOOST_TEST((open.mode == breaker_mode::open));
  BOOST_TEST((open.retry_after == 300s));
  BOOST_TEST(open.failures == 4u);
}

BOOST_AUTO_TEST_CASE(a_report_that_waited_while_the_process_was_stopped_still_counts) {
  auto breaker = open_breaker();
  const auto probe = acquired(breaker, at(300s));
  // Nobody looked from 300 s to 500 s.
  BOOST_TEST((breaker.status(at(500s)).mode == breaker_mode::half_open));
  breaker.report(at(500s), probe, report_of(call_health::success));
  BOOST_TEST((breaker.status(at(500s)).mode == breaker_mode::closed));
}

BOOST_AUTO_TEST_CASE(the_report_may_be_the_first_to_look) {
  auto breaker = open_breaker();
  const auto probe = acquired(breaker, at(300s));
  breaker.report(at(500s), probe, report_of(call_health::success));
  BOOST_TEST((breaker.status(at(500s)).mode == breaker_mode::closed));
}

BOOST_AUTO_TEST_CASE(after_that_second_the_report_is_late) {
  auto breaker = open_breaker();
  const auto probe = acquired(breaker, at(300s));
  BOOST_TEST((breaker.status(at(500s)).mode == breaker_mode::half_open));
  BOOST_TEST((breaker.status(at(501s)).mode == breaker_mode::open));
  breaker.report(at(501s), probe, report_of(call_health::success));
  BOOST_TEST((breaker.status(at(501s)).mode == breaker_mode::open));
}

BOOST_AUTO_TEST_CASE(while_closed_a_lease_that_ended_frees_its_place_and_is_no_failure) {
  circuit_breaker_state breaker{three_failures()};
  fail(breaker, at(0s));
  acquired(breaker, at(0s));
  acquired(breaker, at(0s));
  BOOST_TEST(!breaker.acquire(at(60s)).granted);
  BOOST_TEST(breaker.acquire(at(61s)).granted);
  BOOST_TEST(breaker.status(at(61s)).failures == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
