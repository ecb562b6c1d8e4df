#include "core/registry/job_table.hpp"
#include "support/literal_time.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using known_list = std::vector<std::shared_ptr<const recognition>>;

job_config test_config() {
  job_config config;
  config.result_ttl = 100s;
  config.queue_mb = 1;
  return config;
}

picture_outcome read(const std::string& text) {
  return {test_recognition(text), ""};
}

struct fixture {
  job_table jobs{test_config(), 1500};

  /// A confirmed job; each of its pictures that is to be sent is aboard call 7.
  void take(const job_id& id, const std::shared_ptr<const job_spec>& spec, timestamp now = at(0s),
            const known_list& known = {}) {
    jobs.admit(now, id, spec);
    jobs.know(id, known);
    const auto to_send = pictures_to_send(*spec, known.empty() ? known_list(spec->pictures.size()) : known);
    for (const auto i : to_send)
      jobs.board({id, i}, 7);
    jobs.confirm(now, id, static_cast<std::uint32_t>(spec->pictures.size() - to_send.size()),
                 job_table::wait_place::none);
  }

  /// Every picture is decided like that, and the job has ended.
  void end(const job_id& id, timestamp now, const picture_outcome& outcome) {
    const auto aboard = jobs.aboard(id);
    for (std::uint32_t i = 0; i < aboard.size(); ++i)
      if (aboard[i] != 0)
        jobs.decide({id, i}, outcome);
    BOOST_TEST(jobs.end_if_decided(now, id));
  }

  job_status status(const job_id& id, timestamp now = at(0s)) const { return jobs.view(now, id)->status; }
};

BOOST_FIXTURE_TEST_SUITE(job_registry, fixture)

BOOST_AUTO_TEST_CASE(the_oldest_job_is_known_of_which_no_call_has_begun) {
  BOOST_TEST(!jobs.stats().oldest_pending);
  jobs.admit(at(1s), "unseen", test_job({{"1", "u"}}));
  BOOST_TEST(!jobs.stats().oldest_pending);
  take("a", test_job({{"1", "x"}}), at(2s));
  take("b", test_job({{"1", "y"}}), at(3s));
  take("c", test_job({{"1", "z"}}), at(4s));
  BOOST_TEST((jobs.stats().oldest_pending == at(2s)));
  jobs.progress(at(5s), {"a", 0}, false);
  BOOST_TEST((jobs.stats().oldest_pending == at(3s)));
  // It has ended, which is not durable yet, and then it is.
  BOOST_TEST(jobs.cancel(at(6s), "b"));
  jobs.publish("b");
  BOOST_TEST((jobs.stats().oldest_pending == at(4s)));
  jobs.revoke("c");
  BOOST_TEST(!jobs.stats().oldest_pending);
}

BOOST_AUTO_TEST_CASE(a_job_goes_from_pending_to_completed) {
  take("a", test_job({{"1", "x"}, {"2", "y"}}));
  BOOST_TEST((status("a") == job_status::pending));
  jobs.progress(at(5s), {"a", 0}, false);
  BOOST_TEST((status("a") == job_status::processing));
  BOOST_TEST((jobs.view(at(5s), "a")->started_at == at(5s)));
  jobs.progress(at(5s), {"a", 0}, true);
  BOOST_TEST(jobs.view(at(5s), "a")->pictures_done == 1u);

  jobs.decide({"a", 0}, read("X"));
  jobs.count_attempt(1500);
  jobs.pay("a", {500'000, 750});
  BOOST_TEST(!jobs.end_if_decided(at(6s), "a"));
  BOOST_TEST(jobs.view(at(6s), "a")->pictures_done == 1u);
  jobs.decide({"a", 1}, read("Y"));
  BOOST_TEST(jobs.end_if_decided(at(9s), "a"));
  BOOST_TEST(!jobs.end_if_decided(at(9s), "a"));

  // It is shown as ended only once that is durable.
  BOOST_TEST((status("a") == job_status::processing));
  const auto full = jobs.publish("a");
  BOOST_TEST((full.status == job_status::completed));
  BOOST_TEST(full.result->pictures[1].id == "2");
  BOOST_TEST(full.result->pictures[1].outcome.recognised->symbols[0].text == "Y");
  BOOST_TEST(full.result->api_calls == 1u);
  BOOST_TEST((full.result->share == cost{500'000, 750}));
  const auto* view = jobs.view(at(9s), "a");
  BOOST_TEST((view->status == job_status::completed));
  BOOST_TEST((view->completed_at == at(9s)));
  BOOST_TEST((view->expires_at == at(109s)));
  BOOST_TEST(view->result == nullptr);
  BOOST_TEST(jobs.stats().totals.pictures_processed == 2u);
  BOOST_TEST(jobs.stats().totals.one_by_one == 3000u);
  BOOST_TEST(jobs.stats().totals.spent == 1500u);
}

BOOST_AUTO_TEST_CASE(an_identical_job_is_found_from_admission_until_it_expires) {
  const auto spec = test_job({{"1", "x"}});
  BOOST_TEST(jobs.find_identical(at(0s), spec->identity) == nullptr);
  jobs.admit(at(0s), "a", spec);
  BOOST_TEST(jobs.find_identical(at(0s), spec->identity)->id == "a");
  BOOST_TEST(jobs.view(at(0s), "a") == nullptr);
  jobs.revoke("a");
  BOOST_TEST(jobs.find_identical(at(0s), spec->identity) == nullptr);

  take("b", spec);
  end("b", at(1s), read("X"));
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
  const known_list known{nullptr, test_recognition("Y"), nullptr, test_recognition("Y")};
  take("a", spec, at(0s), known);
  BOOST_TEST(jobs.aboard("a") == (std::vector<call_id>{7, 0, 0, 0}), boost::test_tools::per_element());
  end("a", at(1s), read("X"));
  const auto full = jobs.publish("a");
  BOOST_TEST(full.result->pictures[2].outcome.recognised->symbols[0].text == "X");
  BOOST_TEST(full.result->pictures[3].outcome.recognised->symbols[0].text == "Y");
  BOOST_TEST(full.result->pictures_from_cache == 3u);
}

BOOST_AUTO_TEST_CASE(a_job_whose_pictures_are_all_known_ends_when_confirmed) {
  take("a", test_job({{"1", "x"}}), at(0s), {test_recognition("X")});
  BOOST_TEST(jobs.end_if_decided(at(0s), "a"));
  BOOST_TEST((jobs.ending("a").status == job_status::completed));
  BOOST_TEST((jobs.publish("a").status == job_status::completed));
}

BOOST_AUTO_TEST_CASE(what_was_read_before_the_job_was_confirmed_counts_from_then) {
  jobs.admit(at(0s), "a", test_job({{"1", "x"}}));
  jobs.board({"a", 0}, 7);
  jobs.decide({"a", 0}, read("X"));
  BOOST_TEST(!jobs.end_if_decided(at(0s), "a"));
  BOOST_TEST(jobs.stats().totals.pictures_processed == 0u);
  jobs.confirm(at(1s), "a", 0, job_table::wait_place::none);
  BOOST_TEST(jobs.stats().totals.pictures_processed == 1u);
  BOOST_TEST(jobs.end_if_decided(at(1s), "a"));
}

BOOST_AUTO_TEST_CASE(a_job_fails_when_every_picture_fails) {
  take("a", test_job({{"1", "x"}, {"2", "y"}}));
  end("a", at(1s), {nullptr, "torn"});
  const auto full = jobs.publish("a");
  BOOST_TEST((full.status == job_status::failed));
  BOOST_TEST(*full.error == "every image failed; the first: torn");
  BOOST_TEST(full.result->pictures[1].outcome.error == "torn");
  // The same bytes would only fail again.
  BOOST_TEST(jobs.find_identical(at(1s), test_job({{"1", "x"}, {"2", "y"}})->identity) != nullptr);
}

BOOST_AUTO_TEST_CASE(a_job_with_an_error_that_may_pass_is_not_identical) {
  take("a", test_job({{"1", "x"}, {"2", "y"}}));
  jobs.decide({"a", 0}, read("X"));
  jobs.decide({"a", 1}, {nullptr, "no answer in time", true});
  BOOST_TEST(jobs.end_if_decided(at(1s), "a"));
  BOOST_TEST((jobs.publish("a").status == job_status::completed));
  BOOST_TEST(!jobs.ending("a").repeatable);
  BOOST_TEST(jobs.find_identical(at(1s), test_job({{"1", "x"}, {"2", "y"}})->identity) == nullptr);
}

BOOST_AUTO_TEST_CASE(what_an_attempt_read_counts_no_more_when_it_is_over) {
  take("a", test_job({{"1", "x"}, {"2", "y"}}));
  jobs.progress(at(1s), {"a", 0}, true);
  jobs.progress(at(1s), {"a", 0}, true);
  BOOST_TEST(jobs.view(at(1s), "a")->pictures_done == 1u);
  jobs.unread({"a", 0});
  jobs.unread({"a", 1});
  BOOST_TEST(jobs.view(at(1s), "a")->pictures_done == 0u);
}

BOOST_AUTO_TEST_CASE(a_picture_may_change_into_another_call) {
  take("a", test_job({{"1", "x"}}));
  jobs.board({"a", 0}, 8);
  BOOST_TEST(jobs.aboard("a") == (std::vector<call_id>{8}), boost::test_tools::per_element());
  end("a", at(1s), read("X"));
}

BOOST_AUTO_TEST_CASE(a_job_waits_in_line_until_it_boards_or_gives_up) {
  auto patient = *test_job({{"1", "x"}, {"2", "y"}, {"3", "x"}});
  patient.max_delay = 60s;
  const auto spec = std::make_shared<const job_spec>(patient);
  for (const auto* id : {"a", "b"}) {
    jobs.admit(at(0s), id, spec);
    jobs.confirm(at(0s), id, 1, job_table::wait_place::line);
    BOOST_TEST(jobs.in_line(id));
    BOOST_TEST(!jobs.end_if_decided(at(1s), id));
  }
  BOOST_TEST((jobs.waiting("a") == picture_indices{0, 1}));
  BOOST_TEST((jobs.patient_until("a") == at(60s)));
  BOOST_TEST((jobs.age_from("a") == at(60s)));
  jobs.know_late("a", {{1, test_recognition("Y")}});
  BOOST_TEST((jobs.waiting("a") == picture_indices{0}));
  jobs.board({"a", 0}, 7);
  jobs.leave_line("a");
  BOOST_TEST(jobs.waiting("a").empty());
  end("a", at(2s), read("X"));
  BOOST_TEST(jobs.publish("a").result->pictures_from_cache == 2u);

  jobs.give_up_waiting("b", "no room");
  BOOST_TEST(jobs.end_if_decided(at(3s), "b"));
  const auto failed = jobs.publish("b");
  BOOST_TEST(*failed.error == "every image failed; the first: no room");
  BOOST_TEST(failed.result->pictures[2].outcome.error == "no room");
  BOOST_TEST(!jobs.ending("b").repeatable);
}

BOOST_AUTO_TEST_CASE(a_cancelled_job_ends_at_once_and_frees_its_identity) {
  const auto spec = test_job({{"1", "x"}});
  take("a", spec);
  BOOST_TEST(jobs.cancel(at(1s), "a"));
  BOOST_TEST(!jobs.cancel(at(1s), "a"));
  BOOST_TEST(jobs.find_identical(at(1s), spec->identity) == nullptr);
  jobs.decide({"a", 0}, read("X"));
  jobs.progress(at(1s), {"a", 0}, true);
  const auto full = jobs.publish("a");
  BOOST_TEST((full.status == job_status::cancelled));
  BOOST_TEST(full.result == nullptr);
  BOOST_TEST(!full.started_at.has_value());
  BOOST_TEST(jobs.stats().totals.pictures_processed == 0u);
}

BOOST_AUTO_TEST_CASE(the_queue_is_bounded_in_bytes) {
  take("a", test_job({{"1", "x"}, {"2", "y"}}));
  BOOST_TEST((jobs.has_room({}, 1024 * 1024 - 2, false) == room::yes));
  BOOST_TEST((jobs.has_room({}, 1024 * 1024 - 1, false) == room::full));
  jobs.cancel(at(0s), "a");
  BOOST_TEST((jobs.has_room({}, 1024 * 1024, false) == room::yes));
}

BOOST_AUTO_TEST_CASE(expiry_counts_from_the_end_and_forgetting_leaves_nothing) {
  take("a", test_job({{"1", "x"}}));
  end("a", at(1000s), read("X"));
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
  BOOST_TEST(jobs.open_jobs() == (std::vector<job_id>{"a", "b", "c"}), boost::test_tools::per_element());
  jobs.cancel(at(1s), "b");
  jobs.publish("b");
  BOOST_TEST(jobs.open_jobs() == (std::vector<job_id>{"a", "c"}), boost::test_tools::per_element());
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
  open.identity = spec->identity;
  open.spec = spec;
  open.aboard = {0, 6};
  open.outcomes = {read("X"), {}};
  open.api_calls = 2;
  open.share = {whole_call, 1500};
  open.engine = "google";
  jobs.restore(open);
  BOOST_TEST(jobs.view(at(0s), "open")->pictures_done == 1u);
  BOOST_TEST(!jobs.in_line("open"));
  BOOST_TEST(jobs.accepted_for("open") == "google");
  BOOST_TEST(!jobs.end_if_decided(at(9s), "open"));
  jobs.decide({"open", 1}, read("Y"));
  BOOST_TEST(jobs.end_if_decided(at(10s), "open"));
  const auto result = jobs.publish("open").result;
  BOOST_TEST(result->pictures[0].outcome.recognised->symbols[0].text == "X");
  BOOST_TEST(result->api_calls == 2u);
  BOOST_TEST((result->share == cost{whole_call, 1500}));

  // What is aboard no call and not decided waits in line.
  auto waits = open;
  waits.view.id = "waits";
  waits.aboard = {0, 0};
  jobs.restore(waits);
  BOOST_TEST(jobs.in_line("waits"));
  BOOST_TEST((jobs.waiting("waits") == picture_indices{1}));

  kept_job ended;
  ended.view.id = "ended";
  ended.view.status = job_status::completed;
  ended.view.completed_at = at(1s);
  ended.view.expires_at = at(50s);
  ended.identity = test_job({{"9", "z"}})->identity;
  jobs.restore(ended);
  BOOST_TEST(jobs.find_identical(at(9s), ended.identity)->id == "ended");
  BOOST_TEST(jobs.expired(at(50s)).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
