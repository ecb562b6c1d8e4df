#include "actors/store_reader_actor.hpp"
#include "actors/store_writer_actor.hpp"
#include "support/actor_fixture.hpp"
#include "support/failing_store.hpp"
#include "support/test_jobs.hpp"

namespace glyphgate {

namespace {

struct fixture : actor_fixture {
  std::shared_ptr<failing_store> store = std::make_shared<failing_store>();
  store_writer_actor writer = system.spawn(store_writer, store, batch_number{0}, clock(), std::make_shared<observer>());
  store_reader_actor reader =
      system.spawn(store_reader, std::shared_ptr<store::job_reader>{store->open_reader()}, writer);
  job_spec_ptr job = test_job({{"1", "x"}});
  digests_ptr keys = std::make_shared<const std::vector<digest>>(job->recognition_keys);

  fixture() { run(); }
  ~fixture() {
    caf::anon_send_exit(reader, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(writer, caf::exit_reason::user_shutdown);
  }

  transactions_ptr life() const {
    return unit_of(
        {accept_job{"a", at(duration{0}), job, {{1, {0}, true}}, {}, false, {}, 0},
         close_call{1, 1, at(duration{1}), {{job->recognition_keys[0], {test_recognition("X"), ""}}}},
         end_job{{"a", job_status::completed, std::nullopt, at(duration{1}), at(duration{9}), std::nullopt}}});
  }
};

BOOST_FIXTURE_TEST_SUITE(store_reader_actor_suite, fixture)

BOOST_AUTO_TEST_CASE(it_tells_what_is_durable) {
  BOOST_TEST(((*ask<recognitions>(reader, recall_atom::value, keys))[0] == nullptr));
  ask<verdicts>(writer, commit_atom::value, life());
  BOOST_TEST((*ask<recognitions>(reader, recall_atom::value, keys))[0]->symbols[0].text == "X");
  const auto result = ask<job_result_ptr>(reader, read_atom::value, job_id{"a"});
  BOOST_REQUIRE(result && *result);
  BOOST_TEST((*result)->pictures[0].outcome.recognised->symbols[0].text == "X");
  BOOST_TEST((*ask<job_result_ptr>(reader, read_atom::value, job_id{"b"}) == nullptr));
}

// What was to be committed before waits, and is not waited for.
BOOST_AUTO_TEST_CASE(it_waits_for_no_commit) {
  store->fails = [](auto) { return true; };
  const auto committed = ask_later<verdicts>(writer, record_atom::value, life());
  run();
  BOOST_TEST(!committed->come());
  BOOST_TEST(((*ask<recognitions>(reader, recall_atom::value, keys))[0] == nullptr));
  store->fails = [](auto) { return false; };
  advance(std::chrono::seconds{2});
  BOOST_TEST(committed->come());
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_be_read_is_told_to_who_asks_and_to_the_writer) {
  store->recall_fails = true;
  BOOST_TEST(!ask<recognitions>(reader, recall_atom::value, keys).has_value());
  BOOST_TEST((code_of(last_error) == ec::store_unavailable));
  BOOST_TEST(*ask<bool>(writer, status_atom::value) == false);
  store->recall_fails = false;
  BOOST_TEST(ask<recognitions>(reader, recall_atom::value, keys).has_value());
  advance(std::chrono::seconds{1});
  BOOST_TEST(*ask<bool>(writer, status_atom::value) == true);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
