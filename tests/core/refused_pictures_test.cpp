#include "core/engine_change.hpp"
#include "core/job.hpp"
#include "support/registry_driver.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

// A job may hold pictures that are not read: see `picture::refused`.
namespace glyphgate {

namespace {

using namespace std::chrono_literals;

const std::string why = "it is no picture";

picture refused(const std::string& id, const std::string& reason = why) {
  picture p;
  p.id = id;
  p.refused = reason;
  return p;
}

std::shared_ptr<const job_spec> job_of(std::vector<picture> pictures, std::optional<duration> max_delay = {}) {
  return make_job_spec(std::move(pictures), {}, "test", {max_delay});
}

std::shared_ptr<const job_spec> good_between_bad() {
  return job_of({refused("1"), test_picture("2", "x"), refused("3")});
}

struct fixture : registry_driver {
  /// The end of a job that needs no call.
  void ends_at_once() {
    BOOST_TEST(count<registry_command::ask_breaker>() == 0u);
    BOOST_TEST(count<registry_command::reserve>() == 0u);
    BOOST_TEST(store() == "accept_job");
    BOOST_TEST(stored<accept_job>().aboard.empty());
    BOOST_TEST(stored<accept_job>().waiting.empty());
    BOOST_TEST(store() == "end_job");
    BOOST_TEST(sent().empty());
  }
};

BOOST_FIXTURE_TEST_SUITE(refused_pictures_suite, fixture)

BOOST_AUTO_TEST_CASE(the_others_are_read_and_each_refused_one_ends_with_its_own_error) {
  const auto client = submit(good_between_bad());
  recall_nothing();
  breaker(breaker_mode::closed);
  grant();
  BOOST_TEST(store() == "accept_job");
  const auto& accepted = stored<accept_job>();
  BOOST_REQUIRE_EQUAL(accepted.aboard.size(), 1u);
  BOOST_TEST(accepted.aboard[0].pictures == picture_indices{1}, boost::test_tools::per_element());
  BOOST_TEST(accepted.pictures_from_cache == 0u);
  BOOST_TEST(submission_of(client).accepted());
  BOOST_TEST(view_of(get("job1")).pictures_done == 2u);
  BOOST_TEST(view_of(get("job1")).pictures_total == 3u);
  const auto call = sent_one();
  BOOST_TEST(call->pictures.size() == 1u);
  const auto waiter = wait("job1", now + 1h);
  read(call);
  BOOST_TEST(store() == "settle_spend close_call end_job");
  BOOST_TEST(stored<end_job>().end.repeatable);
  const auto ended = view_of(waiter);
  BOOST_TEST((ended.status == job_status::completed));
  BOOST_REQUIRE_EQUAL(ended.result->pictures.size(), 3u);
  for (const auto i : {0, 2}) {
    const auto& o = ended.result->pictures[static_cast<std::size_t>(i)].outcome;
    BOOST_TEST(!o.recognised);
    BOOST_TEST(o.error == why);
    BOOST_TEST(!o.may_pass);
  }
  BOOST_TEST((ended.result->pictures[1].outcome.recognised != nullptr));
  BOOST_TEST(ended.result->pictures_from_cache == 0u);
  BOOST_TEST(state.stats().totals.pictures_from_cache == 0u);
  BOOST_TEST(state.stats().totals.pictures_processed == 1u);
}

BOOST_AUTO_TEST_CASE(a_job_of_refused_pictures_fails_at_once_and_costs_nothing) {
  const auto client = submit(job_of({refused("1"), refused("2", "it is too large")}));
  recall_nothing();
  ends_at_once();
  BOOST_TEST((stored<end_job>().end.status == job_status::failed));
  BOOST_TEST(stored<end_job>().end.error.value_or("") == "every image failed; the first: " + why);
  BOOST_TEST((submission_of(client).status == job_status::failed));
  BOOST_TEST(state.stats().totals.one_by_one == 0u);
  BOOST_TEST(state.stats().totals.api_calls == 0u);
}

BOOST_AUTO_TEST_CASE(with_known_pictures_only_the_job_is_complete_at_once) {
  const auto client = submit(good_between_bad());
  recall({nullptr, test_recognition("x"), nullptr});
  ends_at_once();
  BOOST_TEST((submission_of(client).status == job_status::completed));
  BOOST_TEST(state.stats().totals.pictures_from_cache == 1u);
}

BOOST_AUTO_TEST_CASE(what_waits_in_line_is_not_what_is_refused) {
  submit(job_of({refused("1"), test_picture("2", "x")}, 1h));
  recall_nothing();
  breaker(breaker_mode::closed);
  deny(10min);
  BOOST_TEST(store() == "accept_job");
  BOOST_TEST(stored<accept_job>().waiting == picture_indices{1}, boost::test_tools::per_element());
  recall_nothing();
  grant();
  BOOST_TEST(store() == "board_job");
  BOOST_TEST(sent_one()->pictures.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_quote_counts_them) {
  const auto client = ask_price(good_between_bad());
  recall_nothing();
  store_is(true);
  breaker(breaker_mode::closed);
  step(registry_event::reserved{take<registry_command::check>().as, {}});
  const auto needed = *quote_of(client).needed;
  BOOST_TEST(needed.refused == 2u);
  BOOST_TEST(needed.sent == 1u);
  BOOST_TEST(needed.repeated == 0u);
  BOOST_TEST(needed.known == 0u);
  BOOST_TEST(needed.calls == 1u);
}

BOOST_AUTO_TEST_CASE(a_quote_of_an_identical_job_counts_them) {
  submit(good_between_bad());
  const auto needed = *quote_of(ask_price(good_between_bad())).needed;
  BOOST_TEST(needed.refused == 2u);
  BOOST_TEST(needed.known == 1u);
}

BOOST_AUTO_TEST_CASE(a_job_is_identical_where_the_same_are_refused_for_the_same_reasons) {
  const auto good = job_of({test_picture("1", "x")})->identity;
  auto bad = test_picture("1", "x");
  bad.bytes = nullptr;
  bad.refused = why;
  BOOST_TEST((job_of({bad})->identity != good));
  BOOST_TEST((job_of({bad})->identity == job_of({refused("1")})->identity));
  BOOST_TEST((job_of({refused("1", "another reason")})->identity != job_of({refused("1")})->identity));
  BOOST_TEST((job_of(good_between_bad()->pictures)->identity == good_between_bad()->identity));
}

BOOST_AUTO_TEST_CASE(nothing_repeats_a_refused_picture) {
  auto bad = test_picture("1", "x");
  bad.bytes = nullptr;
  bad.refused = why;
  const auto spec = job_of({bad, test_picture("2", "x"), refused("3")});
  BOOST_TEST((pictures_to_send(*spec, recognitions(3)) == picture_indices{1}));
  BOOST_TEST((spec->recognition_keys[0] != spec->recognition_keys[1]));
  BOOST_TEST((spec->recognition_keys[0] != spec->recognition_keys[2]));
}

BOOST_AUTO_TEST_CASE(pages_of_a_file_hold_its_bytes_once) {
  const auto first = test_picture("1", std::string(1000, 'x'));
  auto second = first;
  second.id = "2";
  second.info.page = 1;
  second.content = sha256("page 1 of x");
  BOOST_TEST(bytes_of(*job_of({first, second, refused("3"), test_picture("4", "y")})) == 1001u);
}

BOOST_AUTO_TEST_CASE(another_engine_takes_over_what_is_left) {
  kept_job job;
  job.view.id = "a";
  job.engine = "test";
  job.spec = good_between_bad();
  job.identity = job.spec->identity;
  job.aboard = {0, 1, 0};
  job.outcomes = {{nullptr, why}, {}, {nullptr, why}};
  BOOST_REQUIRE(adopt(job, {"other", "other", 0}, 0s).has_value());
  BOOST_TEST((job.identity == make_job_spec(good_between_bad()->pictures, {}, "other")->identity));
}

BOOST_AUTO_TEST_CASE(after_a_restart_they_have_failed_still) {
  kept_job job;
  job.view.id = "a";
  job.engine = "test";
  job.spec = good_between_bad();
  job.identity = job.spec->identity;
  job.aboard = {0, 1, 0};
  job.outcomes = {{nullptr, why}, {}, {nullptr, why}};
  job.view.created_at = now;
  recovery r;
  r.first_free = next_reservation = 2;
  r.pending.push_back(job);
  r.calls.push_back({1, 1, 1, 1});
  take_up(r);
  BOOST_TEST(view_of(get("a")).pictures_done == 2u);
  tick(now + 1s);
  const auto call = sent_one();
  BOOST_TEST(call->pictures.size() == 1u);
  read(call);
  BOOST_TEST(store() == "settle_spend close_call end_job");
  BOOST_TEST((stored<end_job>().end.status == job_status::completed));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
