#include "actors/circuit_breaker_actor.hpp"
#include "actors/cleanup_timer_actor.hpp"
#include "actors/rate_limiter_actor.hpp"
#include "support/actor_fixture.hpp"

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(small_actors, actor_fixture)

BOOST_AUTO_TEST_CASE(the_rate_limiter_answers_from_its_windows_at_the_clock_s_time) {
  const rate_limiter_config one_a_minute{.jobs_per_minute = 1, .jobs_per_hour = 10, .calls_per_day = 10};
  const auto limiter = system.spawn(rate_limiter, std::make_shared<rate_limiter_state>(one_a_minute), clock());
  const auto granted = ask<admission>(limiter, reserve_atom::value, demand{{}, 1, 2});
  BOOST_REQUIRE(granted && granted->granted());
  BOOST_TEST((granted->at == now()));
  BOOST_TEST(!ask<admission>(limiter, reserve_atom::value, demand{{}, 1, 1})->granted());
  self->send(limiter, settle_atom::value, granted->first, micro_dollars{1500}, owner_shares{});
  self->send(limiter, release_atom::value, granted->first + 1);
  BOOST_TEST(ask<limiter_usage>(limiter, usage_atom::value, owner_name{})->day.current == 1u);
  advance(61s);
  const auto next = ask<admission>(limiter, reserve_atom::value, demand{{}, 1, 1});
  BOOST_REQUIRE(next && next->granted());
  self->send(limiter, revoke_atom::value, *next);
  BOOST_TEST(ask<limiter_usage>(limiter, usage_atom::value, owner_name{})->minute.current == 0u);
  BOOST_TEST(ask<admission>(limiter, claim_atom::value, reservation_id{7}, std::vector<owner_name>{})->granted());
  caf::anon_send_exit(limiter, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(the_breaker_opens_and_admits_a_probe_after_its_time) {
  const auto breaker = system.spawn(circuit_breaker, circuit_breaker_config{.threshold = 1, .open_time = 30s},
                                    timestamp{}, false, clock());
  const auto answer = ask<permit_answer>(breaker, acquire_atom::value);
  BOOST_REQUIRE(answer && answer->granted);
  self->send(breaker, report_atom::value, answer->permit, call_report{call_health::failure, "the engine said so"});
  BOOST_TEST((ask<breaker_status>(breaker, status_atom::value)->mode == breaker_mode::open));
  BOOST_TEST(!ask<permit_answer>(breaker, acquire_atom::value)->granted);
  advance(30s);
  BOOST_TEST(ask<permit_answer>(breaker, acquire_atom::value)->granted);
  caf::anon_send_exit(breaker, caf::exit_reason::user_shutdown);
}

job_registry_actor::behavior_type counting_registry(job_registry_actor::pointer, const std::shared_ptr<int>& sweeps) {
  return {
      [](const call_progress&) {},
      [](submit_atom, const job_spec_ptr&) -> caf::result<submission> { return submission{}; },
      [](quote_atom, const job_spec_ptr&) -> caf::result<quote> { return quote{}; },
      [](get_atom, const owner_name&, const job_id&) -> caf::result<job_view_ptr> { return ec::job_not_found; },
      [](wait_atom, const owner_name&, const job_id&, timestamp) -> caf::result<job_view_ptr> {
        return ec::job_not_found;
      },
      [](leave_atom, const job_id&, timestamp) {},
      [](cancel_atom, const owner_name&, const job_id&) -> caf::result<acknowledged> { return acknowledged{}; },
      [](list_atom, const job_filter&) -> caf::result<job_page_ptr> { return job_page_ptr{}; },
      [](stats_atom) { return registry_stats{}; },
      [](stop_atom, const stop_order&) -> caf::result<acknowledged> { return acknowledged{}; },
      [](resume_atom, const std::string&) -> caf::result<acknowledged> { return acknowledged{}; },
      [](budget_atom, const budget_news&, const std::string&, bool) -> caf::result<acknowledged> {
        return acknowledged{};
      },
      [](keys_atom, std::uint64_t) {},
      [=](sweep_atom) { ++*sweeps; },
      [](tick_atom) {},
      [](drain_atom, duration) -> caf::result<acknowledged> { return acknowledged{}; },
  };
}

BOOST_AUTO_TEST_CASE(the_cleanup_timer_tells_the_registry_to_sweep_once_an_interval) {
  const auto sweeps = std::make_shared<int>(0);
  const auto registry = system.spawn(counting_registry, sweeps);
  const auto timer = system.spawn(cleanup_timer, registry, caf::timespan{5s});
  run();
  advance(4s);
  BOOST_TEST(*sweeps == 0);
  advance(1s);
  BOOST_TEST(*sweeps == 1);
  advance(10s);
  BOOST_TEST(*sweeps == 3);
  caf::anon_send_exit(timer, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(registry, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
