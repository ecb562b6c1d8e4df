#include "actors/store_writer_actor.hpp"
#include "support/actor_fixture.hpp"
#include "support/failing_store.hpp"
#include "support/recording_observer.hpp"
#include "support/test_jobs.hpp"

namespace glyphgate {

namespace {

struct fixture : actor_fixture {
  std::shared_ptr<failing_store> store = std::make_shared<failing_store>();
  std::shared_ptr<recording_observer> watch = std::make_shared<recording_observer>();
  store_writer_actor writer = system.spawn(store_writer, store, batch_number{0}, clock(), observer_ptr{watch});

  fixture() { run(); }
  ~fixture() { caf::anon_send_exit(writer, caf::exit_reason::user_shutdown); }

  static transactions_ptr accepting(const job_id& id) {
    return std::make_shared<const std::vector<transaction>>(
        1, accept_job{id, at(duration{0}), test_job({{id, id}}), {{1, {0}, true}}, {}, false, {}, 0});
  }
};

BOOST_FIXTURE_TEST_SUITE(store_writer_actor_suite, fixture)

BOOST_AUTO_TEST_CASE(units_that_arrive_together_share_a_commit) {
  const auto a = ask_later<verdicts>(writer, commit_atom::value, accepting("a"));
  const auto b = ask_later<verdicts>(writer, commit_atom::value, accepting("b"));
  run();
  BOOST_REQUIRE(a->value && b->value);
  BOOST_TEST(a->value->size() == 1u);
  BOOST_TEST(store->jobs().size() == 2u);
  BOOST_TEST(store->commits == 1);
}

BOOST_AUTO_TEST_CASE(a_unit_that_the_store_refuses_does_not_fail_the_others) {
  store->fails = [](auto transactions) {
    return std::ranges::any_of(transactions, [](const auto& t) { return std::get<accept_job>(t).id == "bad"; });
  };
  const auto good = ask_later<verdicts>(writer, commit_atom::value, accepting("good"));
  const auto bad = ask_later<verdicts>(writer, commit_atom::value, accepting("bad"));
  run();
  BOOST_TEST(good->value.has_value());
  BOOST_REQUIRE(bad->error.has_value());
  BOOST_TEST((code_of(*bad->error) == ec::store_unavailable));
  BOOST_TEST(store->jobs().size() == 1u);
}

BOOST_AUTO_TEST_CASE(whoever_watches_is_told_what_is_durable_and_what_failed) {
  const auto good = ask_later<verdicts>(writer, commit_atom::value, accepting("good"));
  run();
  const auto late = ask_later<verdicts>(writer, commit_atom::value, unit_of({begin_attempt{1, 7, 7, at(duration{0})}}));
  run();
  BOOST_TEST((watch->transactions == std::vector<std::string>{"accept_job", "-begin_attempt"}));
  BOOST_TEST(watch->failures == 0);
  store->fails = [](auto) { return true; };
  const auto bad = ask_later<verdicts>(writer, commit_atom::value, accepting("bad"));
  run();
  BOOST_TEST(watch->failures == 1);
  BOOST_TEST(watch->transactions.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_store_that_refuses_everything_is_not_asked_for_each_unit) {
  store->fails = [](auto) { return true; };
  std::vector<std::shared_ptr<reply<verdicts>>> units;
  for (int i = 0; i < 10; ++i)
    units.push_back(ask_later<verdicts>(writer, commit_atom::value, accepting("job-" + std::to_string(i))));
  run();
  for (const auto& u : units)
    BOOST_TEST(u->error.has_value());
  // The group, and two units by themselves.
  BOOST_TEST(store->commits == 3);
}

BOOST_AUTO_TEST_CASE(a_store_that_fails_is_reported_until_it_works_again) {
  store->fails = [](auto) { return true; };
  BOOST_TEST(!ask<verdicts>(writer, commit_atom::value, accepting("a")).has_value());
  BOOST_TEST((code_of(last_error) == ec::store_unavailable));
  BOOST_TEST(*ask<bool>(writer, status_atom::value) == false);
  store->fails = [](auto) { return false; };
  BOOST_TEST(ask<verdicts>(writer, commit_atom::value, accepting("a")).has_value());
  BOOST_TEST(*ask<bool>(writer, status_atom::value) == true);
}

BOOST_AUTO_TEST_CASE(a_store_that_failed_is_probed_until_it_works_though_nobody_asks) {
  store->fails = [](auto) { return true; };
  ask<verdicts>(writer, commit_atom::value, accepting("a"));
  const auto commits = store->commits;
  advance(std::chrono::seconds{3});
  BOOST_TEST(store->commits == commits + 3);
  store->fails = [](auto) { return false; };
  advance(std::chrono::seconds{1});
  BOOST_TEST(*ask<bool>(writer, status_atom::value) == true);
  const auto working = store->commits;
  advance(std::chrono::seconds{5});
  BOOST_TEST(store->commits == working);
}

BOOST_AUTO_TEST_CASE(one_probe_is_under_way_however_many_commits_failed) {
  store->fails = [](auto) { return true; };
  for (int i = 0; i < 5; ++i)
    ask<verdicts>(writer, commit_atom::value, accepting("a"));
  const auto commits = store->commits;
  advance(std::chrono::seconds{3});
  BOOST_TEST(store->commits == commits + 3);
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_be_read_is_reported_until_a_commit_succeeds) {
  caf::anon_send(writer, report_atom::value, std::string{"the disk is gone"});
  run();
  BOOST_TEST(*ask<bool>(writer, status_atom::value) == false);
  advance(std::chrono::seconds{1});
  BOOST_TEST(*ask<bool>(writer, status_atom::value) == true);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
