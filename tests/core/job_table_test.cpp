#include "core/registry/job_table.hpp"
#include "support/literal_time.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using effect = job_table::effect;
using known_list = std::vector<std::shared_ptr<const recognition>>;

job_config test_config() {
  job_config config;
  config.result_ttl = 100s;
  config.queue_capacity = 3;
  config.queue_mb = 1;
  return config;
}

picture_outcome read(const std::string& text) {
  return {test_recognition(text), ""};
}

struct fixture {
  job_table jobs{test_config(), 1500};

  /// A confirmed job whose pictures each make one call.
  std::vector<std::shared_ptr<const planned_call>> take(const job_id& id, std::shared_ptr<const job_spec> spec,
                                                        timestamp now = at(0s), reservation_id first = 1) {
    jobs.admit(now, id, spec);
    const known_list known(spec->pictures.size());
    std::vector<picture_indices> calls;
    for (const auto i : pictures_to_send(*spec, known))
      calls.push_back({i});
    jobs.plan(id, known, calls);
    return jobs.confirm(now, id, first);
  }

  job_status status(const job_id& id, timestamp now = at(0s)) const { return jobs.view(now, id)->status; }
};

BOOST_FIXTURE_TEST_SUITE(job_registry, fixture)

BOOST_AUTO_TEST_CASE(a_job_goes_from_pending_to_completed) {
  const auto calls = take("a", test_job({{"1", "x"}, {"2", "y"}}), at(0s), 7);
  BOOST_REQUIRE_EQUAL(calls.size(), 2u);
  BOOST_TEST(calls[1]->reservation == 8u);
  BOOST_TEST(calls[1]->pictures[0].id == "2");
  BOOST_TEST((status("a") == job_status::pending));
  BOOST_TEST(jobs.stats().waiting_calls == 2u);

  // Only what the pool has can make progress.
  jobs.progress(at(4s), calls[0]->key, 1, 0);
  BOOST_TEST((status("a") == job_status::pending));
  jobs.move(calls[0]->key, 1, call_place::queued);
  jobs.progress(at(5s), calls[0]->key, 1, 0);
  BOOST_TEST((status("a") == job_status::processing));
  BOOST_TEST((jobs.view(at(5s), "a")->started_at == at(5s)));
  BOOST_TEST(jobs.stats().waiting_calls == 1u);

  const picture_outcome first[] = {read("X")};
  BOOST_TEST((jobs.close(at(6s), calls[0]->key, 1, first) == effect::open));
  jobs.count_call("a");
  BOOST_TEST(jobs.view(at(6s), "a")->pictures_done == 1u);
  const picture_outcome second[] = {read("Y")};
  BOOST_TEST((jobs.close(at(9s), calls[1]->key, 1, second) == effect::ended));

  // It is shown as ended only once that is durable.
  BOOST_TEST((status("a") == job_status::processing));
  const auto full = jobs.publish("a");
  BOOST_TEST((full.status == job_status::completed));
  BOOST_TEST(full.result->pictures[1].id == "2");
  BOOST_TEST(full.result->pictures[1].outcome.recognised->symbols[0].text == "Y");
  BOOST_TEST(full.result->api_calls == 1u);
  const auto* view = jobs.view(at(9s), "a");
  BOOST_TEST((view->status == job_status::completed));
  BOOST_TEST((view->completed_at == at(9s)));
  BOOST_TEST((view->expires_at == at(109s)));
  BOOST_TEST(view->result == nullptr);
}

BOOST_AUTO_TEST_CASE(an_identical_job_is_found_from_admission_until_it_expires) {
  const auto spec = test_job({{"1", "x"}});
  BOOST_TEST(jobs.find_identical(at(0s), spec->identity) == nullptr);
  jobs.admit(at(0s), "a", spec);
  BOOST_TEST(jobs.find_identical(at(0s), spec->identity)->id == "a");
  BOOST_TEST(jobs.view(at(0s), "a") == nullptr);
  jobs.revoke("a");
  BOOST_TEST(jobs.find_identical(at(0s), spec->identity) == nullptr);

  const auto calls = take("b", spec);
  const picture_outcome outcome[] = {read("X")};
  jobs.close(at(1s), calls[0]->key, 1, outcome);
  jobs.publish("b");
  BOOST_TEST(jobs.find_identical(at(100s), spec->identity)->id == "b");
  BOOST_TEST(jobs.find_identical(at(101s), spec->identity) == nullptr);
  BOOST_TEST(jobs.view(at(101s), "b") == nullptr);
}

BOOST_AUTO_TEST_CASE(identity_depends_on_ids_contents_order_and_hints) {
  const auto spec = test_job({{"1", "x"}, {"2", "y"}});
  BOOST_TEST((spec->identity == test_job({{"1", "x"}, {"2", "y"}})->identity));
  BOOST_TEST((spec->identity != test_job({{"2", "y"}, {"1", "x"}})->identity));
  BOOST_TEST((spec->identity != test_job({{"1", "x"}, {"3", "y"}})->identity));
  BOOST_TEST((spec->identity != test_job({{"1", "x"}, {"2", "z"}})->identity));
  BOOST_TEST((spec->identity != test_job({{"1", "x"}, {"2", "y"}}, {"zh"})->identity));
}

BOOST_AUTO_TEST_CASE(what_is_known_or_repeated_is_not_sent) {
  const auto spec = test_job({{"1", "x"}, {"2", "y"}, {"3", "x"}, {"4", "y"}});
  jobs.admit(at(0s), "a", spec);
  known_list known(4);
  known[1] = known[3] = test_recognition("Y");
  const auto to_send = pictures_to_send(*spec, known);
  BOOST_TEST(to_send == picture_indices{0}, boost::test_tools::per_element());
  jobs.plan("a", known, {to_send});
  const auto calls = jobs.confirm(at(0s), "a", 1);
  BOOST_REQUIRE_EQUAL(calls.size(), 1u);
  const picture_outcome outcome[] = {read("X")};
  BOOST_TEST((jobs.close(at(1s), calls[0]->key, 1, outcome) == effect::ended));
  const auto full = jobs.publish("a");
  BOOST_TEST(full.result->pictures[2].outcome.recognised->symbols[0].text == "X");
  BOOST_TEST(full.result->pictures[3].outcome.recognised->symbols[0].text == "Y");
  BOOST_TEST(full.result->pictures_from_cache == 3u);
}

BOOST_AUTO_TEST_CASE(a_job_whose_pictures_are_all_known_ends_when_confirmed) {
  const auto spec = test_job({{"1", "x"}});
  jobs.admit(at(0s), "a", spec);
  const known_list known{test_recognition("X")};
  BOOST_TEST(pictures_to_send(*spec, known).empty());
  jobs.plan("a", known, {});
  BOOST_TEST(jobs.confirm(at(0s), "a", 0).empty());
  BOOST_TEST((jobs.ending("a").status == job_status::completed));
  BOOST_TEST((jobs.publish("a").status == job_status::completed));
}

BOOST_AUTO_TEST_CASE(a_job_fails_when_every_picture_fails) {
  const auto calls = take("a", test_job({{"1", "x"}, {"2", "y"}}));
  const picture_outcome bad[] = {{nullptr, "torn"}};
  jobs.close(at(1s), calls[0]->key, 1, bad);
  jobs.close(at(1s), calls[1]->key, 1, bad);
  const auto full = jobs.publish("a");
  BOOST_TEST((full.status == job_status::failed));
  BOOST_TEST(*full.error == "every image failed; the first: torn");
  BOOST_TEST(full.result->pictures[1].outcome.error == "torn");
  // The same bytes would only fail again.
  BOOST_TEST(jobs.find_identical(at(1s), test_job({{"1", "x"}, {"2", "y"}})->identity) != nullptr);
}

BOOST_AUTO_TEST_CASE(a_job_with_an_error_that_may_pass_is_not_identical) {
  const auto calls = take("a", test_job({{"1", "x"}, {"2", "y"}}));
  const picture_outcome good[] = {read("X")};
  const picture_outcome passing[] = {{nullptr, "no answer in time", true}};
  jobs.close(at(1s), calls[0]->key, 1, good);
  jobs.close(at(1s), calls[1]->key, 1, passing);
  BOOST_TEST((jobs.publish("a").status == job_status::completed));
  BOOST_TEST(!jobs.ending("a").repeatable);
  BOOST_TEST(jobs.find_identical(at(1s), test_job({{"1", "x"}, {"2", "y"}})->identity) == nullptr);
}

BOOST_AUTO_TEST_CASE(an_outcome_that_the_engine_left_out_is_an_error) {
  const auto calls = take("a", test_job({{"1", "x"}}));
  jobs.close(at(1s), calls[0]->key, 1, {});
  BOOST_TEST(jobs.publish("a").result->pictures[0].outcome.error == "the engine gave no answer for this image");
}

BOOST_AUTO_TEST_CASE(reports_of_an_older_attempt_change_nothing) {
  const auto calls = take("a", test_job({{"1", "x"}}));
  jobs.progress(at(1s), calls[0]->key, 1, 0);
  const auto second = jobs.retry(calls[0]->key, 1, 42, 1);
  BOOST_TEST(second->attempt == 2u);
  BOOST_TEST(second->reservation == 42u);
  BOOST_TEST(second->paid_before == 1u);
  BOOST_TEST(jobs.retry(calls[0]->key, 1, 43, 1) == nullptr);
  BOOST_TEST(jobs.stats().waiting_calls == 1u);
  const picture_outcome late[] = {read("old")};
  BOOST_TEST((jobs.close(at(2s), calls[0]->key, 1, late) == effect::stale));
  jobs.progress(at(2s), calls[0]->key, 1, 1);
  BOOST_TEST(jobs.view(at(2s), "a")->pictures_done == 0u);
  const picture_outcome fresh[] = {read("new")};
  BOOST_TEST((jobs.close(at(3s), calls[0]->key, 2, fresh) == effect::ended));
  BOOST_TEST(jobs.retry(calls[0]->key, 2, 43, 2) == nullptr);
  BOOST_TEST(jobs.publish("a").result->pictures[0].outcome.recognised->symbols[0].text == "new");
}

BOOST_AUTO_TEST_CASE(a_split_call_is_replaced_by_its_halves) {
  const auto spec = test_job({{"1", "u"}, {"2", "v"}, {"3", "w"}, {"4", "x"}, {"5", "w"}});
  jobs.admit(at(0s), "a", spec);
  const known_list known(5);
  jobs.plan("a", known, {{0, 1, 2}, {3}});
  const auto calls = jobs.confirm(at(0s), "a", 1);
  jobs.move(calls[0]->key, 1, call_place::queued);
  jobs.progress(at(1s), calls[0]->key, 1, 2);
  BOOST_TEST(jobs.view(at(1s), "a")->pictures_done == 2u);
  BOOST_TEST(jobs.may_split(calls[0]->key));
  BOOST_TEST(jobs.split(calls[0]->key, 2, 3).empty());
  BOOST_TEST(jobs.split(calls[1]->key, 1, 3).empty());

  const auto halves = jobs.split(calls[0]->key, 1, 3);
  BOOST_REQUIRE_EQUAL(halves.size(), 2u);
  BOOST_TEST(halves[0]->key.index == 2u);
  BOOST_TEST(halves[0]->reservation == 3u);
  BOOST_TEST(halves[0]->attempt == 1u);
  BOOST_TEST(halves[0]->pictures.size() == 1u);
  BOOST_TEST(halves[1]->key.index == 3u);
  BOOST_TEST(halves[1]->reservation == 4u);
  BOOST_TEST(halves[1]->pictures[1].id == "3");
  BOOST_TEST((jobs.pictures_of(halves[1]->key) == picture_indices{1, 2}));
  BOOST_TEST(jobs.view(at(1s), "a")->pictures_done == 0u);
  BOOST_TEST(jobs.stats().waiting_calls == 3u);

  // What comes of the whole call now is stale.
  const picture_outcome late[] = {read("a"), read("b"), read("c")};
  BOOST_TEST((jobs.close(at(2s), calls[0]->key, 1, late) == effect::stale));
  BOOST_TEST(jobs.split(calls[0]->key, 1, 5).empty());
  const picture_outcome first[] = {read("first")};
  const picture_outcome rest[] = {read("second"), {nullptr, "Bad image data."}};
  const picture_outcome last[] = {read("fourth")};
  BOOST_TEST((jobs.close(at(2s), halves[0]->key, 1, first) == effect::open));
  BOOST_TEST((jobs.close(at(2s), halves[1]->key, 1, rest) == effect::open));
  BOOST_TEST((jobs.close(at(2s), calls[1]->key, 1, last) == effect::ended));
  const auto result = jobs.publish("a").result;
  BOOST_TEST(result->pictures[0].outcome.recognised->symbols[0].text == "first");
  BOOST_TEST(result->pictures[1].outcome.recognised->symbols[0].text == "second");
  BOOST_TEST(result->pictures[2].outcome.error == "Bad image data.");
  BOOST_TEST(result->pictures[3].outcome.recognised->symbols[0].text == "fourth");
  BOOST_TEST(result->pictures[4].outcome.error == "Bad image data.");
  BOOST_TEST(result->pictures_from_cache == 1u);
  BOOST_TEST(jobs.stats().waiting_calls == 0u);
}

BOOST_AUTO_TEST_CASE(splitting_ends_when_the_job_has_made_its_calls_for_it) {
  auto few = test_config();
  few.max_split_calls = 3;
  job_table strict{few, 1500};
  strict.admit(at(0s), "a", test_job({{"1", "u"}, {"2", "v"}, {"3", "w"}, {"4", "x"}}));
  const known_list known(4);
  strict.plan("a", known, {{0, 1, 2, 3}});
  const auto calls = strict.confirm(at(0s), "a", 1);
  BOOST_TEST(strict.may_split(calls[0]->key));
  const auto halves = strict.split(calls[0]->key, 1, 2);
  BOOST_TEST(!strict.may_split(halves[0]->key));
}

BOOST_AUTO_TEST_CASE(a_restored_job_knows_which_calls_came_of_splitting) {
  auto few = test_config();
  few.max_split_calls = 2;
  job_table strict{few, 1500};
  kept_job job;
  job.view.id = "a";
  job.view.pictures_total = 3;
  job.spec = test_job({{"1", "u"}, {"2", "v"}, {"3", "u"}});
  job.identity = job.spec->identity;
  job.outcomes.resize(3);
  job.pictures_from_cache = 1;
  job.calls.push_back({.pictures = {0, 1}, .reservation = 1});
  const auto unsplit = strict.restore(at(0s), job);
  BOOST_TEST(strict.may_split(unsplit[0]->key));

  job.view.id = "b";
  job.calls = {{.pictures = {0, 1}, .reservation = 1, .closed = true},
               {.pictures = {0}, .reservation = 2},
               {.pictures = {1}, .attempt = 4, .reservation = 5, .paid_before = 2}};
  const auto open = strict.restore(at(0s), job);
  BOOST_REQUIRE_EQUAL(open.size(), 2u);
  BOOST_TEST(open[1]->attempt == 4u);
  BOOST_TEST(open[1]->paid_before == 2u);
  BOOST_TEST(!strict.may_split(open[0]->key));
}

BOOST_AUTO_TEST_CASE(a_cancelled_job_ends_at_once_and_frees_its_identity) {
  const auto spec = test_job({{"1", "x"}});
  const auto calls = take("a", spec);
  BOOST_TEST(jobs.cancel(at(1s), "a"));
  BOOST_TEST(!jobs.cancel(at(1s), "a"));
  BOOST_TEST(jobs.find_identical(at(1s), spec->identity) == nullptr);
  const picture_outcome late[] = {read("X")};
  BOOST_TEST((jobs.close(at(2s), calls[0]->key, 1, late) == effect::stale));
  const auto full = jobs.publish("a");
  BOOST_TEST((full.status == job_status::cancelled));
  BOOST_TEST(full.result == nullptr);
  BOOST_TEST(!full.started_at.has_value());
  BOOST_TEST(jobs.stats().waiting_calls == 0u);
}

BOOST_AUTO_TEST_CASE(the_queue_is_bounded_in_calls_and_bytes) {
  take("a", test_job({{"1", "x"}, {"2", "y"}}));
  BOOST_TEST(jobs.has_room(1, 0));
  BOOST_TEST(!jobs.has_room(2, 0));
  BOOST_TEST(jobs.has_room(0, 1024 * 1024 - 2));
  BOOST_TEST(!jobs.has_room(0, 1024 * 1024 - 1));
  jobs.cancel(at(0s), "a");
  BOOST_TEST(jobs.has_room(3, 1024 * 1024));
}

BOOST_AUTO_TEST_CASE(expiry_counts_from_the_end_and_forgetting_leaves_nothing) {
  const auto calls = take("a", test_job({{"1", "x"}}));
  const picture_outcome outcome[] = {read("X")};
  jobs.close(at(1000s), calls[0]->key, 1, outcome);
  jobs.forget("a");
  BOOST_TEST(jobs.stats().total_jobs == 1u);
  jobs.publish("a");
  BOOST_TEST(jobs.expired(at(1099s)).empty());
  BOOST_REQUIRE_EQUAL(jobs.expired(at(1100s)).size(), 1u);
  jobs.forget("a");
  BOOST_TEST(jobs.expired(at(1100s)).empty());
  const auto stats = jobs.stats();
  BOOST_TEST(stats.total_jobs == 0u);
  for (const auto count : stats.by_status)
    BOOST_TEST(count == 0u);
}

BOOST_AUTO_TEST_CASE(jobs_are_listed_newest_first_page_by_page) {
  for (const auto* id : {"a", "b", "c"})
    take(id, test_job({{id, id}}));
  jobs.cancel(at(1s), "b");
  jobs.publish("b");
  const auto first = jobs.list(at(1s), {std::nullopt, 2, 0});
  BOOST_REQUIRE_EQUAL(first.jobs.size(), 2u);
  BOOST_TEST(first.jobs[0].id == "c");
  BOOST_TEST(first.jobs[1].id == "b");
  BOOST_REQUIRE(first.next.has_value());
  const auto second = jobs.list(at(1s), {std::nullopt, 2, *first.next});
  BOOST_REQUIRE_EQUAL(second.jobs.size(), 1u);
  BOOST_TEST(second.jobs[0].id == "a");
  BOOST_TEST(!second.next.has_value());
  const auto pending = jobs.list(at(1s), {job_status::pending, 100, 0});
  BOOST_TEST(pending.jobs.size() == 2u);
}

BOOST_AUTO_TEST_CASE(jobs_are_taken_up_again_after_a_restart) {
  const auto spec = test_job({{"1", "x"}, {"2", "y"}});
  kept_job open;
  open.view.id = "open";
  open.view.created_at = at(0s);
  open.view.pictures_total = 2;
  open.view.pictures_done = 1;
  open.identity = spec->identity;
  open.spec = spec;
  open.calls = {{.pictures = {0}, .reservation = 5, .closed = true},
                {.pictures = {1}, .attempt = 2, .reservation = 6, .paid_before = 1}};
  open.outcomes = {read("X"), {}};
  open.api_calls = 2;
  const auto calls = jobs.restore(at(9s), open);
  BOOST_REQUIRE_EQUAL(calls.size(), 1u);
  BOOST_TEST(calls[0]->attempt == 2u);
  BOOST_TEST(calls[0]->reservation == 6u);
  BOOST_TEST(calls[0]->pictures[0].id == "2");
  const picture_outcome outcome[] = {read("Y")};
  BOOST_TEST((jobs.close(at(10s), calls[0]->key, 2, outcome) == effect::ended));
  BOOST_TEST(jobs.publish("open").result->pictures[0].outcome.recognised->symbols[0].text == "X");

  kept_job ended;
  ended.view.id = "ended";
  ended.view.status = job_status::completed;
  ended.view.completed_at = at(1s);
  ended.view.expires_at = at(50s);
  ended.identity = test_job({{"9", "z"}})->identity;
  BOOST_TEST(jobs.restore(at(9s), ended).empty());
  BOOST_TEST(jobs.find_identical(at(9s), ended.identity)->id == "ended");
  BOOST_TEST(jobs.expired(at(50s)).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
