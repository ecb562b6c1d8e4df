#include "core/limits/rate_limiter.hpp"
#include "support/literal_time.hpp"
#include "support/registry_driver.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using namespace registry_command;

/// A registry whose calls hold one picture, and everybody around it with the real limits: each call takes a second.
class small_budget : public registry_driver {
public:
  explicit small_budget(const rate_limiter_config& limits) : registry_driver{{}, 1, 5}, limiter_{limits} {}

  /// When each job boarded its call, in that order.
  std::vector<std::pair<job_id, timestamp>> boarded{};

  void run() {
    for (;;) {
      carry_out();
      if (!state.next_wake())
        return;
      tick(std::max(now, *state.next_wake()));
    }
  }

private:
  void carry_out() {
    while (!quiet()) {
      if (count<registry_command::recall>() != 0)
        recall_nothing();
      else if (count<ask_breaker>() != 0)
        breaker(breaker_mode::closed);
      else if (count<reserve>() != 0)
        reserve_for_real();
      else if (count<offer>() + count<record>() != 0)
        store_and_note();
      else if (count<settle>() != 0)
        settle_for_real();
      else if (count<release>() != 0)
        limiter_.release(take<release>().reservation);
      else if (count<annotate>() != 0)
        engine_reads(take<annotate>().call);
      else
        BOOST_FAIL("nobody carries that out");
    }
  }

  void reserve_for_real() {
    const auto asked = take<reserve>();
    step(registry_event::reserved{asked.as, limiter_.reserve(now, asked.wanted)});
  }

  void settle_for_real() {
    const auto s = take<settle>();
    limiter_.settle(now, s.reservation, s.price, s.payers);
  }

  void store_and_note() {
    store();
    for (const auto& t : unit) {
      if (const auto* accepted = std::get_if<accept_job>(&t); accepted != nullptr && !accepted->aboard.empty())
        boarded.emplace_back(accepted->id, accepted->at);
      else if (const auto* late = std::get_if<board_job>(&t))
        boarded.emplace_back(late->id, late->at);
    }
  }

  void engine_reads(const planned_call_ptr& call) {
    begin(call);
    now += 1s;
    read(call);
  }

  rate_limiter_state limiter_;
};

BOOST_AUTO_TEST_SUITE(budget)

BOOST_AUTO_TEST_CASE(forty_patient_jobs_pass_a_window_of_ten_an_hour_in_the_order_of_their_arrival) {
  small_budget b{{.jobs_per_minute = 1000, .jobs_per_hour = 10, .calls_per_day = 1000}};
  for (int i = 0; i < 40; ++i) {
    auto job = *test_job({{"1", std::to_string(i)}});
    job.max_delay = 86'400s;
    b.submit(std::make_shared<const job_spec>(std::move(job)));
  }
  b.run();
  BOOST_REQUIRE_EQUAL(b.boarded.size(), 40u);
  for (std::size_t i = 0; i < 40; ++i) {
    const auto& [id, at_time] = b.boarded[i];
    BOOST_TEST(id == "job" + std::to_string(i + 1));
    BOOST_TEST(
        (b.state.jobs().view(b.now, id) == nullptr || b.state.jobs().view(b.now, id)->status == job_status::completed));
    // Never eleven in an hour.
    if (i >= 10)
      BOOST_TEST((at_time - b.boarded[i - 10].second >= 1h));
  }
  // The last ten board after three hours, and hardly later.
  BOOST_TEST((b.boarded.back().second - at(0s) >= 3h));
  BOOST_TEST((b.boarded.back().second - at(0s) < 3h + 5min));
  BOOST_TEST(b.state.stats().totals.api_calls == 40u);
  BOOST_TEST(b.logged("job_ended") == 40u);
}

BOOST_AUTO_TEST_CASE(a_day_s_calls_are_never_exceeded_and_who_waits_in_vain_has_cost_nothing) {
  small_budget b{{.jobs_per_minute = 1000, .jobs_per_hour = 1000, .calls_per_day = 10}};
  for (int i = 0; i < 15; ++i) {
    auto job = *test_job({{"1", std::to_string(i)}});
    job.max_delay = 3600s;
    b.submit(std::make_shared<const job_spec>(std::move(job)));
  }
  b.run();
  BOOST_TEST(b.boarded.size() == 10u);
  BOOST_TEST(b.state.stats().totals.api_calls == 10u);
  BOOST_TEST(b.logged("job_ended") == 15u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
