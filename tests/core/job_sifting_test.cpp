#include "support/literal_time.hpp"
#include "support/registry_driver.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using namespace registry_command;
using strings = std::vector<std::string>;

const sieve_setup blanks{{sieve_mode::blank, 0.99F, false}, 1};
const sieve_setup duplicates_only{{sieve_mode::off, 0.99F, false}, 1};

std::shared_ptr<const recognition> no_text() {
  auto read = std::make_shared<recognition>();
  read->engine = "ppocr";
  return read;
}

/// A registry with a sieve, whose calls hold two pictures.
struct sifting_registry : registry_driver {
  explicit sifting_registry(const sieve_setup& sieve = blanks, std::size_t workers = 0, const job_config& config = {})
      : registry_driver{config, 2, workers, sieve} {}

  /// The job is accepted, to be sifted.
  asker accept_to_sift(std::shared_ptr<const job_spec> spec) {
    const auto asked = submit(std::move(spec));
    recall_nothing();
    breaker(breaker_mode::closed);
    grant_check();
    BOOST_TEST(store() == "accept_job");
    BOOST_TEST(stored<accept_job>().sifting);
    BOOST_TEST(stored<accept_job>().aboard.empty());
    return asked;
  }

  /// What was sifted boards.
  std::vector<planned_call_ptr> board() {
    BOOST_TEST(store() == "sift_job");
    recall_nothing();
    grant();
    BOOST_TEST(store() == "board_job");
    return sent();
  }
};

strings files_of(const std::vector<picture>& pictures) {
  strings files;
  for (const auto& p : pictures)
    files.push_back(file_of(p));
  return files;
}

strings texts_of(const job_view& job) {
  strings texts;
  for (const auto& p : job.result->pictures)
    texts.push_back(p.outcome.recognised ? text_of(*p.outcome.recognised) : "!" + p.outcome.error);
  return texts;
}

BOOST_AUTO_TEST_SUITE(job_sifting_part)

BOOST_AUTO_TEST_CASE(a_job_is_accepted_before_it_is_sifted_and_reserves_nothing_meanwhile) {
  sifting_registry r;
  const auto asked = r.accept_to_sift(test_job({{"1", "a"}, {"2", "b"}, {"3", "c"}}));
  BOOST_TEST(r.submission_of(asked).accepted());
  const auto portion = r.take<sift>().portion;
  BOOST_TEST(files_of(portion->pictures) == (strings{"a", "b", "c"}), boost::test_tools::per_element());
  BOOST_TEST((portion->options.mode == sieve_mode::blank));
  BOOST_TEST(!portion->options.near_duplicates);
  BOOST_TEST(r.quiet());
  BOOST_TEST(r.state.calls().size() == 0U);
  const auto view = r.view_of(r.wait("job1", r.now));
  BOOST_TEST((view.wait.value().what == waiting_for::engine));
}

BOOST_AUTO_TEST_CASE(only_what_travels_is_reserved_and_sent) {
  sifting_registry r;
  r.accept_to_sift(test_job({{"1", "a"}, {"2", "b"}, {"3", "c"}}));
  r.sift({answered{no_text()}, travels{}, answered{no_text()}});
  const auto calls = r.board();
  BOOST_REQUIRE_EQUAL(calls.size(), 1U);
  BOOST_TEST(files_of(calls[0]->pictures) == strings{"b"}, boost::test_tools::per_element());
  BOOST_TEST(r.next_reservation == 2U);
  const auto waits = r.wait("job1", r.now + 1min);
  r.read(calls[0]);
  BOOST_TEST(r.store() == "settle_spend close_call end_job");
  BOOST_TEST(texts_of(r.view_of(waits)) == (strings{"", "b", ""}), boost::test_tools::per_element());
  BOOST_TEST(r.view_of(waits).result->pictures[0].outcome.recognised->engine == "ppocr");
  BOOST_TEST(r.state.stats().totals.pictures_answered_here == 2U);
}

BOOST_AUTO_TEST_CASE(a_job_that_is_answered_here_costs_no_call_and_ends_in_the_same_unit) {
  sifting_registry r;
  r.accept_to_sift(test_job({{"1", "a"}, {"2", "b"}, {"3", "c"}}));
  const auto waits = r.wait("job1", r.now + 1min);
  r.sift({answered{no_text()}, answered{no_text()}, answered{no_text()}});
  BOOST_TEST(r.store() == "sift_job end_job");
  // Two calls, as nobody shares calls.
  BOOST_TEST(r.stored<sift_job>().saved == 3000U);
  BOOST_TEST((r.view_of(waits).status == job_status::completed));
  BOOST_TEST(r.view_of(waits).result->api_calls == 0U);
  BOOST_TEST(r.next_reservation == 1U);
  BOOST_TEST(r.quiet());
}

BOOST_AUTO_TEST_CASE(where_jobs_share_calls_the_last_one_does_not_count_as_saved) {
  sifting_registry r{blanks, 5};
  r.accept_to_sift(test_job({{"1", "a"}, {"2", "b"}, {"3", "c"}}));
  r.sift({answered{no_text()}, answered{no_text()}, answered{no_text()}});
  r.store();
  BOOST_TEST(r.stored<sift_job>().saved == 1500U);
}

BOOST_AUTO_TEST_CASE(what_repeats_a_picture_has_its_key_and_its_outcome_and_says_so) {
  sifting_registry r{duplicates_only};
  r.accept_to_sift(with_near_duplicates(*test_job({{"1", "a"}, {"2", "a'"}, {"3", "b"}, {"4", "a'"}})));
  const auto portion = r.take<sift>();
  BOOST_TEST(portion.portion->options.near_duplicates);
  BOOST_TEST(files_of(portion.portion->pictures) == (strings{"a", "a'", "b"}), boost::test_tools::per_element());
  r.step(registry_event::sifted{
      portion.as, std::make_shared<const sift_outcome>(std::vector<sieve_verdict>{travels{}, repeats{0}, travels{}})});
  const auto calls = r.board();
  BOOST_REQUIRE_EQUAL(calls.size(), 1U);
  BOOST_TEST(files_of(calls[0]->pictures) == (strings{"a", "b"}), boost::test_tools::per_element());
  const auto waits = r.wait("job1", r.now + 1min);
  r.read(calls[0]);
  r.store();
  const auto view = r.view_of(waits);
  BOOST_TEST(texts_of(view) == (strings{"a", "a", "b", "a"}), boost::test_tools::per_element());
  const auto& pictures = view.result->pictures;
  BOOST_TEST(!pictures[0].same_as.has_value());
  BOOST_TEST(pictures[1].same_as.value() == 0U);
  BOOST_TEST(!pictures[2].same_as.has_value());
  // A copy of one that repeats another.
  BOOST_TEST(pictures[3].same_as.value() == 0U);
  BOOST_TEST(r.state.stats().totals.pictures_repeated == 1U);
}

BOOST_AUTO_TEST_CASE(an_error_of_a_picture_is_that_of_those_that_repeat_it) {
  sifting_registry r{duplicates_only};
  r.accept_to_sift(with_near_duplicates(*test_job({{"1", "a"}, {"2", "a'"}})));
  r.sift({travels{}, repeats{0}});
  const auto calls = r.board();
  BOOST_REQUIRE_EQUAL(calls.size(), 1U);
  const auto waits = r.wait("job1", r.now + 1min);
  r.fail(calls[0], {ec::request_rejected, "bad", true, std::nullopt});
  r.store();
  BOOST_TEST(texts_of(r.view_of(waits)) == (strings{"!bad", "!bad"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(large_jobs_are_sifted_in_portions_that_carry_the_latest_picture_over) {
  sifting_registry r{duplicates_only};
  std::vector<std::pair<std::string, std::string>> pictures;
  for (int i = 0; i < 100; ++i)
    pictures.emplace_back(std::to_string(i), "content " + std::to_string(i));
  r.accept_to_sift(with_near_duplicates(*test_job(pictures)));
  std::vector<sieve_verdict> first(64, repeats{0});
  first[0] = travels{};
  r.sift(first);
  const auto second = r.take<sift>();
  BOOST_REQUIRE_EQUAL(second.portion->pictures.size(), 37U);
  BOOST_TEST(file_of(second.portion->pictures[0]) == "content 0");
  BOOST_TEST(file_of(second.portion->pictures[1]) == "content 64");
  std::vector<sieve_verdict> rest(37, repeats{0});
  rest[0] = travels{};
  r.step(registry_event::sifted{second.as, std::make_shared<const sift_outcome>(rest)});
  r.store();
  BOOST_TEST(r.stored<sift_job>().repeats.size() == 99U);
  BOOST_TEST(r.stored<sift_job>().repeats.back().second == 0U);
}

BOOST_AUTO_TEST_CASE(jobs_take_turns) {
  sifting_registry r;
  std::vector<std::pair<std::string, std::string>> pictures;
  for (int i = 0; i < 130; ++i)
    pictures.emplace_back(std::to_string(i), "content " + std::to_string(i));
  r.accept_to_sift(test_job(pictures));
  r.accept_to_sift(test_job({{"1", "a"}}));
  r.sift(std::vector<sieve_verdict>(64, travels{}));
  const auto next = r.take<sift>();
  BOOST_TEST(next.portion->job == "job2");
}

BOOST_AUTO_TEST_CASE(where_the_sieve_fails_everything_travels_and_it_is_said_once) {
  sifting_registry r;
  r.accept_to_sift(test_job({{"1", "a"}, {"2", "b"}}));
  r.accept_to_sift(test_job({{"1", "c"}, {"2", "d"}}));
  r.sift_fails();
  BOOST_TEST(r.board().size() == 1U);
  r.sift_fails();
  BOOST_TEST(r.board().size() == 1U);
  BOOST_TEST(r.logged("sieve_failed") == 1U);
  BOOST_TEST(r.state.stats().sieve_failures == 2U);
}

BOOST_AUTO_TEST_CASE(an_answer_that_cannot_be_true_is_a_failure) {
  const std::vector<std::vector<sieve_verdict>> wrong{
      {},
      {travels{}},
      {travels{}, travels{}, travels{}},
      // Not asked for.
      {travels{}, repeats{0}},
      {travels{}, answered{nullptr}},
  };
  for (const auto& said : wrong) {
    sifting_registry r;
    r.accept_to_sift(test_job({{"1", "a"}, {"2", "b"}}));
    r.sift(said);
    BOOST_TEST(r.store() == "sift_job");
    BOOST_TEST((r.stored<sift_job>().answered.empty() && r.stored<sift_job>().repeats.empty()));
    BOOST_TEST(r.state.stats().sieve_failures == 1U);
  }
  for (const auto& said : std::vector<std::vector<sieve_verdict>>{
           {repeats{0}, travels{}}, {travels{}, repeats{1}}, {travels{}, answered{no_text()}}}) {
    sifting_registry r{duplicates_only};
    r.accept_to_sift(with_near_duplicates(*test_job({{"1", "a"}, {"2", "b"}})));
    r.sift(said);
    r.store();
    BOOST_TEST((r.stored<sift_job>().answered.empty() && r.stored<sift_job>().repeats.empty()));
  }
}

BOOST_AUTO_TEST_CASE(a_job_that_does_not_ask_for_it_is_not_sifted_where_the_mode_is_off) {
  sifting_registry r{duplicates_only};
  BOOST_TEST(r.accept(test_job({{"1", "a"}})).size() == 1U);
  BOOST_TEST(r.count<sift>() == 0U);
}

BOOST_AUTO_TEST_CASE(without_a_sieve_near_duplicates_are_not_looked_for) {
  sifting_registry r{sieve_setup{}};
  BOOST_TEST(r.accept(with_near_duplicates(*test_job({{"1", "a"}}))).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_refusal_stays_a_refusal) {
  sifting_registry r;
  const auto asked = r.submit(test_job({{"1", "a"}, {"2", "b"}, {"3", "c"}}));
  r.recall_nothing();
  r.breaker(breaker_mode::closed);
  const auto to_check = r.take<registry_command::check>();
  BOOST_TEST(to_check.wanted.jobs == 1U);
  BOOST_TEST(to_check.wanted.calls == 2U);
  admission denied;
  denied.refused = ec::rate_limited;
  denied.window = "minute";
  denied.retry_after = 10s;
  r.step(registry_event::reserved{to_check.as, denied});
  BOOST_TEST((r.submission_of(asked).refused == ec::rate_limited));
  BOOST_TEST(r.quiet());
}

BOOST_AUTO_TEST_CASE(a_newcomer_finds_room_beside_what_is_being_sifted) {
  sifting_registry r;
  r.accept_to_sift(test_job({{"1", "a"}, {"2", "b"}, {"3", "c"}}));
  const auto asked = r.submit(test_job({{"1", "d"}}));
  r.recall_nothing();
  r.breaker(breaker_mode::closed);
  const auto to_check = r.take<registry_command::check>();
  BOOST_TEST(to_check.wanted.jobs == 1U);
  BOOST_TEST(to_check.wanted.calls == 1U);
  BOOST_TEST(to_check.wanted.jobs_beside == 1U);
  BOOST_TEST(to_check.wanted.calls_beside == 2U);
  admission denied;
  denied.refused = ec::rate_limited;
  denied.window = "day";
  r.step(registry_event::reserved{to_check.as, denied});
  BOOST_TEST((r.submission_of(asked).refused == ec::rate_limited));
}

BOOST_AUTO_TEST_CASE(a_check_that_comes_after_its_job_was_refused_gives_nothing_back) {
  sifting_registry r;
  r.submit(test_job({{"1", "a"}}));
  r.recall_nothing();
  r.breaker(breaker_mode::closed);
  r.tick(r.now + 31s);
  r.tick(r.now + 2s);
  r.grant_check();
  BOOST_TEST(r.count<revoke>() == 0U);
}

BOOST_AUTO_TEST_CASE(what_finds_no_room_after_it_was_sifted_waits_in_line) {
  sifting_registry r;
  r.accept_to_sift(test_job({{"1", "a"}}));
  r.sift({travels{}});
  r.store();
  r.recall_nothing();
  r.deny(30s);
  BOOST_TEST(r.state.stats().jobs_in_line == 1U);
  r.tick(r.now + 30s);
  r.recall_nothing();
  r.grant();
  BOOST_TEST(r.store() == "board_job");
  BOOST_TEST(r.sent().size() == 1U);
}

BOOST_AUTO_TEST_CASE(it_waits_there_until_it_is_too_old) {
  job_config config;
  config.max_age = 1h;
  sifting_registry r{blanks, 0, config};
  r.accept_to_sift(test_job({{"1", "a"}}));
  const auto waits = r.wait("job1", r.now + 3h);
  r.sift({travels{}});
  r.store();
  r.recall_nothing();
  r.deny(2h);
  r.tick(r.now + 1h);
  BOOST_TEST(r.store() == "give_up_waiting end_job");
  BOOST_TEST(r.view_of(waits).result->pictures[0].outcome.may_pass);
}

BOOST_AUTO_TEST_CASE(a_job_is_sifted_until_it_is_too_old) {
  job_config config;
  config.max_age = 1h;
  sifting_registry r{blanks, 0, config};
  r.accept_to_sift(test_job({{"1", "a"}}));
  const auto portion = r.take<sift>();
  r.tick(r.now + 1h);
  BOOST_TEST(r.take<cancel_sift>().as == portion.as);
  BOOST_TEST(r.store() == "give_up_waiting end_job");
  // Its answer changes nothing.
  r.step(
      registry_event::sifted{portion.as, std::make_shared<const sift_outcome>(std::vector<sieve_verdict>{travels{}})});
  BOOST_TEST(r.quiet());
}

BOOST_AUTO_TEST_CASE(a_cancelled_job_leaves_the_sieve_and_its_place_is_free_when_that_has_answered) {
  sifting_registry r;
  r.accept_to_sift(test_job({{"1", "a"}}));
  r.accept_to_sift(test_job({{"1", "b"}}));
  const auto portion = r.take<sift>();
  r.cancel("job1");
  BOOST_TEST(r.take<cancel_sift>().as == portion.as);
  BOOST_TEST(r.store() == "end_job");
  BOOST_TEST(r.count<sift>() == 0U);
  r.step(registry_event::sifted{portion.as, not_sifted(ec::cancelled, "stopped")});
  BOOST_TEST(r.take<sift>().portion->job == "job2");
}

BOOST_AUTO_TEST_CASE(a_job_that_is_being_sifted_holds_nobody_up) {
  sifting_registry r{duplicates_only};
  r.accept_to_sift(with_near_duplicates(*test_job({{"1", "a"}})));
  BOOST_TEST(r.accept(test_job({{"1", "b"}})).size() == 1U);
}

BOOST_AUTO_TEST_CASE(after_an_end_of_the_process_it_is_sifted_again) {
  const auto spec = test_job({{"1", "a"}, {"2", "b"}});
  recovery left;
  auto& job = left.pending.emplace_back();
  job.view.id = "old";
  job.view.created_at = at(0s);
  job.identity = spec->identity;
  job.engine = "test";
  job.spec = spec;
  job.aboard = {0, 0};
  job.outcomes.resize(2);
  job.sifting = true;
  sifting_registry r;
  r.take_up(left);
  BOOST_TEST(r.take<sift>().portion->job == "old");
  BOOST_TEST(r.quiet());
  // Where there is no sieve any more, all of it travels.
  sifting_registry without{sieve_setup{}};
  without.take_up(left);
  BOOST_TEST(without.store() == "sift_job");
  BOOST_TEST(without.count<registry_command::recall>() == 1U);
}

BOOST_AUTO_TEST_CASE(a_stop_leaves_it_for_the_next_start) {
  sifting_registry r;
  r.accept_to_sift(test_job({{"1", "a"}}));
  const auto drained = r.drain(10s);
  r.sift_fails(ec::shutting_down);
  BOOST_TEST(r.count<sift>() == 0U);
  BOOST_TEST(r.count<record>() == 0U);
  r.take<drain_pool>();
  r.step(registry_event::pool_drained{});
  BOOST_TEST(r.done(drained));
}

BOOST_AUTO_TEST_CASE(what_the_sieve_answered_is_known_to_who_asks_before_it_is_durable) {
  sifting_registry r;
  r.accept_to_sift(test_job({{"1", "a"}, {"2", "b"}}));
  // Asks the store before the answer, and hears from it afterwards.
  const auto asked = r.submit(test_job({{"x", "a"}}));
  r.sift({answered{no_text()}, travels{}});
  const auto first = r.take<registry_command::recall>();
  r.step(registry_event::recalled{first.as, recognitions(1)});
  BOOST_TEST(r.store() == "sift_job");
  BOOST_TEST(r.store() == "accept_job");
  BOOST_TEST(r.stored<accept_job>().known.size() == 1U);
  BOOST_TEST(!r.stored<accept_job>().sifting);
  r.store();
  BOOST_TEST(r.submission_of(asked).accepted());
}

BOOST_AUTO_TEST_CASE(a_quote_says_the_most) {
  sifting_registry r;
  const auto asked = r.ask_price(test_job({{"1", "a"}, {"2", "b"}, {"3", "c"}}));
  r.recall_nothing();
  r.store_is(true);
  r.breaker(breaker_mode::closed);
  r.grant_check();
  BOOST_TEST(r.quote_of(asked).needed.value().calls == 2U);
}

BOOST_AUTO_TEST_CASE(jobs_are_identical_only_where_near_duplicates_are_treated_alike) {
  const auto job = test_job({{"1", "a"}});
  BOOST_TEST((job->identity != with_near_duplicates(*job)->identity));
  BOOST_TEST((job->recognition_keys == with_near_duplicates(*job)->recognition_keys));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
