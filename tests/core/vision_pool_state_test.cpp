#include "core/pool/vision_pool_state.hpp"
#include "support/literal_time.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

/// Calls have letters for names here.
reservation_id reservation_of(const std::string& name) {
  return static_cast<reservation_id>(name.front());
}

std::string name_of(const planned_call& call) {
  return {static_cast<char>(call.id)};
}

planned_call_ptr call_of(const std::string& name, timestamp age_from = at(0s), bool suspect = false) {
  auto call = std::make_shared<planned_call>();
  call->id = call->reservation = reservation_of(name);
  call->pictures = {test_picture("1", "x")};
  call->age_from = age_from;
  call->suspect = suspect;
  return call;
}

planned_call_ptr suspect_of(const std::string& name) {
  return call_of(name, at(0s), true);
}

call_outcome_ptr read() {
  return std::make_shared<const call_outcome>(annotation{{{test_recognition("x"), {}, false}}});
}

call_outcome_ptr failed(ec code, bool sent = true, std::optional<duration> retry_after = std::nullopt) {
  return std::make_shared<const call_outcome>(call_failure{code, "no luck", sent, retry_after});
}

/// A pool with everybody around it.
struct fixture {
  vision_pool_state pool{{.workers = 2, .queue_capacity = 3, .max_age = 100s, .longest_run = 60s}};
  timestamp now = at(0s);
  /// Questions to the breaker that were not answered yet.
  std::size_t asked = 0;
  /// Reports to the breaker.
  std::vector<pool_command::report> reports;
  /// What runs, by name.
  std::map<std::string, worker_slot> runs;
  std::vector<worker_slot> stopped;
  std::map<asker, call_outcome_ptr> answers;
  std::vector<worker_slot> sifting;
  std::vector<worker_slot> sifts_stopped;
  std::map<asker, sift_outcome_ptr> sifted;
  std::vector<asker> drains;
  std::vector<log_entry> log;
  std::uint64_t permits = 0;
  asker askers = 0;

  void step(const any_pool_event& e) {
    for (const auto& c : pool.step(now, e))
      std::visit([this](const auto& command) { obey(command); }, c);
    // One question at most, and no two calls with one worker.
    BOOST_TEST(asked <= 1u);
    BOOST_TEST(pool.stats().running == runs.size());
    BOOST_TEST(pool.held().size() == pool.stats().running + pool.stats().waiting);
  }

  void obey(const pool_command::ask_permit&) { ++asked; }
  void obey(const pool_command::report& r) { reports.push_back(r); }
  void obey(const pool_command::run& r) {
    BOOST_TEST(std::ranges::none_of(runs, [&](const auto& other) { return other.second == r.slot; }));
    BOOST_TEST(runs.emplace(name_of(*r.call), r.slot).second);
  }
  void obey(const pool_command::stop_run& s) { stopped.push_back(s.slot); }
  void obey(const pool_command::answer& a) { BOOST_TEST(answers.emplace(a.to, a.outcome).second); }
  void obey(const pool_command::run_sift& r) { sifting.push_back(r.slot); }
  void obey(const pool_command::stop_sift& s) { sifts_stopped.push_back(s.slot); }
  void obey(const pool_command::answer_sift& a) { BOOST_TEST(sifted.emplace(a.to, a.outcome).second); }
  void obey(const pool_command::drained& d) { drains.push_back(d.to); }
  void obey(const log_entry& entry) { log.push_back(entry); }

  asker annotate(const planned_call_ptr& call) {
    step(pool_event::annotate{++askers, call});
    return askers;
  }
  void grant() {
    BOOST_REQUIRE(asked != 0);
    --asked;
    step(pool_event::permit_told{{true, {1, ++permits}, {}}});
  }
  void refuse(duration retry_after) {
    BOOST_REQUIRE(asked != 0);
    --asked;
    step(pool_event::permit_told{{false, {}, retry_after}});
  }
  /// The call waits, is let through, and runs.
  asker run(const planned_call_ptr& call) {
    const auto a = annotate(call);
    grant();
    BOOST_REQUIRE(runs.contains(name_of(*call)));
    return a;
  }
  worker_slot slot_of(const std::string& call) const {
    BOOST_REQUIRE(runs.contains(call));
    return runs.at(call);
  }
  void end(const std::string& call, call_outcome_ptr outcome = read()) {
    const auto slot = slot_of(call);
    runs.erase(call);
    step(pool_event::run_ended{slot, std::move(outcome)});
  }
  /// What the job's call came to is durable.
  void record(const std::string& call) { step(pool_event::recorded{reservation_of(call)}); }
  void lose(const std::string& call) {
    const auto slot = slot_of(call);
    runs.erase(call);
    step(pool_event::worker_lost{slot});
  }
  void tick(timestamp t) {
    now = t;
    step(pool_event::time_passed{});
  }

  const call_failure& failure_of(asker a) const {
    BOOST_REQUIRE(answers.contains(a));
    return std::get<call_failure>(*answers.at(a));
  }
  bool was_read(asker a) const { return answers.contains(a) && std::holds_alternative<annotation>(*answers.at(a)); }
};

BOOST_FIXTURE_TEST_SUITE(vision_pool_machine, fixture)

BOOST_AUTO_TEST_CASE(a_call_runs_with_a_permit_and_its_outcome_is_reported_and_answered) {
  const auto a = annotate(call_of("a"));
  BOOST_TEST(asked == 1u);
  BOOST_TEST(runs.empty());
  BOOST_TEST(pool.stats().waiting == 1u);
  grant();
  BOOST_TEST(runs.size() == 1u);
  BOOST_TEST(pool.stats().waiting == 0u);
  BOOST_TEST(asked == 0u);
  end("a");
  BOOST_TEST(was_read(a));
  BOOST_REQUIRE_EQUAL(reports.size(), 1u);
  BOOST_TEST(reports[0].permit.id == 1u);
  BOOST_TEST((reports[0].with.health == call_health::success));
  BOOST_TEST(!pool.next_wake().has_value());
}

BOOST_AUTO_TEST_CASE(one_permit_is_asked_for_at_a_time) {
  annotate(call_of("a"));
  annotate(call_of("b"));
  BOOST_TEST(asked == 1u);
  grant();
  // The next question follows the answer to the first.
  BOOST_TEST(asked == 1u);
  grant();
  BOOST_TEST(runs.size() == 2u);
  // No worker is idle.
  annotate(call_of("c"));
  BOOST_TEST(asked == 0u);
  end("a");
  BOOST_TEST(asked == 1u);
}

BOOST_AUTO_TEST_CASE(calls_run_in_the_order_in_which_they_came) {
  run(call_of("a"));
  run(call_of("b"));
  annotate(call_of("c"));
  annotate(call_of("d"));
  end("b");
  grant();
  BOOST_TEST(runs.contains("c"));
  BOOST_TEST(!runs.contains("d"));
}

BOOST_AUTO_TEST_CASE(a_call_beyond_the_queue_is_refused_unsent) {
  annotate(call_of("a"));
  annotate(call_of("b"));
  annotate(call_of("c"));
  const auto refused = annotate(call_of("d"));
  BOOST_TEST((failure_of(refused).code == ec::queue_full));
  BOOST_TEST(!failure_of(refused).sent);
  BOOST_TEST(pool.stats().waiting == 3u);
  // What runs leaves the queue.
  grant();
  const auto taken = annotate(call_of("e"));
  BOOST_TEST(!answers.contains(taken));
}

BOOST_AUTO_TEST_CASE(a_drain_of_an_idle_pool_is_over_at_once_and_nothing_runs_after) {
  step(pool_event::drain{77, 20s});
  BOOST_TEST(drains == std::vector<asker>{77}, boost::test_tools::per_element());
  const auto a = annotate(call_of("a"));
  BOOST_TEST((failure_of(a).code == ec::shutting_down));
  BOOST_TEST(!failure_of(a).sent);
  BOOST_TEST(asked == 0u);
  BOOST_TEST(!pool.next_wake().has_value());
}

BOOST_AUTO_TEST_CASE(a_drain_gives_up_what_waits_and_awaits_what_runs) {
  const auto running = run(call_of("a"));
  const auto waiting = annotate(call_of("b"));
  now = at(5s);
  step(pool_event::drain{77, 20s});
  BOOST_TEST((failure_of(waiting).code == ec::shutting_down));
  BOOST_TEST(!failure_of(waiting).sent);
  BOOST_TEST(drains.empty());
  BOOST_TEST((pool.next_wake() == at(25s)));
  // The permit that was asked for is given back.
  grant();
  BOOST_REQUIRE_EQUAL(reports.size(), 1u);
  BOOST_TEST((reports[0].with.health == call_health::unused));
  now = at(10s);
  end("a");
  BOOST_TEST(was_read(running));
  BOOST_TEST(drains.size() == 1u);
}

BOOST_AUTO_TEST_CASE(after_the_grace_what_runs_is_stopped_once) {
  const auto a = run(call_of("a"));
  run(call_of("b"));
  step(pool_event::drain{77, 20s});
  tick(at(20s - 1us));
  BOOST_TEST(stopped.empty());
  tick(at(20s));
  BOOST_TEST(stopped.size() == 2u);
  tick(at(21s));
  BOOST_TEST(stopped.size() == 2u);
  end("a", failed(ec::cancelled));
  BOOST_TEST((failure_of(a).code == ec::cancelled));
  BOOST_TEST(drains.empty());
  end("b");
  BOOST_TEST(drains.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_cancelled_job_leaves_the_queue) {
  const auto a = annotate(call_of("a"));
  const auto b = annotate(call_of("b"));
  step(pool_event::cancel{reservation_of("a")});
  BOOST_TEST((failure_of(a).code == ec::cancelled));
  BOOST_TEST(!failure_of(a).sent);
  BOOST_TEST(!answers.contains(b));
  grant();
  BOOST_TEST(runs.contains("b"));
}

BOOST_AUTO_TEST_CASE(a_permit_that_came_too_late_for_its_call_is_given_back) {
  annotate(call_of("a"));
  step(pool_event::cancel{reservation_of("a")});
  grant();
  BOOST_TEST(runs.empty());
  BOOST_REQUIRE_EQUAL(reports.size(), 1u);
  BOOST_TEST((reports[0].with.health == call_health::unused));
  BOOST_TEST(asked == 0u);
}

BOOST_AUTO_TEST_CASE(a_cancelled_job_that_runs_is_stopped_and_says_nothing_of_the_engine) {
  const auto a = run(call_of("a"));
  run(call_of("b"));
  step(pool_event::cancel{reservation_of("a")});
  BOOST_TEST(stopped == std::vector<worker_slot>{slot_of("a")}, boost::test_tools::per_element());
  BOOST_TEST(!answers.contains(a));
  end("a", failed(ec::cancelled));
  BOOST_TEST((failure_of(a).code == ec::cancelled));
  BOOST_TEST(failure_of(a).sent);
  BOOST_TEST((reports.at(0).with.health == call_health::unused));
}

BOOST_AUTO_TEST_CASE(a_call_that_waits_longer_than_its_job_may_is_given_up) {
  run(call_of("r", at(-50s)));
  run(call_of("s", at(-50s)));
  const auto younger = annotate(call_of("a", at(10s)));
  const auto older = annotate(call_of("b", at(-50s)));
  BOOST_TEST((pool.next_wake() == at(50s)));
  tick(at(50s - 1us));
  BOOST_TEST(!answers.contains(older));
  tick(at(50s));
  BOOST_TEST((failure_of(older).code == ec::expired_in_queue));
  BOOST_TEST(!failure_of(older).sent);
  BOOST_TEST(!answers.contains(younger));
  // What runs does not age.
  BOOST_TEST(stopped.empty());
  BOOST_TEST((pool.next_wake() == at(60s)));
}

// Seen after a pause of the process: the permit came before the tick, and the call was paid for.
BOOST_AUTO_TEST_CASE(a_permit_that_comes_before_a_late_tick_starts_nothing_too_old) {
  const auto old = annotate(call_of("a", at(0s)));
  const auto young = annotate(call_of("b", at(60s)));
  now = at(100s);
  grant();
  BOOST_TEST((failure_of(old).code == ec::expired_in_queue));
  BOOST_TEST(!failure_of(old).sent);
  BOOST_TEST(runs.contains("b"));
  end("b");
  BOOST_TEST(answers.contains(young));
  const auto last = annotate(call_of("c", at(0s)));
  grant();
  BOOST_TEST((failure_of(last).code == ec::expired_in_queue));
  BOOST_TEST(runs.empty());
  // The permit is given back.
  BOOST_TEST((reports.back().with.health == call_health::unused));
}

BOOST_AUTO_TEST_CASE(a_refused_permit_is_asked_for_again_when_the_breaker_said) {
  annotate(call_of("a"));
  refuse(30s);
  BOOST_TEST(asked == 0u);
  BOOST_TEST((pool.next_wake() == at(30s)));
  now = at(10s);
  annotate(call_of("b"));
  BOOST_TEST(asked == 0u);
  tick(at(30s - 1us));
  BOOST_TEST(asked == 0u);
  tick(at(30s));
  BOOST_TEST(asked == 1u);
  // While the answer is awaited, age is all that there is to wait for.
  BOOST_TEST((pool.next_wake() == at(100s)));
}

BOOST_AUTO_TEST_CASE(a_report_may_end_the_pause) {
  run(call_of("a"));
  annotate(call_of("b"));
  refuse(30s);
  now = at(5s);
  end("a");
  BOOST_TEST(asked == 1u);
}

BOOST_AUTO_TEST_CASE(the_engine_s_pause_reaches_the_breaker_before_the_next_question) {
  run(call_of("a"));
  run(call_of("b"));
  annotate(call_of("c"));
  now = at(1s);
  const auto slot = slot_of("a");
  runs.erase("a");
  std::string order;
  for (const auto& c : pool.step(now, pool_event::run_ended{slot, failed(ec::engine_unavailable, true, 60s)})) {
    if (const auto* r = std::get_if<pool_command::report>(&c)) {
      BOOST_TEST((r->with.pause == 60s));
      BOOST_TEST((r->with.health == call_health::failure));
      BOOST_TEST(r->with.why == "no luck");
      order += "report ";
    } else if (std::holds_alternative<pool_command::ask_permit>(c)) {
      ++asked;
      order += "ask";
    }
  }
  BOOST_TEST(order == "report ask");
  refuse(60s);
  BOOST_TEST((pool.next_wake() == at(60s)));
  end("b");
  refuse(60s);
  BOOST_TEST((pool.next_wake() == at(61s)));
}

BOOST_AUTO_TEST_CASE(what_an_outcome_says_of_the_engine) {
  const auto health_after = [this](ec code, bool sent) {
    run(call_of("a"));
    end("a", failed(code, sent));
    return reports.back().with.health;
  };
  BOOST_TEST((health_after(ec::request_rejected, true) == call_health::success));
  BOOST_TEST((health_after(ec::request_rejected, false) == call_health::unused));
  BOOST_TEST((health_after(ec::engine_unavailable, true) == call_health::failure));
  BOOST_TEST((health_after(ec::engine_unavailable, false) == call_health::failure));
  BOOST_TEST((health_after(ec::account_refused, false) == call_health::failure));
  BOOST_TEST((health_after(ec::internal, true) == call_health::unused));
  BOOST_TEST((health_after(ec::internal, false) == call_health::unused));
  BOOST_TEST((health_after(ec::store_unavailable, false) == call_health::unused));
  BOOST_TEST((health_after(ec::cancelled, true) == call_health::unused));
}

BOOST_AUTO_TEST_CASE(suspects_run_first_one_at_a_time_and_nothing_beside_them) {
  annotate(call_of("a"));
  annotate(suspect_of("s"));
  annotate(suspect_of("t"));
  grant();
  BOOST_TEST(runs.contains("s"));
  // A worker is idle, and two calls wait.
  BOOST_TEST(asked == 0u);
  end("s");
  record("s");
  grant();
  BOOST_TEST(runs.contains("t"));
  BOOST_TEST(runs.size() == 1u);
  BOOST_TEST(asked == 0u);
  end("t");
  record("t");
  grant();
  BOOST_TEST(runs.contains("a"));
}

BOOST_AUTO_TEST_CASE(a_suspect_waits_for_what_runs_and_lets_nothing_pass) {
  run(call_of("a"));
  annotate(suspect_of("s"));
  annotate(call_of("b"));
  BOOST_TEST(asked == 0u);
  end("a");
  record("a");
  grant();
  BOOST_TEST(runs.contains("s"));
  BOOST_TEST(runs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_suspect_waits_until_the_outcomes_before_it_are_durable_and_others_until_its_own_is) {
  run(call_of("a"));
  run(call_of("b"));
  annotate(suspect_of("s"));
  annotate(call_of("c"));
  end("a");
  end("b", failed(ec::engine_unavailable));
  record("a");
  // Should the process end now, both would be found begun.
  BOOST_TEST(asked == 0u);
  record("b");
  grant();
  BOOST_TEST(runs.contains("s"));
  end("s");
  BOOST_TEST(asked == 0u);
  record("s");
  grant();
  BOOST_TEST(runs.contains("c"));
}

BOOST_AUTO_TEST_CASE(a_suspect_waits_for_nothing_of_a_call_that_the_store_refused_to_begin) {
  run(call_of("a"));
  annotate(suspect_of("s"));
  end("a", failed(ec::store_unavailable, false));
  grant();
  BOOST_TEST(runs.contains("s"));
}

BOOST_AUTO_TEST_CASE(ordinary_calls_wait_for_no_record) {
  run(call_of("a"));
  annotate(call_of("b"));
  end("a");
  grant();
  BOOST_TEST(runs.contains("b"));
}

BOOST_AUTO_TEST_CASE(a_suspect_that_comes_while_a_permit_is_asked_for_goes_first_or_waits) {
  // Nothing runs: the permit is the suspect's.
  annotate(call_of("a"));
  annotate(suspect_of("s"));
  grant();
  BOOST_TEST(runs.contains("s"));
  end("s");
  record("s");
  grant();
  BOOST_TEST(runs.contains("a"));
  // Something runs: the permit is given back.
  annotate(call_of("b"));
  annotate(suspect_of("t"));
  const auto before = reports.size();
  grant();
  BOOST_TEST(runs.size() == 1u);
  BOOST_REQUIRE_EQUAL(reports.size(), before + 1);
  BOOST_TEST((reports.back().with.health == call_health::unused));
  BOOST_TEST(asked == 0u);
}

BOOST_AUTO_TEST_CASE(suspects_count_for_the_queue_s_bound_and_age) {
  run(call_of("a"));
  const auto s = annotate(suspect_of("s"));
  annotate(call_of("b"));
  annotate(call_of("c"));
  const auto beyond = annotate(suspect_of("t"));
  BOOST_TEST((failure_of(beyond).code == ec::queue_full));
  tick(at(100s));
  BOOST_TEST((failure_of(s).code == ec::expired_in_queue));
}

BOOST_AUTO_TEST_CASE(a_lost_worker_fails_its_call_and_its_place_is_used_again) {
  const auto a = run(call_of("a"));
  run(call_of("b"));
  annotate(call_of("c"));
  const auto place = slot_of("a");
  lose("a");
  BOOST_TEST((failure_of(a).code == ec::internal));
  // It may have been sent: its spend counts.
  BOOST_TEST(failure_of(a).sent);
  BOOST_TEST((reports.at(0).with.health == call_health::failure));
  BOOST_TEST(log.at(0).event == "worker_died");
  grant();
  BOOST_TEST(slot_of("c") == place);
}

BOOST_AUTO_TEST_CASE(a_lost_worker_that_was_idle_changes_nothing) {
  step(pool_event::worker_lost{0});
  BOOST_TEST(log.size() == 1u);
  BOOST_TEST(reports.empty());
  // Its place is not counted twice.
  run(call_of("a"));
  run(call_of("b"));
  annotate(call_of("c"));
  BOOST_TEST(asked == 0u);
}

BOOST_AUTO_TEST_CASE(an_outcome_of_a_place_that_runs_nothing_is_ignored) {
  run(call_of("a"));
  const auto place = slot_of("a");
  lose("a");
  step(pool_event::run_ended{place, read()});
  BOOST_TEST(answers.size() == 1u);
  BOOST_TEST(reports.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_run_beyond_the_longest_is_stopped_and_counts_as_the_engine_s_failure) {
  const auto a = run(call_of("a"));
  BOOST_TEST((pool.next_wake() == at(60s)));
  tick(at(60s - 1us));
  BOOST_TEST(stopped.empty());
  tick(at(60s));
  BOOST_TEST(stopped.size() == 1u);
  BOOST_TEST(!pool.next_wake().has_value());
  tick(at(70s));
  BOOST_TEST(stopped.size() == 1u);
  end("a", failed(ec::cancelled));
  BOOST_TEST((failure_of(a).code == ec::engine_unavailable));
  BOOST_TEST(failure_of(a).detail == "the engine did not answer in time");
  BOOST_TEST(failure_of(a).sent);
  BOOST_TEST((reports.at(0).with.health == call_health::failure));
}

BOOST_AUTO_TEST_CASE(what_an_overdue_run_says_after_all_stands) {
  const auto a = run(call_of("a"));
  const auto b = run(call_of("b"));
  tick(at(60s));
  BOOST_TEST(stopped.size() == 2u);
  end("a");
  BOOST_TEST(was_read(a));
  end("b", failed(ec::request_rejected));
  BOOST_TEST((failure_of(b).code == ec::request_rejected));
}

BOOST_AUTO_TEST_CASE(it_wakes_for_whatever_comes_first) {
  BOOST_TEST(!pool.next_wake().has_value());
  now = at(10s);
  run(call_of("a"));
  BOOST_TEST((pool.next_wake() == at(70s)));
  annotate(call_of("b", at(-40s)));
  BOOST_TEST((pool.next_wake() == at(60s)));
  refuse(20s);
  BOOST_TEST((pool.next_wake() == at(30s)));
  step(pool_event::drain{77, 5s});
  BOOST_TEST((pool.next_wake() == at(15s)));
  tick(at(15s));
  BOOST_TEST((pool.next_wake() == at(70s)));
  end("a");
  BOOST_TEST(!pool.next_wake().has_value());
}

sift_outcome_ptr looked_at() {
  return std::make_shared<const sift_outcome>(std::vector<sieve_verdict>{travels{}});
}

struct with_sieves : fixture {
  with_sieves() { pool = vision_pool_state{{.workers = 2, .queue_capacity = 3, .longest_run = 60s, .sieves = 2}}; }

  void sift(asker from) { step(pool_event::sift{from, std::make_shared<const sift_request>()}); }
  ec failure_of(asker from) const { return std::get<call_failure>(*sifted.at(from)).code; }
};

BOOST_FIXTURE_TEST_CASE(a_portion_is_looked_at_beside_the_calls, with_sieves) {
  run(call_of("a"));
  run(call_of("b"));
  annotate(call_of("c"));
  sift(11);
  BOOST_REQUIRE_EQUAL(sifting.size(), 1u);
  BOOST_TEST(pool.stats().running == 2u);
  step(pool_event::sift_ended{sifting[0], looked_at()});
  BOOST_TEST(sifted.at(11)->index() == 0u);
  // Late news changes nothing.
  step(pool_event::sift_ended{sifting[0], looked_at()});
  BOOST_TEST(sifted.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(there_is_no_queue_of_portions, with_sieves) {
  for (const asker from : {11, 12, 13})
    sift(from);
  BOOST_TEST((failure_of(13) == ec::queue_full));
  step(pool_event::sift_ended{sifting[0], looked_at()});
  sift(14);
  BOOST_TEST(sifting.size() == 3u);
  BOOST_TEST(sifting[2] == sifting[0]);
}

BOOST_FIXTURE_TEST_CASE(a_portion_that_nobody_wants_is_stopped_once_and_answered, with_sieves) {
  sift(11);
  step(pool_event::cancel_sift{11});
  step(pool_event::cancel_sift{11});
  step(pool_event::cancel_sift{12});
  BOOST_TEST(sifts_stopped.size() == 1u);
  BOOST_TEST(sifted.empty());
  step(pool_event::sift_ended{sifting[0], not_sifted(ec::cancelled, "stopped")});
  BOOST_TEST((failure_of(11) == ec::cancelled));
}

BOOST_FIXTURE_TEST_CASE(a_sieve_that_hangs_is_stopped_and_that_is_its_failure, with_sieves) {
  sift(11);
  BOOST_TEST((pool.next_wake() == at(60s)));
  now = at(60s);
  step(pool_event::time_passed{});
  BOOST_TEST(sifts_stopped.size() == 1u);
  BOOST_TEST(!pool.next_wake().has_value());
  step(pool_event::sift_ended{sifting[0], not_sifted(ec::cancelled, "stopped")});
  BOOST_TEST((failure_of(11) == ec::engine_unavailable));
}

BOOST_FIXTURE_TEST_CASE(a_worker_that_dies_while_it_sifts_is_a_failure_and_its_place_is_free, with_sieves) {
  sift(11);
  step(pool_event::sieve_lost{sifting[0]});
  BOOST_TEST((failure_of(11) == ec::internal));
  // One that had nothing.
  step(pool_event::sieve_lost{sifting[0]});
  BOOST_TEST(sifted.size() == 1u);
  sift(12);
  sift(13);
  BOOST_TEST(sifting.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(a_stop_ends_what_is_being_sifted_at_once_and_waits_for_that, with_sieves) {
  sift(11);
  step(pool_event::drain{1, 10s});
  BOOST_TEST(sifts_stopped.size() == 1u);
  BOOST_TEST(drains.empty());
  sift(12);
  BOOST_TEST((failure_of(12) == ec::shutting_down));
  step(pool_event::sift_ended{sifting[0], not_sifted(ec::cancelled, "stopped")});
  BOOST_TEST(drains.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
