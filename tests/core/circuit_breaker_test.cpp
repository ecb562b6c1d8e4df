#include "core/circuit_breaker.hpp"
#include "support/literal_time.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <random>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

circuit_breaker_config three_failures() {
  return {.threshold = 3, .open_time = 300s, .probes = 1, .lease = 60s};
}

void fail(circuit_breaker_state& breaker, timestamp now) {
  const auto answer = breaker.acquire(now);
  BOOST_REQUIRE(answer.granted);
  breaker.report(now, answer.permit, {call_health::failure});
}

void succeed(circuit_breaker_state& breaker, timestamp now) {
  const auto answer = breaker.acquire(now);
  BOOST_REQUIRE(answer.granted);
  breaker.report(now, answer.permit, {call_health::success});
}

BOOST_AUTO_TEST_SUITE(circuit_breaker)

BOOST_AUTO_TEST_CASE(opens_at_consecutive_failures_only) {
  circuit_breaker_state breaker{three_failures()};
  fail(breaker, at(0s));
  fail(breaker, at(1s));
  succeed(breaker, at(2s));
  fail(breaker, at(3s));
  fail(breaker, at(4s));
  BOOST_TEST((breaker.status(at(4s)).mode == breaker_mode::closed));
  BOOST_TEST(breaker.status(at(4s)).failures == 2u);
  fail(breaker, at(5s));
  const auto open = breaker.status(at(6s));
  BOOST_TEST((open.mode == breaker_mode::open));
  BOOST_TEST((open.retry_after == 299s));
  BOOST_TEST((open.last_failure == at(5s)));
  BOOST_TEST((breaker.acquire(at(6s)).retry_after == 299s));
}

BOOST_AUTO_TEST_CASE(half_open_admits_its_probes_and_closes_when_they_succeed) {
  auto config = three_failures();
  config.probes = 2;
  circuit_breaker_state breaker{config};
  for (int i = 0; i < 3; ++i)
    fail(breaker, at(0s));
  BOOST_TEST(!breaker.acquire(at(299s)).granted);
  const auto first = breaker.acquire(at(300s));
  const auto second = breaker.acquire(at(300s));
  BOOST_TEST(first.granted);
  BOOST_TEST(second.granted);
  const auto third = breaker.acquire(at(301s));
  BOOST_TEST(!third.granted);
  BOOST_TEST((third.retry_after == 59s));
  breaker.report(at(302s), first.permit, {call_health::success});
  BOOST_TEST((breaker.status(at(302s)).mode == breaker_mode::half_open));
  BOOST_TEST(!breaker.acquire(at(302s)).granted);
  breaker.report(at(303s), second.permit, {call_health::success});
  BOOST_TEST((breaker.status(at(303s)).mode == breaker_mode::closed));
  BOOST_TEST(breaker.status(at(303s)).failures == 0u);
}

BOOST_AUTO_TEST_CASE(a_failed_probe_opens_it_again_for_the_whole_time) {
  circuit_breaker_state breaker{three_failures()};
  for (int i = 0; i < 3; ++i)
    fail(breaker, at(0s));
  fail(breaker, at(400s));
  const auto open = breaker.status(at(400s));
  BOOST_TEST((open.mode == breaker_mode::open));
  BOOST_TEST((open.retry_after == 300s));
}

BOOST_AUTO_TEST_CASE(a_probe_that_hangs_is_given_up_after_its_lease) {
  circuit_breaker_state breaker{three_failures()};
  for (int i = 0; i < 3; ++i)
    fail(breaker, at(0s));
  const auto hung = breaker.acquire(at(300s));
  BOOST_TEST(hung.granted);
  // Its report may still lie unread: it counts a second after the lease's end was seen.
  BOOST_TEST((breaker.status(at(360s)).mode == breaker_mode::half_open));
  BOOST_TEST((breaker.status(at(361s)).mode == breaker_mode::open));
  breaker.report(at(362s), hung.permit, {call_health::success});
  BOOST_TEST((breaker.status(at(362s)).mode == breaker_mode::open));
  BOOST_TEST(!breaker.acquire(at(660s)).granted);
  BOOST_TEST(breaker.acquire(at(661s)).granted);
}

BOOST_AUTO_TEST_CASE(news_of_an_older_generation_change_nothing) {
  circuit_breaker_state breaker{three_failures()};
  const auto old = breaker.acquire(at(0s));
  std::vector<call_permit> others;
  for (int i = 0; i < 3; ++i)
    others.push_back(breaker.acquire(at(0s)).permit);
  for (const auto& other : others)
    breaker.report(at(2s), other, {call_health::failure});
  BOOST_TEST((breaker.status(at(2s)).mode == breaker_mode::open));
  breaker.report(at(3s), old.permit, {call_health::failure});
  BOOST_TEST(breaker.status(at(3s)).failures == 3u);
  const auto probe = breaker.acquire(at(302s));
  BOOST_TEST(probe.granted);
  breaker.report(at(303s), old.permit, {call_health::success});
  BOOST_TEST((breaker.status(at(303s)).mode == breaker_mode::half_open));
  breaker.report(at(304s), probe.permit, {call_health::success});
  breaker.report(at(305s), old.permit, {call_health::failure});
  BOOST_TEST(breaker.status(at(305s)).failures == 0u);
}

BOOST_AUTO_TEST_CASE(an_unused_permit_frees_its_place) {
  circuit_breaker_state breaker{three_failures()};
  for (int i = 0; i < 3; ++i)
    fail(breaker, at(0s));
  const auto unused = breaker.acquire(at(300s));
  breaker.report(at(301s), unused.permit, {call_health::unused});
  BOOST_TEST((breaker.status(at(301s)).mode == breaker_mode::half_open));
  BOOST_TEST(breaker.acquire(at(301s)).granted);
}

BOOST_AUTO_TEST_CASE(an_outage_costs_no_more_calls_than_the_threshold_once_it_shows) {
  circuit_breaker_state breaker{three_failures()};
  fail(breaker, at(0s));
  BOOST_TEST(breaker.acquire(at(0s)).granted);
  BOOST_TEST(breaker.acquire(at(0s)).granted);
  BOOST_TEST(!breaker.acquire(at(0s)).granted);
}

BOOST_AUTO_TEST_CASE(half_open_admits_exactly_its_probes_whatever_happens) {
  const bool holds = rc::check("a million steps in all against what must always hold", [] {
    const auto probes = *rc::gen::inRange<std::uint32_t>(1, 4);
    const auto threshold = *rc::gen::inRange<std::uint32_t>(1, 5);
    circuit_breaker_state breaker{{.threshold = threshold, .open_time = 30s, .probes = probes, .lease = 20s}};
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    std::minstd_rand random{seed};
    auto now = at(0s);
    struct held {
      call_permit p;
      timestamp until;
    };
    std::vector<held> permits;
    timestamp opened{};
    auto last_mode = breaker_mode::closed;
    for (int i = 0; i < 10'000; ++i) {
      now += std::chrono::seconds{random() % 4};
      const auto before = breaker.status(now);
      if (random() % 2 == 0) {
        const auto answer = breaker.acquire(now);
        if (answer.granted) {
          RC_ASSERT(before.mode != breaker_mode::open);
          permits.push_back({answer.permit, now + 20s});
          if (before.mode == breaker_mode::half_open)
            RC_ASSERT(std::ranges::count_if(permits, [&](const held& h) {
                        return h.p.generation == answer.permit.generation && h.until > now;
                      }) <= probes);
        } else {
          RC_ASSERT(answer.retry_after > duration::zero());
        }
      } else if (!permits.empty()) {
        const auto which = random() % permits.size();
        breaker.report(now, permits[which].p, {static_cast<call_health>(random() % 3)});
        permits.erase(permits.begin() + static_cast<std::ptrdiff_t>(which));
      }
      const auto after = breaker.status(now);
      // Only an open time that is over leads out of open.
      if (last_mode == breaker_mode::open && after.mode != breaker_mode::open)
        RC_ASSERT(now >= opened + 30s);
      if (after.mode == breaker_mode::open && last_mode != breaker_mode::open)
        opened = now;
      if (after.mode == breaker_mode::closed)
        RC_ASSERT(after.failures < threshold);
      last_mode = after.mode;
    }
  });
  BOOST_TEST(holds);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
