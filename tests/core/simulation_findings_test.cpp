#include "core/registry/job_registry_state.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

// What the simulator has found in the registry, each by its shortest life.
namespace glyphgate {

namespace {

using namespace std::chrono_literals;

const timestamp start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};

/// A registry of calls of one picture, and what it wants done.
struct rig {
  job_registry_state registry{{job_config{},
                               [](const std::vector<picture>& pictures) {
                                 std::vector<picture_indices> calls;
                                 for (std::uint32_t i = 0; i < pictures.size(); ++i)
                                   calls.push_back({i});
                                 return calls;
                               },
                               [n = 0]() mutable { return "job" + std::to_string(++n); }, [] { return 0.0; }}};
  timestamp now = start;
  std::vector<any_registry_command> said;

  void step(const any_registry_event& event) { said = registry.step(now, event); }

  template <class Command>
  const Command* find() const {
    for (const auto& c : said)
      if (const auto* found = std::get_if<Command>(&c))
        return found;
    return nullptr;
  }
  template <class Command>
  Command the() const {
    const auto* found = find<Command>();
    BOOST_REQUIRE(found != nullptr);
    return *found;
  }
  /// The transactions of that kind in what is to be recorded.
  template <class Transaction>
  std::vector<Transaction> recorded() const {
    std::vector<Transaction> all;
    for (const auto& c : said)
      if (const auto* record = std::get_if<registry_command::record>(&c))
        for (const auto& t : *record->unit)
          if (const auto* found = std::get_if<Transaction>(&t))
            all.push_back(*found);
    return all;
  }

  /// A job of one picture up to the store, which has the question that is returned.
  question submit() {
    step(registry_event::submit{1, test_job({{"a", "text"}})});
    step(registry_event::recalled{the<registry_command::recall>().as, recognitions(1)});
    step(registry_event::breaker_told{the<registry_command::ask_breaker>().as, {}});
    admission granted;
    granted.at = now;
    granted.first = 1;
    granted.jobs = 1;
    granted.calls = 1;
    step(registry_event::reserved{the<registry_command::reserve>().as, granted});
    return the<registry_command::offer>().as;
  }
  planned_call_ptr accept() {
    step(registry_event::stored{submit(), verdicts{verdict::applied}});
    return the<registry_command::annotate>().call;
  }
  void fail(const planned_call_ptr& call, bool sent) {
    step(registry_event::call_ended{
        call, std::make_shared<const call_outcome>(call_failure{ec::engine_unavailable, "503", sent, std::nullopt})});
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(simulation_findings_test)

// The process ended after a cancelled job's end was durable and before its release was: the spend stayed RESERVED, and
// the day's limit one lower, at every start from then on.
BOOST_AUTO_TEST_CASE(a_reservation_of_no_open_call_is_released_at_the_start) {
  rig r;
  recovery left;
  left.as_of = start;
  left.spends = {{3, std::nullopt}, {4, start}};
  left.first_free = 5;
  r.said = r.registry.take_up(start, left);
  const auto released = r.recorded<release_spend>();
  BOOST_REQUIRE(released.size() == 1);
  BOOST_TEST(released.front().reservation == 3U);
}

// An attempt that waited for its delay kept its reservation though its job was cancelled, for up to an hour; the
// process went to sleep meanwhile.
BOOST_AUTO_TEST_CASE(a_cancelled_jobs_delayed_attempt_is_given_back_at_once) {
  rig r;
  const auto call = r.accept();
  r.fail(call, false);
  r.step(registry_event::stored{r.the<registry_command::record>().as, verdicts{verdict::applied}});
  r.step(registry_event::cancel{2, "job1"});
  const auto released = r.recorded<release_spend>();
  BOOST_REQUIRE(released.size() == 1);
  BOOST_TEST(released.front().reservation == 1U);
  r.now += 1h;
  r.step(registry_event::time_passed{});
  BOOST_TEST(r.recorded<release_spend>().empty());
}

BOOST_AUTO_TEST_CASE(a_cancelled_jobs_attempt_that_waits_for_the_store_is_given_back_as_soon_as_that_answers) {
  rig r;
  const auto call = r.accept();
  r.fail(call, false);
  const auto taken_back = r.the<registry_command::record>().as;
  r.step(registry_event::cancel{2, "job1"});
  BOOST_TEST(r.recorded<release_spend>().empty());
  r.step(registry_event::stored{taken_back, verdicts{verdict::applied}});
  BOOST_TEST(r.recorded<release_spend>().size() == 1U);
}

// Progress comes from the worker, the outcome by way of the pool. The call was taken for running while it waited for
// the limiter.
BOOST_AUTO_TEST_CASE(progress_that_comes_after_the_outcome_changes_nothing) {
  rig r;
  const auto call = r.accept();
  r.fail(call, true);
  r.the<registry_command::reserve>();
  r.step(call_progress{call->key, call->attempt, 1, start});
  BOOST_TEST(r.registry.defect() == "");
  BOOST_TEST((r.registry.jobs().place_of(call->key, call->attempt) == call_place::reserving));
}

// A job was refused for lateness while the store had it; the process took itself for idle and went to sleep, and the
// next start read the job that nobody was told of.
BOOST_AUTO_TEST_CASE(a_refused_job_that_the_store_still_has_keeps_the_service_awake) {
  rig r;
  const auto offered = r.submit();
  r.now += 31s;
  r.step(registry_event::time_passed{});
  // At first the answers that lie in the mailbox are read.
  r.now += 1s;
  r.step(registry_event::time_passed{});
  BOOST_TEST(r.the<registry_command::answer>().to == 1U);
  BOOST_TEST(r.registry.stats().unsaved == 1U);
  r.step(registry_event::stored{offered, std::nullopt});
  BOOST_TEST(r.registry.stats().unsaved == 0U);
}

// A call that the engine had sent back unprocessed, with engine_unavailable, was given up after `max_attempts` of
// those.
BOOST_AUTO_TEST_CASE(an_attempt_that_the_engine_did_nothing_for_does_not_count) {
  rig r;
  auto call = r.accept();
  call_failure failure{ec::engine_unavailable, "401", true, std::nullopt};
  failure.unprocessed = true;
  for (reservation_id next = 2; next != 7; ++next) {
    r.step(registry_event::call_ended{call, std::make_shared<const call_outcome>(failure)});
    admission granted;
    granted.at = r.now;
    granted.first = next;
    granted.calls = 1;
    r.step(registry_event::reserved{r.the<registry_command::reserve>().as, granted});
    BOOST_TEST(r.recorded<settle_spend>().size() == 1U);
    BOOST_TEST(r.recorded<reserve_retry>().front().paid_before == 0U);
    r.step(registry_event::stored{r.the<registry_command::record>().as, verdicts{verdict::applied, verdict::applied}});
    r.now += 2min;
    r.step(registry_event::time_passed{});
    call = r.the<registry_command::annotate>().call;
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate
