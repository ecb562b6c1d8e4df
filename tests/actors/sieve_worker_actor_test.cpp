#include "actors/sieve_worker_actor.hpp"
#include "support/actor_fixture.hpp"
#include "support/scripted_sieve.hpp"

#include <new>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

struct fixture : actor_fixture {
  std::function<sift_outcome(const std::stop_token&)> says = [](const std::stop_token&) {
    return sift_outcome{std::vector<sieve_verdict>{travels{}}};
  };
  int rests = 0;
  sieve_worker_actor worker = system.spawn(
      sieve_worker,
      std::make_shared<const sifting_engines>(
          [](const auto& call, const auto&, const auto&) { return read_contents(call); },
          [this](const auto&, const auto&, const std::stop_token& stop) { return says(stop); }, [this] { ++rests; }),
      10s, clock());

  ~fixture() {
    caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
    run();
  }

  sift_outcome_ptr sift(const std::stop_token& stop = {}) {
    return *ask<sift_outcome_ptr>(worker, sift_atom::value, sift_request_ptr{std::make_shared<const sift_request>()},
                                  stop);
  }
};

ec failure_in(const sift_outcome_ptr& outcome) {
  const auto* failure = std::get_if<call_failure>(outcome.get());
  return failure == nullptr ? ec::none : failure->code;
}

BOOST_FIXTURE_TEST_SUITE(sieve_worker_behaviour, fixture)

BOOST_AUTO_TEST_CASE(a_portion_is_answered_with_what_the_sieve_says) {
  BOOST_TEST(std::get<0>(*sift()).size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_stopped_before_is_not_begun) {
  bool asked = false;
  says = [&](const std::stop_token&) {
    asked = true;
    return sift_outcome{std::vector<sieve_verdict>{}};
  };
  std::stop_source stop;
  stop.request_stop();
  BOOST_TEST((failure_in(sift(stop.get_token())) == ec::cancelled));
  BOOST_TEST(!asked);
}

BOOST_AUTO_TEST_CASE(want_of_memory_is_a_failure_and_no_end) {
  says = [](const std::stop_token&) -> sift_outcome { throw std::bad_alloc{}; };
  BOOST_TEST((failure_in(sift()) == ec::internal));
  says = [](const std::stop_token&) { return sift_outcome{std::vector<sieve_verdict>{travels{}}}; };
  BOOST_TEST((failure_in(sift()) == ec::none));
}

BOOST_AUTO_TEST_CASE(without_a_sieve_the_portion_fails) {
  const auto other = system.spawn(sieve_worker,
                                  std::make_shared<const scripted_engines>(
                                      [](const auto& call, const auto&, const auto&) { return read_contents(call); }),
                                  10s, clock());
  const auto outcome = *ask<sift_outcome_ptr>(
      other, sift_atom::value, sift_request_ptr{std::make_shared<const sift_request>()}, std::stop_token{});
  BOOST_TEST((failure_in(outcome) == ec::internal));
  caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
