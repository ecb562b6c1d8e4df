#include "core/retry_delay.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

bool is(duration actual, duration expected) {
  return actual == expected;
}

BOOST_AUTO_TEST_SUITE(retry_delays)

BOOST_AUTO_TEST_CASE(they_double_from_a_second_to_a_minute) {
  const std::vector<duration> expected{1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s};
  for (attempt_token attempt = 1; attempt <= expected.size(); ++attempt)
    BOOST_TEST(is(retry_delay(attempt, std::nullopt, 0), expected[attempt - 1]), attempt);
  BOOST_TEST(is(retry_delay(4'000'000'000, std::nullopt, 0), 60s));
}

BOOST_AUTO_TEST_CASE(they_are_never_shorter_than_told) {
  BOOST_TEST(is(retry_delay(1, 30s, 0), 30s));
  BOOST_TEST(is(retry_delay(7, 30s, 0), 60s));
  BOOST_TEST(is(retry_delay(1, 1h, 0), 1h));
}

BOOST_AUTO_TEST_CASE(jitter_adds_up_to_half) {
  BOOST_TEST(is(retry_delay(1, std::nullopt, 0.5), 1250ms));
  BOOST_TEST(is(retry_delay(1, 30s, 1), 45s));
}

BOOST_AUTO_TEST_CASE(the_random_source_stays_within_its_range_and_varies) {
  const auto draw = make_random_jitter();
  std::set<double> drawn;
  for (int i = 0; i < 100; ++i) {
    const auto value = draw();
    BOOST_TEST((value >= 0 && value <= 1));
    drawn.insert(value);
  }
  BOOST_TEST(drawn.size() > 50);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
