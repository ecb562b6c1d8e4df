#include "actors/circuit_breaker_actor.hpp"
#include "actors/job_registry_actor.hpp"
#include "actors/rate_limiter_actor.hpp"
#include "actors/store_reader_actor.hpp"
#include "actors/store_writer_actor.hpp"
#include "actors/vision_pool_actor.hpp"
#include "support/actor_fixture.hpp"
#include "support/failing_store.hpp"
#include "support/fake_worker.hpp"

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using spend_state = store::memory_store::spend_state;

/// Every actor but the workers is the real one; the test answers the workers' calls. The fake workers make no durable
/// beginning, so spends go from reserved to settled here.
struct fixture : actor_fixture {
  std::shared_ptr<failing_store> store = std::make_shared<failing_store>();
  std::shared_ptr<held_calls> held = std::make_shared<held_calls>();
  rate_limiter_actor limiter;
  circuit_breaker_actor breaker;
  store_writer_actor writer;
  store_reader_actor reader;
  vision_pool_actor pool;
  job_registry_actor registry;

  fixture() { start(); }
  ~fixture() { end(); }

  void start() {
    const auto recovered = std::make_shared<const recovery>(store->recover(now()));
    auto windows = std::make_shared<rate_limiter_state>(rate_limiter_config{3, 100, 5});
    windows->restore(now(), history_of(*recovered));
    limiter = system.spawn(rate_limiter, windows, clock());
    breaker = system.spawn(circuit_breaker, circuit_breaker_config{.threshold = 2, .open_time = 30s}, timestamp{},
                           false, clock());
    writer = system.spawn(store_writer, store, recovered->last_batch, clock(), std::make_shared<observer>());
    reader = system.spawn(store_reader, std::shared_ptr<store::job_reader>{store->open_reader()}, writer);
    pool = system.spawn(vision_pool, vision_pool_config{2, 100, 24h}, breaker,
                        worker_factory{[this] { return system.spawn(fake_worker, held); }}, sieve_factory{}, clock());
    job_config jobs;
    jobs.result_ttl = 100s;
    jobs.queue_capacity = 50;
    // Two pictures make a call.
    const auto two_a_call = [](const std::vector<picture>& pictures) {
      std::vector<picture_indices> calls;
      for (std::uint32_t i = 0; i < pictures.size(); ++i)
        if (i % 2 == 0)
          calls.push_back({i});
        else
          calls.back().push_back(i);
      return calls;
    };
    const registry_setup setup{jobs,
                               two_a_call,
                               [this] { return "job-" + std::to_string(++ids); },
                               [] { return 0.0; },
                               {"test", "test", 1500}};
    registry = system.spawn(job_registry,
                            job_registry_config{setup, breaker, limiter, writer, reader, pool, clock(), recovered});
    run();
  }

  void end() {
    for (const auto& actor : {caf::actor_cast<caf::actor>(registry), caf::actor_cast<caf::actor>(pool),
                              caf::actor_cast<caf::actor>(reader), caf::actor_cast<caf::actor>(writer),
                              caf::actor_cast<caf::actor>(breaker), caf::actor_cast<caf::actor>(limiter)})
      caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    registry = nullptr;
    pool = nullptr;
    reader = nullptr;
    writer = nullptr;
    breaker = nullptr;
    limiter = nullptr;
    run();
    held->calls.clear();
    held->workers.clear();
  }

  submission submit(const job_spec_ptr& spec) { return *ask<submission>(registry, submit_atom::value, spec); }
  job_view_ptr get(const job_id& id) {
    return ask<job_view_ptr>(registry, get_atom::value, owner_name{}, id).value_or(nullptr);
  }
  limiter_usage used() { return *ask<limiter_usage>(limiter, usage_atom::value, owner_name{}); }

  void answer_well() {
    held->answer_well();
    run();
  }
  void answer(call_outcome outcome) {
    held->answer(std::move(outcome));
    run();
  }

  int ids = 0;
};

/// It pays for the attempt by itself.
shares_ptr whole_call_of(const job_id& id) {
  return std::make_shared<const std::vector<job_share>>(1, job_share{id, {whole_call, 1500}});
}

call_failure failure(ec code, bool sent) {
  return {code, "as the test says", sent, std::nullopt};
}

BOOST_FIXTURE_TEST_SUITE(job_registry_actor_suite, fixture)

BOOST_AUTO_TEST_CASE(a_job_goes_all_the_way) {
  const auto s = submit(test_job({{"1", "x"}, {"2", "y"}, {"3", "z"}}));
  BOOST_TEST(s.accepted());
  BOOST_TEST(!s.identical);
  BOOST_TEST(s.usage->day.current == 2u);
  BOOST_TEST((get(s.id)->status == job_status::pending));
  BOOST_TEST(held->calls.size() == 2u);
  self->send(registry, call_progress{held->calls[0].call->id, 1, 1, now()});
  run();
  BOOST_TEST((get(s.id)->status == job_status::processing));
  BOOST_TEST(get(s.id)->pictures_done == 1u);
  answer_well();
  BOOST_TEST(get(s.id)->pictures_done == 2u);
  answer_well();
  const auto done = get(s.id);
  BOOST_TEST((done->status == job_status::completed));
  BOOST_TEST(done->result->pictures[2].outcome.recognised->symbols[0].text == "z");
  BOOST_TEST(done->result->api_calls == 2u);
  for (const auto& [id, spend] : store->spends())
    BOOST_TEST((spend.state == spend_state::settled));
  BOOST_TEST(store->jobs().at(s.id).end.has_value());
}

BOOST_AUTO_TEST_CASE(a_hundred_identical_posts_at_once_make_one_job_and_one_call) {
  const auto spec = test_job({{"1", "x"}});
  std::vector<std::shared_ptr<reply<submission>>> posts;
  for (int i = 0; i < 100; ++i)
    posts.push_back(ask_later<submission>(registry, submit_atom::value, spec));
  run();
  int fresh = 0;
  for (const auto& post : posts) {
    BOOST_REQUIRE(post->value.has_value());
    BOOST_TEST(post->value->id == "job-1");
    fresh += post->value->identical ? 0 : 1;
  }
  BOOST_TEST(fresh == 1);
  BOOST_TEST(held->calls.size() == 1u);
  answer_well();
  const auto later = submit(spec);
  BOOST_TEST(later.identical);
  BOOST_TEST((later.status == job_status::completed));
  BOOST_TEST(used().minute.current == 1u);
  BOOST_TEST(used().day.current == 1u);
}

BOOST_AUTO_TEST_CASE(pictures_that_were_recognised_before_are_not_sent_again) {
  submit(test_job({{"1", "x"}, {"2", "y"}}));
  answer_well();
  const auto mixed = submit(test_job({{"a", "y"}, {"b", "z"}, {"c", "z"}}));
  BOOST_REQUIRE_EQUAL(held->calls.size(), 1u);
  BOOST_REQUIRE_EQUAL(held->calls[0].call->pictures.size(), 1u);
  BOOST_TEST(held->calls[0].call->pictures[0].id == "b");
  answer_well();
  const auto done = get(mixed.id);
  BOOST_TEST(done->result->pictures_from_cache == 2u);
  BOOST_TEST(done->result->pictures[2].outcome.recognised->symbols[0].text == "z");

  // A job made only of such pictures completes without a call, and counts for nothing.
  const auto before = used();
  const auto known = submit(test_job({{"p", "z"}, {"q", "x"}}));
  BOOST_TEST(known.accepted());
  BOOST_TEST(!known.identical);
  BOOST_TEST((known.status == job_status::completed));
  BOOST_TEST(held->calls.empty());
  BOOST_TEST(used().minute.current == before.minute.current);
  BOOST_TEST(get(known.id)->result->pictures[1].outcome.recognised->symbols[0].text == "x");
}

BOOST_AUTO_TEST_CASE(a_refusal_changes_nothing) {
  for (const auto* content : {"a", "b", "c"})
    submit(test_job({{"1", content}}));
  const auto before = used();
  const auto refused = submit(test_job({{"1", "d"}}));
  BOOST_TEST((refused.refused == ec::rate_limited));
  BOOST_REQUIRE(refused.retry_after.has_value());
  BOOST_TEST(refused.usage->minute.current == 3u);
  BOOST_TEST(used().day.current == before.day.current);
  BOOST_TEST(store->jobs().size() == 3u);
  BOOST_TEST(ask<registry_stats>(registry, stats_atom::value)->total_jobs == 3u);
  // The same job may come back when there is room.
  advance(*refused.retry_after);
  BOOST_TEST(submit(test_job({{"1", "d"}})).accepted());
}

BOOST_AUTO_TEST_CASE(a_job_that_no_day_can_hold_is_refused_for_good) {
  std::vector<std::pair<std::string, std::string>> pictures;
  for (int i = 0; i < 11; ++i)
    pictures.emplace_back(std::to_string(i), std::to_string(i));
  const auto refused = submit(test_job(pictures));
  BOOST_TEST((refused.refused == ec::job_too_large));
  BOOST_TEST(!refused.retry_after.has_value());
}

BOOST_AUTO_TEST_CASE(an_open_breaker_refuses_new_jobs_but_not_what_is_known) {
  const auto known = test_job({{"1", "x"}});
  submit(known);
  answer_well();
  submit(test_job({{"1", "y"}}));
  answer(failure(ec::engine_unavailable, true));
  advance(2s);
  answer(failure(ec::engine_unavailable, true));
  BOOST_TEST((ask<breaker_status>(breaker, status_atom::value)->mode == breaker_mode::open));
  const auto refused = submit(test_job({{"1", "z"}}));
  BOOST_TEST((refused.refused == ec::breaker_open));
  BOOST_TEST((*refused.retry_after <= duration{30s}));
  BOOST_TEST((*refused.retry_after > duration{25s}));
  BOOST_TEST(submit(known).identical);
  BOOST_TEST(submit(test_job({{"other id", "x"}})).accepted());
}

BOOST_AUTO_TEST_CASE(a_failed_attempt_is_tried_again_with_a_reservation_of_its_own) {
  const auto s = submit(test_job({{"1", "x"}}));
  answer(failure(ec::engine_unavailable, true));
  BOOST_TEST(held->calls.empty());
  BOOST_TEST((store->spends().at(1).state == spend_state::settled));
  BOOST_TEST((store->spends().at(2).state == spend_state::reserved));
  BOOST_TEST(used().day.current == 2u);
  advance(1500ms);
  BOOST_REQUIRE_EQUAL(held->calls.size(), 1u);
  BOOST_TEST(held->calls[0].call->attempt == 2u);
  answer_well();
  BOOST_TEST((get(s.id)->status == job_status::completed));
  BOOST_TEST(get(s.id)->result->api_calls == 2u);
}

BOOST_AUTO_TEST_CASE(what_was_never_sent_keeps_its_reservation_and_is_tried_again_as_often_as_it_takes) {
  const auto s = submit(test_job({{"1", "x"}}));
  for (attempt_token attempt = 1; attempt <= 6; ++attempt) {
    BOOST_REQUIRE_EQUAL(held->calls.size(), 1u);
    BOOST_TEST(held->calls[0].call->attempt == attempt);
    BOOST_TEST(held->calls[0].call->reservation == 1u);
    answer(failure(ec::engine_unavailable, false));
    BOOST_TEST((store->spends().at(1).state == spend_state::reserved));
    BOOST_TEST(used().day.current == 1u);
    // The breaker opens meanwhile, and the delays grow.
    advance(40s);
  }
  answer_well();
  BOOST_TEST((get(s.id)->status == job_status::completed));
  BOOST_TEST(get(s.id)->result->api_calls == 1u);
  BOOST_TEST(store->spends().size() == 1u);
}

BOOST_AUTO_TEST_CASE(only_paid_attempts_count_as_attempts_also_after_a_restart) {
  const auto s = submit(test_job({{"1", "x"}}));
  answer(failure(ec::engine_unavailable, false));
  advance(2s);
  answer(failure(ec::engine_unavailable, true));
  advance(40s);
  end();
  start();
  for (int i = 0; i < 2; ++i) {
    advance(40s);
    BOOST_REQUIRE_EQUAL(held->calls.size(), 1u);
    answer(failure(ec::engine_unavailable, true));
  }
  BOOST_TEST(get(s.id)->result->pictures[0].outcome.error == "gave up after 4 attempts: as the test says");
  BOOST_TEST(get(s.id)->result->api_calls == 3u);
}

BOOST_AUTO_TEST_CASE(the_engine_is_not_asked_again_before_it_said) {
  submit(test_job({{"1", "x"}}));
  auto throttled = failure(ec::engine_unavailable, true);
  throttled.retry_after = 30s;
  answer(throttled);
  advance(29s);
  BOOST_TEST(held->calls.empty());
  advance(2s);
  BOOST_TEST(held->calls.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_refused_account_is_not_asked_again_and_its_message_is_for_the_operator) {
  const auto s = submit(test_job({{"1", "x"}}));
  auto refused = failure(ec::account_refused, true);
  refused.detail = "This API method requires billing to be enabled.";
  answer(refused);
  advance(60s);
  BOOST_TEST(held->calls.empty());
  const auto done = get(s.id);
  BOOST_TEST((done->status == job_status::failed));
  BOOST_TEST(done->result->pictures[0].outcome.error.find("billing") == std::string::npos);
  BOOST_TEST(done->result->pictures[0].outcome.error.find("/health") != std::string::npos);
  const auto status = *ask<breaker_status>(breaker, status_atom::value);
  BOOST_TEST(status.failures == 1u);
  BOOST_TEST(status.last_error == "This API method requires billing to be enabled.");
  submit(test_job({{"1", "y"}}));
  answer_well();
  BOOST_TEST(ask<breaker_status>(breaker, status_atom::value)->last_error.empty());
}

call_failure splittable(bool sent) {
  auto refused = failure(ec::request_rejected, sent);
  refused.splittable = true;
  return refused;
}

BOOST_AUTO_TEST_CASE(a_call_that_is_refused_as_a_whole_goes_on_in_halves) {
  const auto s = submit(test_job({{"1", "x"}, {"2", "bad"}}));
  answer(splittable(true));
  BOOST_REQUIRE_EQUAL(held->calls.size(), 2u);
  BOOST_TEST((store->spends().at(1).state == spend_state::settled));
  BOOST_TEST((store->spends().at(3).state == spend_state::reserved));
  BOOST_TEST(used().day.current == 3u);
  answer_well();
  answer(failure(ec::request_rejected, true));
  const auto done = get(s.id);
  BOOST_TEST((done->status == job_status::completed));
  BOOST_TEST(done->result->pictures[0].outcome.recognised->symbols[0].text == "x");
  BOOST_TEST(done->result->pictures[1].outcome.error == "as the test says");
  BOOST_TEST(done->result->api_calls == 3u);
  BOOST_TEST((ask<breaker_status>(breaker, status_atom::value)->mode == breaker_mode::closed));
}

BOOST_AUTO_TEST_CASE(halves_survive_a_restart) {
  const auto s = submit(test_job({{"1", "x"}, {"2", "y"}}));
  answer(splittable(true));
  end();
  start();
  BOOST_REQUIRE_EQUAL(held->calls.size(), 2u);
  BOOST_TEST(held->calls[0].call->id == 2u);
  answer_well();
  answer_well();
  BOOST_TEST(get(s.id)->result->pictures[1].outcome.recognised->symbols[0].text == "y");
  BOOST_TEST(used().day.current == 3u);
}

BOOST_AUTO_TEST_CASE(a_call_that_never_left_gives_its_price_back_when_it_is_split) {
  submit(test_job({{"1", "x"}, {"2", "y"}}));
  answer(splittable(false));
  BOOST_TEST(held->calls.size() == 2u);
  BOOST_TEST((store->spends().at(1).state == spend_state::released));
  BOOST_TEST(used().day.current == 2u);
}

BOOST_AUTO_TEST_CASE(splitting_stops_when_the_budget_is_out) {
  submit(test_job({{"1", "a"}, {"2", "b"}, {"3", "c"}, {"4", "d"}}));
  const auto s = submit(test_job({{"1", "e"}, {"2", "f"}, {"3", "g"}, {"4", "h"}}));
  answer_well();
  answer_well();
  // Four of five calls are taken; two are needed.
  answer(splittable(true));
  answer_well();
  const auto done = get(s.id);
  BOOST_TEST((done->status == job_status::completed));
  BOOST_TEST(done->result->pictures[1].outcome.error.find("leaves no other attempt") != std::string::npos);
  BOOST_TEST(done->result->pictures[3].outcome.recognised->symbols[0].text == "h");
  BOOST_TEST(used().day.current == 4u);
}

BOOST_AUTO_TEST_CASE(a_job_cancelled_while_its_call_is_split_gives_the_reservations_back) {
  const auto s = submit(test_job({{"1", "x"}, {"2", "y"}}));
  held->answer(splittable(true));
  self->send(registry, cancel_atom::value, owner_name{}, s.id);
  run();
  BOOST_TEST((get(s.id)->status == job_status::cancelled));
  BOOST_TEST(held->calls.empty());
  // The one call that was made, whatever the order of the messages.
  BOOST_TEST(used().day.current == 1u);
  for (const auto& [id, spend] : store->spends())
    BOOST_TEST((id == 1 ? spend.state == spend_state::settled : spend.state == spend_state::released));
}

BOOST_AUTO_TEST_CASE(after_the_last_attempt_the_pictures_fail) {
  const auto s = submit(test_job({{"1", "x"}}));
  for (int i = 0; i < 3; ++i) {
    BOOST_REQUIRE_EQUAL(held->calls.size(), 1u);
    answer(failure(ec::internal, true));
    advance(40s);
  }
  const auto done = get(s.id);
  BOOST_TEST((done->status == job_status::failed));
  BOOST_TEST(done->result->pictures[0].outcome.error == "gave up after 3 attempts: as the test says");
  BOOST_TEST(used().day.current == 3u);
}

BOOST_AUTO_TEST_CASE(retries_stop_when_the_budget_is_out) {
  std::vector<job_id> both;
  for (const auto* content : {"a", "b"})
    both.push_back(
        submit(test_job({{"1", content}, {"2", std::string{content} + "2"}, {"3", std::string{content} + "3"}})).id);
  // Four of five calls are reserved; one retry is left.
  answer(failure(ec::engine_unavailable, true));
  BOOST_TEST(used().day.current == 5u);
  answer_well();
  answer_well();
  answer(failure(ec::engine_unavailable, true));
  BOOST_TEST(used().day.current == 5u);
  const auto second = get(both[1]);
  BOOST_TEST((second->status == job_status::completed));
  BOOST_TEST(second->result->pictures[2].outcome.error.find("leaves no other attempt") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_rejected_call_fails_its_pictures_alone) {
  const auto s = submit(test_job({{"1", "x"}, {"2", "y"}, {"3", "z"}}));
  answer(failure(ec::request_rejected, true));
  answer_well();
  const auto done = get(s.id);
  BOOST_TEST((done->status == job_status::completed));
  BOOST_TEST(done->result->pictures[0].outcome.error == "as the test says");
  BOOST_TEST(done->result->pictures[2].outcome.recognised->symbols[0].text == "z");
}

BOOST_AUTO_TEST_CASE(waiters_are_answered_when_the_job_ends_or_their_time_is_over) {
  const auto s = submit(test_job({{"1", "x"}}));
  const auto patient = ask_later<job_view_ptr>(registry, wait_atom::value, owner_name{}, s.id, now() + 50s);
  const auto hasty = ask_later<job_view_ptr>(registry, wait_atom::value, owner_name{}, s.id, now() + 2s);
  run();
  advance(1900ms);
  BOOST_TEST(!hasty->come());
  advance(200ms);
  BOOST_REQUIRE(hasty->value.has_value());
  BOOST_TEST(((*hasty->value)->status == job_status::pending));
  BOOST_TEST(!patient->come());
  answer_well();
  BOOST_REQUIRE(patient->value.has_value());
  BOOST_TEST(((*patient->value)->status == job_status::completed));
  BOOST_TEST((*patient->value)->result->pictures.size() == 1u);
  const auto unknown = ask_later<job_view_ptr>(registry, wait_atom::value, owner_name{}, job_id{"none"}, now() + 50s);
  run();
  BOOST_REQUIRE(unknown->error.has_value());
  BOOST_TEST((code_of(*unknown->error) == ec::job_not_found));
}

BOOST_AUTO_TEST_CASE(cancelling_refunds_what_was_not_sent) {
  const auto s = submit(test_job({{"1", "u"}, {"2", "v"}, {"3", "w"}, {"4", "x"}, {"5", "y"}, {"6", "z"}}));
  BOOST_TEST(used().day.current == 3u);
  BOOST_TEST(held->calls.size() == 2u);
  const auto waiter = ask_later<job_view_ptr>(registry, wait_atom::value, owner_name{}, s.id, now() + 50s);
  run();
  BOOST_TEST(ask<acknowledged>(registry, cancel_atom::value, owner_name{}, s.id).has_value());
  BOOST_REQUIRE(waiter->value.has_value());
  BOOST_TEST(((*waiter->value)->status == job_status::cancelled));
  // The third call waited; the first two run and are told to stop.
  BOOST_TEST(used().day.current == 2u);
  BOOST_TEST(held->calls[0].stop.stop_requested());
  answer(failure(ec::cancelled, true));
  answer(failure(ec::cancelled, false));
  BOOST_TEST(used().day.current == 1u);
  BOOST_TEST((get(s.id)->status == job_status::cancelled));
  // The second time it is forgotten.
  BOOST_TEST(ask<acknowledged>(registry, cancel_atom::value, owner_name{}, s.id).has_value());
  BOOST_TEST(get(s.id) == nullptr);
  BOOST_TEST(store->jobs().empty());
  BOOST_TEST(!ask<acknowledged>(registry, cancel_atom::value, owner_name{}, s.id).has_value());
}

BOOST_AUTO_TEST_CASE(a_result_that_comes_after_the_cancellation_is_not_written_but_paid) {
  const auto s = submit(test_job({{"1", "x"}}));
  ask<acknowledged>(registry, cancel_atom::value, owner_name{}, s.id);
  answer_well();
  BOOST_TEST((get(s.id)->status == job_status::cancelled));
  BOOST_TEST((store->spends().at(1).state == spend_state::settled));
}

BOOST_AUTO_TEST_CASE(ended_jobs_expire_and_are_forgotten) {
  const auto s = submit(test_job({{"1", "x"}}));
  answer_well();
  advance(99s);
  BOOST_TEST(get(s.id) != nullptr);
  advance(1s);
  BOOST_TEST(get(s.id) == nullptr);
  BOOST_TEST((code_of(last_error) == ec::job_not_found));
  self->send(registry, sweep_atom::value);
  run();
  BOOST_TEST(store->jobs().empty());
  // The money stays spent.
  BOOST_TEST(store->spends().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_failing_store_means_no_new_work_and_no_charge) {
  store->fails = [](auto) { return true; };
  const auto spec = test_job({{"1", "x"}});
  const auto refused = submit(spec);
  BOOST_TEST((refused.refused == ec::store_unavailable));
  BOOST_TEST(refused.retry_after.has_value());
  BOOST_TEST(held->calls.empty());
  BOOST_TEST(used().minute.current == 0u);
  BOOST_TEST(used().day.current == 0u);
  store->fails = [](auto) { return false; };
  BOOST_TEST(submit(spec).accepted());
  store->recall_fails = true;
  BOOST_TEST((submit(test_job({{"1", "y"}})).refused == ec::store_unavailable));
}

BOOST_AUTO_TEST_CASE(a_result_waits_for_the_store_to_work_again) {
  const auto s = submit(test_job({{"1", "x"}}));
  store->fails = [](auto) { return true; };
  answer_well();
  advance(5s);
  BOOST_TEST((get(s.id)->status != job_status::completed));
  BOOST_TEST(used().day.current == 1u);
  store->fails = [](auto) { return false; };
  advance(2s);
  BOOST_TEST((get(s.id)->status == job_status::completed));
  BOOST_TEST((store->spends().at(1).state == spend_state::settled));
}

BOOST_AUTO_TEST_CASE(a_drained_registry_refuses_jobs_and_answers_its_waiters) {
  const auto running = submit(test_job({{"1", "x"}}));
  const auto other = submit(test_job({{"1", "y"}}));
  const auto third = submit(test_job({{"1", "z"}}));
  const auto waiter = ask_later<job_view_ptr>(registry, wait_atom::value, owner_name{}, third.id, now() + 50s);
  run();
  const auto drained = ask_later<acknowledged>(registry, drain_atom::value, duration{10s});
  run();
  BOOST_TEST((submit(test_job({{"1", "q"}})).refused == ec::shutting_down));
  BOOST_TEST(!drained->come());
  answer_well();
  answer_well();
  advance(100ms);
  BOOST_TEST(drained->value.has_value());
  BOOST_TEST((get(running.id)->status == job_status::completed));
  BOOST_TEST((get(other.id)->status == job_status::completed));
  BOOST_REQUIRE(waiter->value.has_value());
  BOOST_TEST(((*waiter->value)->status == job_status::pending));
  // What was not sent stays reserved for the next start.
  BOOST_TEST((store->spends().at(3).state == spend_state::reserved));
}

BOOST_AUTO_TEST_CASE(after_a_restart_every_job_goes_on_and_an_interrupted_attempt_is_paid_again) {
  const auto ended = submit(test_job({{"1", "x"}}));
  answer_well();
  const auto interrupted = submit(test_job({{"1", "y"}}));
  const auto waiting = submit(test_job({{"1", "z"}}));
  // The process ends between the beginning of the attempt and its answer.
  store->memory_store::commit(
      std::vector<transaction>{begin_attempt{2, 1, 2, now(), 1500, whole_call_of(interrupted.id)}});
  end();
  start();
  BOOST_TEST((store->spends().at(2).state == spend_state::unknown));
  BOOST_TEST(get(ended.id)->result->pictures[0].outcome.recognised->symbols[0].text == "x");
  BOOST_TEST((get(interrupted.id)->status == job_status::processing));
  BOOST_TEST((get(waiting.id)->status == job_status::pending));
  BOOST_TEST(used().minute.current == 3u);
  // One settled, one unknown, its next attempt, and one reserved.
  BOOST_TEST(used().day.current == 4u);
  advance(2s);
  // The interrupted one may be what ended the process: it runs first, with nothing beside it.
  BOOST_REQUIRE_EQUAL(held->calls.size(), 1u);
  BOOST_TEST(held->calls[0].call->suspect);
  BOOST_TEST(held->calls[0].call->attempt == 2u);
  BOOST_TEST(held->calls[0].call->reservation == 4u);
  answer_well();
  BOOST_REQUIRE_EQUAL(held->calls.size(), 1u);
  BOOST_TEST(held->calls[0].call->reservation == 3u);
  answer_well();
  BOOST_TEST((get(waiting.id)->status == job_status::completed));
  BOOST_TEST(get(interrupted.id)->result->api_calls == 2u);
  BOOST_TEST(submit(test_job({{"1", "x"}})).identical);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
