#include "actors/circuit_breaker_actor.hpp"
#include "actors/store_writer_actor.hpp"
#include "actors/vision_pool_actor.hpp"
#include "actors/vision_worker_actor.hpp"
#include "support/actor_fixture.hpp"
#include "support/failing_store.hpp"
#include "support/fake_worker.hpp"
#include "support/recording_observer.hpp"
#include "support/scripted_engine.hpp"

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using outcome_reply = std::shared_ptr<actor_fixture::reply<call_outcome_ptr>>;

progress_actor::behavior_type silent_listener(progress_actor::pointer) {
  return {[](const call_progress&) {}};
}

struct fixture : actor_fixture {
  std::shared_ptr<held_calls> held = std::make_shared<held_calls>();
  circuit_breaker_actor breaker = system.spawn(
      circuit_breaker, circuit_breaker_config{.threshold = 2, .open_time = 30s}, timestamp{}, false, clock());
  progress_actor listener = system.spawn(silent_listener);
  vision_pool_actor pool = system.spawn(vision_pool, vision_pool_config{2, 3, 1h}, breaker, worker_factory{[this] {
                                          held->workers.push_back(system.spawn(fake_worker, held));
                                          return held->workers.back();
                                        }},
                                        sieve_factory{}, clock());

  fixture() { run(); }

  ~fixture() {
    caf::anon_send_exit(pool, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(breaker, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
    run();
    held->calls.clear();
    held->workers.clear();
  }

  /// Calls have letters for names here.
  static call_id id_of(const std::string& name) { return static_cast<call_id>(name.front()); }

  planned_call_ptr call(const std::string& name) {
    auto c = std::make_shared<planned_call>();
    c->id = c->reservation = id_of(name);
    c->age_from = now();
    c->pictures.push_back(test_picture("1", name));
    return c;
  }

  outcome_reply annotate(const planned_call_ptr& c) {
    auto r = ask_later<call_outcome_ptr>(pool, annotate_atom::value, c, listener);
    run();
    return r;
  }

  pool_stats stats() { return *ask<pool_stats>(pool, stats_atom::value); }
};

ec code_in(const outcome_reply& r) {
  BOOST_REQUIRE(r->value.has_value());
  const auto* failure = std::get_if<call_failure>(r->value->get());
  return failure == nullptr ? ec::none : failure->code;
}

const call_failure unavailable{ec::engine_unavailable, "no connection", true, std::nullopt};

BOOST_FIXTURE_TEST_SUITE(vision_pool_actor_suite, fixture)

BOOST_AUTO_TEST_CASE(as_many_calls_run_as_there_are_workers_and_the_rest_wait_their_turn) {
  const auto a = annotate(call("a"));
  const auto b = annotate(call("b"));
  const auto c = annotate(call("c"));
  BOOST_TEST(held->calls.size() == 2u);
  BOOST_TEST(stats().waiting == 1u);
  BOOST_TEST(stats().running == 2u);
  held->answer_well();
  run();
  BOOST_TEST((code_in(a) == ec::none));
  BOOST_TEST(held->calls.size() == 2u);
  BOOST_TEST(held->calls.back().call->id == id_of("c"));
  BOOST_TEST(!b->come());
  BOOST_TEST(!c->come());
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_by_name) {
  for (const auto* job : {"a", "b", "c", "d", "e"})
    annotate(call(job));
  BOOST_TEST(stats().waiting == 3u);
  BOOST_TEST((code_in(annotate(call("f"))) == ec::queue_full));
}

BOOST_AUTO_TEST_CASE(calls_wait_for_an_open_breaker_and_the_first_after_it_is_the_probe) {
  const auto a = annotate(call("a"));
  const auto b = annotate(call("b"));
  held->answer(unavailable);
  held->answer(unavailable);
  run();
  BOOST_TEST((code_in(a) == ec::engine_unavailable));
  BOOST_TEST((code_in(b) == ec::engine_unavailable));
  const auto c = annotate(call("c"));
  const auto d = annotate(call("d"));
  advance(29s);
  BOOST_TEST(held->calls.empty());
  advance(2s);
  BOOST_TEST(held->calls.size() == 1u);
  held->answer_well();
  run();
  BOOST_TEST((code_in(c) == ec::none));
  BOOST_TEST(held->calls.size() == 1u);
  held->answer_well();
  run();
  BOOST_TEST((code_in(d) == ec::none));
}

BOOST_AUTO_TEST_CASE(a_rejected_call_does_not_count_for_the_breaker) {
  for (int i = 0; i < 5; ++i) {
    annotate(call("a"));
    held->answer(call_failure{ec::request_rejected, "bad image", true, std::nullopt});
    run();
  }
  BOOST_TEST((ask<breaker_status>(breaker, status_atom::value)->mode == breaker_mode::closed));
}

BOOST_AUTO_TEST_CASE(a_call_that_was_rejected_before_it_was_sent_tells_nothing_of_the_engine) {
  const auto after = [this](bool sent) {
    annotate(call("a"));
    held->answer(call_failure{ec::request_rejected, "no picture can be decoded", sent, std::nullopt});
    run();
    return ask<breaker_status>(breaker, status_atom::value)->failures;
  };
  annotate(call("a"));
  held->answer(call_failure{ec::engine_unavailable, "503", true, std::nullopt});
  run();
  BOOST_TEST(after(false) == 1u);
  // An answer of the engine's, whatever it says of the picture, ends the row of failures.
  BOOST_TEST(after(true) == 0u);
}

BOOST_AUTO_TEST_CASE(a_refused_account_counts_for_the_breaker) {
  for (int i = 0; i < 2; ++i) {
    annotate(call("a"));
    held->answer(call_failure{ec::account_refused, "billing is disabled", true, std::nullopt});
    run();
  }
  BOOST_TEST((ask<breaker_status>(breaker, status_atom::value)->mode == breaker_mode::open));
}

BOOST_AUTO_TEST_CASE(a_call_whose_job_has_become_too_old_is_given_up) {
  annotate(call("a"));
  annotate(call("b"));
  const auto c = annotate(call("c"));
  advance(59min);
  BOOST_TEST(!c->come());
  advance(2min);
  BOOST_TEST((code_in(c) == ec::expired_in_queue));
}

BOOST_AUTO_TEST_CASE(cancelling_gives_up_a_waiting_call_and_stops_a_running_one) {
  annotate(call("a"));
  annotate(call("b"));
  const auto waiting = annotate(call("c"));
  self->send(pool, cancel_atom::value, id_of("b"));
  self->send(pool, cancel_atom::value, id_of("c"));
  run();
  BOOST_TEST((code_in(waiting) == ec::cancelled));
  BOOST_TEST(!held->calls[0].stop.stop_requested());
  BOOST_TEST(held->calls[1].stop.stop_requested());
}

BOOST_AUTO_TEST_CASE(a_worker_that_dies_is_replaced_and_its_call_fails) {
  const auto a = annotate(call("a"));
  BOOST_REQUIRE_EQUAL(held->workers.size(), 2u);
  const auto busy = caf::actor_cast<caf::actor>(held->workers[1]);
  caf::anon_send_exit(busy, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST((code_in(a) == ec::internal));
  BOOST_TEST(held->workers.size() == 3u);
  held->calls.clear();
  const auto b = annotate(call("b"));
  const auto c = annotate(call("c"));
  BOOST_TEST(held->calls.size() == 1u);
  held->answer_well();
  run();
  BOOST_TEST((code_in(b) == ec::none));
  BOOST_TEST(held->calls.size() == 1u);
}

BOOST_AUTO_TEST_CASE(draining_gives_up_what_waits_and_waits_for_what_runs) {
  const auto a = annotate(call("a"));
  annotate(call("b"));
  const auto c = annotate(call("c"));
  const auto drained = ask_later<acknowledged>(pool, drain_atom::value, duration{10s});
  run();
  BOOST_TEST((code_in(c) == ec::shutting_down));
  BOOST_TEST(!drained->come());
  held->answer_well();
  run();
  BOOST_TEST((code_in(a) == ec::none));
  advance(11s);
  BOOST_TEST(held->calls[0].stop.stop_requested());
  held->answer(call_failure{ec::cancelled, "stopped", true, std::nullopt});
  run();
  BOOST_TEST(drained->value.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

struct worker_fixture : actor_fixture {
  std::shared_ptr<failing_store> store = std::make_shared<failing_store>();
  store_writer_actor writer = system.spawn(store_writer, store, batch_number{0}, clock(), std::make_shared<observer>());
  progress_actor listener = system.spawn(silent_listener);
  int calls = 0;
  int rests = 0;
  bool memory_is_short = false;
  timestamp age_from = now();
  std::shared_ptr<recording_observer> watch = std::make_shared<recording_observer>();
  vision_worker_actor worker = system.spawn(
      vision_worker,
      std::make_shared<scripted_engines>(
          [this](const planned_call& c, const std::stop_token&, const vision::progress_fn&) -> call_outcome {
            ++calls;
            BOOST_TEST((store->spends().at(c.reservation).state == store::memory_store::spend_state::begun));
            if (memory_is_short)
              throw std::bad_alloc{};
            return read_contents(c);
          },
          [this] { ++rests; }),
      writer, duration{24h}, duration{30s}, clock(), observer_ptr{watch});

  worker_fixture() {
    store->memory_store::commit(
        std::vector<transaction>{accept_job{"a", now(), test_job({{"1", "x"}}), {{1, {0}, true}}, {}, false, {}, 0}});
  }

  ~worker_fixture() {
    for (const auto& actor : {caf::actor_cast<caf::actor>(writer), caf::actor_cast<caf::actor>(listener),
                              caf::actor_cast<caf::actor>(worker)})
      caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  }

  outcome_reply annotate(attempt_token attempt, const std::stop_source& stop = {}) {
    auto c = std::make_shared<planned_call>();
    c->id = 1;
    c->attempt = attempt;
    c->reservation = 1;
    c->pictures.push_back(test_picture("1", "x"));
    c->age_from = age_from;
    auto r = ask_later<call_outcome_ptr>(worker, annotate_atom::value, planned_call_ptr{c}, listener, stop.get_token());
    run();
    return r;
  }
};

BOOST_FIXTURE_TEST_SUITE(vision_worker_actor_suite, worker_fixture)

BOOST_AUTO_TEST_CASE(the_engine_is_called_after_the_beginning_is_durable) {
  BOOST_TEST((code_in(annotate(1)) == ec::none));
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(whoever_watches_is_told_of_each_attempt_that_the_engine_had) {
  annotate(1);
  // Too late: the engine has no part in it.
  annotate(7);
  memory_is_short = true;
  annotate(1);
  BOOST_REQUIRE(watch->calls.size() == 2u);
  BOOST_TEST(watch->calls[0].id == 1u);
  BOOST_TEST((watch->calls[0].code == ec::none));
  BOOST_TEST((watch->calls[1].code == ec::internal));
  BOOST_TEST(!watch->calls[1].sent);
}

BOOST_AUTO_TEST_CASE(the_engine_is_not_called_when_the_store_fails) {
  store->fails = [](auto) { return true; };
  BOOST_TEST((code_in(annotate(1)) == ec::store_unavailable));
  BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(the_engine_is_not_called_for_an_older_attempt) {
  store->memory_store::commit(std::vector<transaction>{reserve_retry{1, 2, 2, now()}});
  BOOST_TEST((code_in(annotate(1)) == ec::cancelled));
  BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(the_engine_is_not_called_for_a_job_that_became_too_old) {
  age_from = now() - 24h;
  BOOST_TEST((code_in(annotate(1)) == ec::expired_in_queue));
  BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(the_engine_is_not_called_after_a_stop) {
  std::stop_source stop;
  stop.request_stop();
  BOOST_TEST((code_in(annotate(1, stop)) == ec::cancelled));
  BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_short_of_memory_lives_and_has_sent_nothing) {
  memory_is_short = true;
  const auto first = annotate(1);
  BOOST_TEST((code_in(first) == ec::internal));
  BOOST_TEST(!std::get<call_failure>(**first->value).sent);
  memory_is_short = false;
  BOOST_TEST((code_in(annotate(1)) == ec::none));
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(the_engine_rests_once_when_no_call_has_come_for_a_while) {
  annotate(1);
  advance(29s);
  BOOST_TEST(rests == 0);
  advance(2s);
  BOOST_TEST(rests == 1);
  advance(5min);
  BOOST_TEST(rests == 1);
}

BOOST_AUTO_TEST_CASE(a_call_puts_off_the_rest) {
  annotate(1);
  advance(20s);
  annotate(1);
  advance(29s);
  BOOST_TEST(rests == 0);
  advance(2s);
  BOOST_TEST(rests == 1);
  annotate(1);
  advance(31s);
  BOOST_TEST(rests == 2);
}

BOOST_AUTO_TEST_CASE(an_engine_that_was_never_made_does_not_rest) {
  age_from = now() - 24h;
  annotate(1);
  advance(1min);
  BOOST_TEST(rests == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
