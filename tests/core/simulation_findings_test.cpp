#include "core/registry/job_registry_state.hpp"
#include "support/registry_driver.hpp"
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

  /// A job of the picture that a call under way has, up to the store.
  question submit_rider() {
    step(registry_event::submit{2, test_job({{"another", "text"}})});
    step(registry_event::recalled{the<registry_command::recall>().as, recognitions(1)});
    admission joins;
    joins.at = now;
    joins.jobs = 1;
    step(registry_event::reserved{the<registry_command::reserve>().as, joins});
    return the<registry_command::offer>().as;
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
  r.step(registry_event::cancel{2, {}, "job1"});
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
  r.step(registry_event::cancel{2, {}, "job1"});
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
  r.step(call_progress{call->id, call->attempt, 1, start});
  BOOST_TEST(r.registry.defect() == "");
  BOOST_TEST((r.registry.calls().find(call->id, call->attempt)->place == call_place::reserving));
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

namespace {

/// A job of that content that another engine was to read since then, and that rides in that call.
kept_job waits_for_other_engine(const job_id& id, const std::string& content, timestamp since, call_id call) {
  kept_job job;
  job.view.id = id;
  job.view.created_at = since;
  job.view.pictures_total = 1;
  job.spec = test_job({{"a", content}});
  job.identity = job.spec->identity;
  job.engine = "other";
  job.aboard = {call};
  job.outcomes.resize(1);
  return job;
}

/// What an earlier process left: these jobs, and call 7 that they are aboard.
recovery in_one_call(std::vector<kept_job> jobs) {
  recovery left;
  left.as_of = start;
  left.first_free = 8;
  left.spends = {{7, std::nullopt}};
  left.calls = {{.id = 7, .origin = 7, .reservation = 7}};
  left.pending = std::move(jobs);
  return left;
}

} // namespace

// Two jobs wanted the same picture of an engine that was gone, in one call. The second one was cancelled, and was
// looked for where only the first one sat.
BOOST_AUTO_TEST_CASE(who_waits_for_another_engine_beside_others_leaves_their_call) {
  rig r;
  r.said = r.registry.take_up(start, in_one_call({waits_for_other_engine("first", "text", start, 7),
                                                  waits_for_other_engine("second", "text", start, 7)}));
  r.step(registry_event::cancel{1, {}, "second"});
  BOOST_TEST(r.recorded<end_job>().size() == 1U);
  BOOST_TEST(r.recorded<release_spend>().empty());
  r.step(registry_event::cancel{2, {}, "first"});
  BOOST_TEST(r.recorded<release_spend>().size() == 1U);
  BOOST_TEST(r.registry.calls().size() == 0U);
  // Nobody is left whose wait could be over.
  BOOST_TEST(!r.registry.next_wake());
}

// The age of a job counted from nowhere until the store had it, and whatever it boarded meanwhile was given up as too
// old at its next attempt.
BOOST_AUTO_TEST_CASE(who_is_on_the_way_in_makes_no_call_old) {
  rig r;
  const auto call = r.accept();
  r.submit_rider();
  r.fail(call, false);
  const auto taken_back = r.the<registry_command::record>().as;
  r.step(registry_event::stored{taken_back, verdicts{verdict::applied}});
  BOOST_TEST(r.recorded<close_call>().empty());
  BOOST_TEST((r.registry.next_wake() > r.now));
}

// Whoever boarded a call that failed before the store had the job was told that it had completed.
BOOST_AUTO_TEST_CASE(who_boards_a_call_that_fails_at_once_is_told_so) {
  rig r;
  const auto call = r.accept();
  const auto offered = r.submit_rider();
  r.step(registry_event::call_ended{
      call, std::make_shared<const call_outcome>(call_failure{ec::account_refused, "no billing", true, std::nullopt})});
  r.step(registry_event::stored{offered, verdicts{verdict::applied}});
  r.step(registry_event::stored{r.the<registry_command::record>().as, verdicts{verdict::applied}});
  const auto told = r.the<registry_command::answer>();
  BOOST_TEST(told.to == 2U);
  BOOST_TEST((std::get<submission>(told.with).status == job_status::failed));
}

// A job was to ride in a call that ended before the limiter had answered: its picture was sent again, and paid for,
// though it had just been read.
BOOST_AUTO_TEST_CASE(whose_ride_is_over_knows_what_was_read) {
  registry_driver d;
  d.submit(test_job({{"a", "x"}}));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  d.grant();
  d.store();
  const auto call = d.sent_one();
  d.submit(test_job({{"another", "x"}, {"b", "y"}, {"c", "z"}}));
  d.recall({nullptr, nullptr, test_recognition("z")});
  d.breaker(breaker_mode::closed);
  d.read(call);
  d.store();
  d.grant();
  BOOST_TEST(d.take<registry_command::revoke>().granted.calls == 1U);
  BOOST_TEST(d.count<registry_command::recall>() == 0U);
  d.breaker(breaker_mode::closed);
  d.grant();
  BOOST_TEST(d.store() == "accept_job");
  BOOST_TEST(d.stored<accept_job>().known.size() == 2U);
  BOOST_TEST(d.stored<accept_job>().aboard.size() == 1U);
}

// Two jobs were to ride in a call that failed, and had room for the picture in calls of their own: both sent it.
BOOST_AUTO_TEST_CASE(a_picture_whose_call_has_failed_is_sent_once_again) {
  registry_driver d{{}, 2};
  d.submit(test_job({{"a", "x"}}));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  d.grant();
  d.store();
  const auto call = d.sent_one();
  for (const auto* own : {"y", "z"}) {
    d.submit(test_job({{"another", "x"}, {"b", own}}));
    d.recall_nothing();
    d.breaker(breaker_mode::closed);
  }
  d.fail(call, {ec::account_refused, "no billing", true, std::nullopt});
  d.store();
  for (int i = 0; i < 2; ++i) {
    d.grant();
    d.recall_nothing();
  }
  // The second one waits for the first one's call.
  d.breaker(breaker_mode::closed);
  BOOST_TEST(d.count<registry_command::ask_breaker>() == 0U);
  d.grant();
  BOOST_TEST(d.store() == "accept_job");
  d.breaker(breaker_mode::closed);
  d.grant();
  BOOST_TEST(d.store() == "accept_job");
  BOOST_TEST(d.stored<accept_job>().aboard.size() == 2U);
}

// A picture was on its way in with a call of its own; somebody left another call, which had room for it then, and the
// next who wanted it joined that one: it was sent twice.
BOOST_AUTO_TEST_CASE(who_wants_a_picture_that_is_on_its_way_in_joins_no_other_call) {
  registry_driver d{{}, 2, 1};
  const auto post = [&](const std::string& content) {
    d.submit(test_job({{content, content}}));
    d.recall_nothing();
    if (d.count<registry_command::ask_breaker>() != 0)
      d.breaker(breaker_mode::closed);
  };
  const auto accept = [&](const std::string& content) {
    post(content);
    d.grant();
    d.store();
  };
  // The only worker has the first, and the next two fill a call.
  accept("w");
  d.tick(at(200ms));
  BOOST_TEST(d.sent().size() == 1U);
  accept("a");
  accept("b");
  post("c");
  d.grant();
  d.cancel("job3");
  d.submit(test_job({{"another", "c"}}));
  d.recall_nothing();
  BOOST_TEST(d.count<registry_command::reserve>() == 0U);
  BOOST_TEST(d.store() == "accept_job");
  d.grant();
  BOOST_TEST(d.store() == "end_job");
  BOOST_TEST(d.store() == "accept_job");
  BOOST_TEST(d.stored<accept_job>().aboard.front().call == 3U);
}

// The first one's wait was over before the second one's: its picture had another key by then, and it could not leave.
BOOST_AUTO_TEST_CASE(who_was_adopted_while_others_wait_for_another_engine_leaves_their_call) {
  rig r;
  r.said = r.registry.take_up(start, in_one_call({waits_for_other_engine("first", "text", start - 1h, 7),
                                                  waits_for_other_engine("second", "another", start, 7)}));
  r.now = start + 23h;
  r.step(registry_event::time_passed{});
  BOOST_TEST(r.recorded<adopt_job>().size() == 1U);
  r.step(registry_event::cancel{1, {}, "first"});
  BOOST_TEST(r.recorded<end_job>().size() == 1U);
  BOOST_TEST(r.registry.defect() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate
