#include "core/registry/job_registry_state.hpp"
#include "support/literal_time.hpp"
#include "support/registry_driver.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using namespace registry_command;

std::shared_ptr<const job_spec> one_picture(const std::string& content = "x") {
  return test_job({{"1", content}});
}

std::shared_ptr<const job_spec> two_pictures() {
  return test_job({{"1", "x"}, {"2", "y"}});
}

std::shared_ptr<const job_spec> four_pictures() {
  return test_job({{"1", "u"}, {"2", "v"}, {"3", "w"}, {"4", "x"}});
}

call_failure failure(ec code, std::string detail, bool sent) {
  call_failure f;
  f.code = code;
  f.detail = std::move(detail);
  f.sent = sent;
  return f;
}

/// The engine answered with an error, or not at all.
call_failure outage(std::optional<duration> retry_after = std::nullopt) {
  auto f = failure(ec::engine_unavailable, "HTTP 503", true);
  f.retry_after = retry_after;
  return f;
}

call_failure unsent(ec code = ec::engine_unavailable, std::optional<duration> retry_after = std::nullopt) {
  auto f = failure(code, "no connection", false);
  f.retry_after = retry_after;
  return f;
}

call_failure rejected(bool splittable, bool sent = true) {
  auto f = failure(ec::request_rejected, "Bad image data.", sent);
  f.splittable = splittable;
  return f;
}

/// The engine refused the account before it did anything.
call_failure unauthorized() {
  auto f = failure(ec::account_refused, "HTTP 401", true);
  f.unprocessed = true;
  return f;
}

struct fixture : registry_driver {};

/// Calls of up to four pictures.
struct large_calls : registry_driver {
  large_calls() : registry_driver{{}, 4} {}
};

/// The seat of the picture with that content.
digest seat_of(const std::string& content) {
  return recognition_key("test", {}, sha256(content));
}

/// The job's record after the client was told of its end.
job_view ended_view(registry_driver& d, const job_id& id) {
  return *d.state.jobs().view(d.now, id);
}

BOOST_AUTO_TEST_SUITE(job_registry_machine)

BOOST_FIXTURE_TEST_SUITE(admission_of_jobs, fixture)

BOOST_AUTO_TEST_CASE(a_job_goes_from_its_submission_to_its_result) {
  const auto spec = two_pictures();
  const auto client = submit(spec);
  const auto recall = take<registry_command::recall>();
  BOOST_TEST((recall.keys == spec->recognition_keys));
  BOOST_TEST(quiet());
  step(registry_event::recalled{recall.as, recognitions(2)});
  breaker(breaker_mode::closed);
  const auto asked = take<reserve>();
  BOOST_TEST(asked.wanted.jobs == 1u);
  BOOST_TEST(asked.wanted.calls == 2u);
  now = at(1s);
  step(registry_event::reserved{asked.as, granted(asked)});
  BOOST_TEST(count<offer>() == 1u);
  BOOST_TEST(!answered(client));
  BOOST_TEST(count<annotate>() == 0u);
  BOOST_TEST((error_of(get("job1")) == ec::job_not_found));

  now = at(2s);
  BOOST_TEST(store() == "accept_job");
  const auto accepted = stored<accept_job>();
  BOOST_TEST((accepted.at == at(1s)));
  BOOST_TEST(accepted.aboard.at(1).call == 2u);
  BOOST_TEST(accepted.pictures_from_cache == 0u);
  BOOST_TEST(submission_of(client).id == "job1");
  BOOST_TEST((submission_of(client).status == job_status::pending));
  BOOST_TEST(!submission_of(client).identical);
  BOOST_TEST(submission_of(client).usage.has_value());
  BOOST_TEST(logged("job_accepted") == 1u);
  const auto calls = sent();
  BOOST_REQUIRE_EQUAL(calls.size(), 2u);
  BOOST_TEST(calls[0]->reservation == 1u);
  BOOST_TEST(calls[1]->reservation == 2u);
  BOOST_TEST((calls[0]->age_from == at(1s)));

  now = at(3s);
  begin(calls[1]);
  BOOST_TEST((view_of(get("job1")).status == job_status::processing));
  now = at(5s);
  read(calls[1]);
  BOOST_TEST(store() == "settle_spend close_call");
  BOOST_TEST(take<settle>().reservation == 2u);
  read(calls[0]);
  // It is shown as ended when that is durable.
  BOOST_TEST((view_of(get("job1")).status == job_status::processing));
  now = at(6s);
  BOOST_TEST(store() == "settle_spend close_call end_job");
  BOOST_TEST(take<settle>().reservation == 1u);
  BOOST_TEST((recorded == std::vector<reservation_id>{2, 1}));
  BOOST_TEST(stored<end_job>().end.repeatable);
  BOOST_TEST(logged("job_ended") == 1u);
  BOOST_TEST((ended_view(*this, "job1").status == job_status::completed));
  BOOST_TEST((ended_view(*this, "job1").completed_at == at(5s)));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(an_identical_job_is_answered_at_once_and_free) {
  accept(one_picture());
  const auto again = submit(one_picture());
  BOOST_TEST(quiet());
  BOOST_TEST(submission_of(again).id == "job1");
  BOOST_TEST(submission_of(again).identical);
  BOOST_TEST((submission_of(again).status == job_status::pending));
}

BOOST_AUTO_TEST_CASE(a_job_identical_to_one_on_its_way_shares_its_answer) {
  const auto first = submit(one_picture());
  recall_nothing();
  const auto second = submit(one_picture());
  breaker(breaker_mode::closed);
  grant();
  const auto third = submit(one_picture());
  BOOST_TEST(!answered(second));
  store();
  BOOST_TEST(!submission_of(first).identical);
  for (const auto a : {second, third}) {
    BOOST_TEST(submission_of(a).id == "job1");
    BOOST_TEST(submission_of(a).identical);
  }
  BOOST_TEST(sent().size() == 1u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_job_identical_to_one_on_its_way_shares_its_refusal) {
  const auto first = submit(one_picture());
  recall_nothing();
  const auto second = submit(one_picture());
  breaker(breaker_mode::open, 40s);
  for (const auto a : {first, second}) {
    BOOST_TEST((submission_of(a).refused == ec::breaker_open));
    BOOST_TEST((submission_of(a).retry_after == 40s));
    BOOST_TEST(!submission_of(a).identical);
  }
}

BOOST_AUTO_TEST_CASE(a_job_of_known_pictures_costs_nothing_and_asks_nobody_but_the_store) {
  const auto client = submit(two_pictures());
  recall({test_recognition("x"), test_recognition("y")});
  const auto same = submit(two_pictures());
  now = at(1s);
  BOOST_TEST(store() == "accept_job");
  BOOST_TEST(stored<accept_job>().known.size() == 2u);
  BOOST_TEST(stored<accept_job>().aboard.empty());
  BOOST_TEST(stored<accept_job>().pictures_from_cache == 2u);
  BOOST_TEST((stored<accept_job>().at == at(0s)));
  // It has ended, and that is not durable yet.
  BOOST_TEST(!answered(client));
  BOOST_TEST(store() == "end_job");
  BOOST_TEST((submission_of(client).status == job_status::completed));
  BOOST_TEST(!submission_of(client).usage.has_value());
  BOOST_TEST(!submission_of(client).identical);
  BOOST_TEST(submission_of(same).identical);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_job_of_pages_that_bring_their_texts_costs_nothing) {
  auto spec = std::make_shared<job_spec>(*two_pictures());
  for (auto& page : spec->pictures)
    page.text = test_recognition("its own");
  const auto client = submit(spec);
  recall({nullptr, test_recognition("what was read")});
  BOOST_TEST(store() == "accept_job");
  BOOST_REQUIRE(stored<accept_job>().known.size() == 2u);
  for (const auto& [position, text] : stored<accept_job>().known)
    BOOST_TEST((text == spec->pictures[position].text));
  BOOST_TEST(stored<accept_job>().aboard.empty());
  BOOST_TEST(store() == "end_job");
  BOOST_TEST((submission_of(client).status == job_status::completed));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(known_and_repeated_pictures_are_not_sent) {
  submit(test_job({{"1", "x"}, {"2", "y"}, {"3", "x"}}));
  recall({nullptr, test_recognition("y"), nullptr});
  breaker(breaker_mode::half_open);
  grant();
  BOOST_TEST(store() == "accept_job");
  BOOST_TEST(stored<accept_job>().known.at(0).first == 1u);
  BOOST_TEST(stored<accept_job>().pictures_from_cache == 2u);
  const auto call = sent_one();
  BOOST_TEST(call->pictures.at(0).id == "1");
  const auto client = wait("job1", at(60s));
  read(call);
  store();
  const auto result = view_of(client).result;
  BOOST_TEST(result->pictures.at(2).outcome.recognised->symbols.at(0).text == "x");
  BOOST_TEST(result->pictures_from_cache == 2u);
  BOOST_TEST(result->api_calls == 1u);
}

BOOST_AUTO_TEST_CASE(while_the_breaker_is_open_nothing_is_reserved) {
  const auto client = submit(one_picture());
  recall_nothing();
  breaker(breaker_mode::open, 40s);
  BOOST_TEST((submission_of(client).refused == ec::breaker_open));
  BOOST_TEST((submission_of(client).retry_after == 40s));
  BOOST_TEST(logged("job_refused") == 1u);
  BOOST_TEST(quiet());
  BOOST_TEST(state.list(now, {}).jobs.empty());
  BOOST_TEST(state.stats().waiting_calls == 0u);
  // No trace: the same again is a new job.
  submit(one_picture());
  BOOST_TEST(count<registry_command::recall>() == 1u);
}

BOOST_AUTO_TEST_CASE(a_full_window_is_told_with_its_name_and_time) {
  const auto client = submit(one_picture());
  recall_nothing();
  breaker(breaker_mode::closed);
  deny(17s, ec::rate_limited, "minute");
  BOOST_TEST((submission_of(client).refused == ec::rate_limited));
  BOOST_TEST((submission_of(client).retry_after == 17s));
  BOOST_TEST(submission_of(client).detail ==
             "the service's limit of 10 jobs a minute (JOBS_PER_MINUTE_LIMIT) is reached");
  BOOST_TEST(submission_of(client).usage.has_value());
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_job_that_no_day_can_hold_is_told_so) {
  const auto client = submit(two_pictures());
  recall_nothing();
  breaker(breaker_mode::closed);
  deny({}, ec::job_too_large);
  BOOST_TEST((submission_of(client).refused == ec::job_too_large));
  BOOST_TEST(!submission_of(client).retry_after.has_value());
  BOOST_TEST(submission_of(client).detail == "the job needs 2 calls, and the service's limit of 1000 calls a day "
                                             "(DAILY_API_CALLS_LIMIT) never lets in so much: split the job");
}

BOOST_AUTO_TEST_CASE(what_the_store_refuses_is_revoked) {
  const auto client = submit(two_pictures());
  recall_nothing();
  breaker(breaker_mode::closed);
  grant();
  store_refuses();
  BOOST_TEST((submission_of(client).refused == ec::store_unavailable));
  BOOST_TEST((submission_of(client).retry_after == 5s));
  const auto given_back = take<revoke>().granted;
  BOOST_TEST(given_back.first == 1u);
  BOOST_TEST(given_back.calls == 2u);
  BOOST_TEST(given_back.jobs == 1u);
  BOOST_TEST(quiet());
  BOOST_TEST(state.list(now, {}).jobs.empty());
}

BOOST_AUTO_TEST_CASE(what_cost_nothing_and_is_refused_by_the_store_has_nothing_to_revoke) {
  const auto client = submit(one_picture());
  recall({test_recognition("x")});
  store_refuses();
  BOOST_TEST((submission_of(client).refused == ec::store_unavailable));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_recall_takes_no_job) {
  const auto client = submit(one_picture());
  recall_fails();
  BOOST_TEST((submission_of(client).refused == ec::store_unavailable));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(the_queue_of_calls_has_a_bound) {
  job_config config;
  config.queue_capacity = 1;
  registry_driver d{config};
  const auto two = d.submit(two_pictures());
  d.recall_nothing();
  BOOST_TEST((d.submission_of(two).refused == ec::queue_full));
  BOOST_TEST((d.submission_of(two).retry_after == 5s));
  BOOST_TEST(d.quiet());
  BOOST_TEST(d.accept(one_picture()).size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_queue_of_bytes_has_a_bound) {
  job_config config;
  config.queue_mb = 1;
  registry_driver d{config};
  const auto large = d.submit(one_picture(std::string(1024 * 1024 + 1, 'x')));
  BOOST_TEST((d.submission_of(large).refused == ec::queue_full));
  BOOST_TEST(d.quiet());
}

BOOST_FIXTURE_TEST_SUITE(admissions_that_take_too_long, fixture)

BOOST_AUTO_TEST_CASE(while_the_store_recalls) {
  const auto client = submit(one_picture());
  const auto asked = take<registry_command::recall>();
  BOOST_TEST((state.next_wake() == at(30s)));
  tick(at(30s - 1us));
  BOOST_TEST(!answered(client));
  tick(at(30s));
  BOOST_TEST((submission_of(client).refused == ec::store_unavailable));
  BOOST_TEST((submission_of(client).retry_after == 5s));
  step(registry_event::recalled{asked.as, recognitions(1)});
  BOOST_TEST(quiet());
  BOOST_TEST(state.list(now, {}).jobs.empty());
}

BOOST_AUTO_TEST_CASE(while_the_breaker_is_asked) {
  const auto client = submit(one_picture());
  recall_nothing();
  const auto asked = take<ask_breaker>();
  tick(at(30s));
  BOOST_TEST((submission_of(client).refused == ec::store_unavailable));
  BOOST_TEST(state.stats().waiting_calls == 0u);
  step(registry_event::breaker_told{asked.as, {}});
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(while_the_limiter_is_asked_what_it_grants_is_revoked) {
  const auto client = submit(two_pictures());
  recall_nothing();
  breaker(breaker_mode::closed);
  const auto asked = take<reserve>();
  tick(at(30s));
  BOOST_TEST((submission_of(client).refused == ec::store_unavailable));
  step(registry_event::reserved{asked.as, granted(asked)});
  BOOST_TEST(take<revoke>().granted.calls == 2u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(while_the_limiter_is_asked_a_late_denial_changes_nothing) {
  submit(two_pictures());
  recall_nothing();
  breaker(breaker_mode::closed);
  const auto asked = take<reserve>();
  tick(at(30s));
  admission denied;
  denied.refused = ec::rate_limited;
  step(registry_event::reserved{asked.as, denied});
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(while_the_store_commits_it_is_undone_when_it_lands) {
  const auto client = submit(two_pictures());
  recall_nothing();
  breaker(breaker_mode::closed);
  grant();
  tick(at(30s));
  BOOST_TEST((submission_of(client).refused == ec::store_unavailable));
  // Whether the store takes it is not known: nothing is given back yet.
  BOOST_TEST(count<revoke>() == 0u);
  now = at(40s);
  BOOST_TEST(store() == "accept_job");
  BOOST_TEST(sent().empty());
  BOOST_TEST(count<revoke>() == 0u);
  BOOST_TEST(state.stats().unsaved == 1u);
  BOOST_TEST(store() == "release_spend close_call release_spend close_call end_job forget_job");
  BOOST_TEST(stored<end_job>().end.id == "job1");
  BOOST_TEST((stored<end_job>().end.status == job_status::cancelled));
  BOOST_TEST(!stored<end_job>().end.repeatable);
  BOOST_TEST(stored<forget_job>().id == "job1");
  BOOST_TEST(std::get<release_spend>(unit[2]).reservation == 2u);
  BOOST_TEST(take<release>().reservation == 1u);
  BOOST_TEST(take<release>().reservation == 2u);
  BOOST_TEST((recorded == std::vector<reservation_id>{1, 2}));
  BOOST_TEST(take<revoke>().granted.first == 1u);
  BOOST_TEST(quiet());
  BOOST_TEST(state.stats().unsaved == 0u);
  BOOST_TEST(state.list(now, {}).jobs.empty());
}

BOOST_AUTO_TEST_CASE(while_the_store_commits_it_is_revoked_when_it_is_refused) {
  submit(one_picture());
  recall_nothing();
  breaker(breaker_mode::closed);
  grant();
  tick(at(30s));
  BOOST_TEST(count<revoke>() == 0u);
  store_refuses();
  BOOST_TEST(take<revoke>().granted.first == 1u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(while_the_store_commits_a_job_without_calls_nothing_is_given_back) {
  const auto client = submit(one_picture());
  recall({test_recognition("x")});
  tick(at(30s));
  BOOST_TEST((submission_of(client).refused == ec::store_unavailable));
  store();
  BOOST_TEST(store() == "end_job forget_job");
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(the_same_job_comes_in_while_the_late_one_is_undone) {
  submit(one_picture());
  recall_nothing();
  breaker(breaker_mode::closed);
  grant();
  tick(at(30s));
  const auto again = submit(one_picture());
  recall_nothing();
  breaker(breaker_mode::closed);
  grant();
  BOOST_TEST(store() == "accept_job");
  BOOST_TEST(!answered(again));
  BOOST_TEST(store() == "accept_job");
  BOOST_TEST(submission_of(again).id == "job2");
  BOOST_TEST(sent_one()->reservation == 2u);
  BOOST_TEST(store() == "release_spend close_call end_job forget_job");
  BOOST_TEST(take<revoke>().granted.first == 1u);
}

BOOST_AUTO_TEST_CASE(a_tick_that_comes_late_waits_a_second_once_for_what_lies_in_the_mailbox) {
  const auto client = submit(one_picture());
  const auto asked = take<registry_command::recall>();
  // The process was stopped.
  tick(at(90s));
  BOOST_TEST(!answered(client));
  BOOST_TEST((state.next_wake() == at(91s)));
  step(registry_event::recalled{asked.as, recognitions(1)});
  BOOST_TEST(count<ask_breaker>() == 1u);
  // And again: but once is enough.
  tick(at(200s));
  BOOST_TEST((submission_of(client).refused == ec::store_unavailable));
}

BOOST_AUTO_TEST_CASE(a_tick_that_is_late_by_less_than_a_second_refuses) {
  const auto client = submit(one_picture());
  tick(at(31s - 1us));
  BOOST_TEST((submission_of(client).refused == ec::store_unavailable));
}

BOOST_AUTO_TEST_CASE(a_job_that_got_in_meanwhile_is_not_refused) {
  const auto client = submit(one_picture());
  tick(at(31s));
  recall_nothing();
  breaker(breaker_mode::closed);
  grant();
  store();
  tick(at(32s));
  BOOST_TEST(submission_of(client).accepted());
  BOOST_TEST(sent().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(calls_that_fail, fixture)

BOOST_AUTO_TEST_CASE(a_failure_that_was_paid_for_is_tried_again_after_growing_delays_up_to_its_attempts) {
  auto call = accept(one_picture())[0];
  const auto client = wait("job1", at(1h));
  fail(call, outage());
  const auto asked = take<reserve>();
  BOOST_TEST(asked.wanted.jobs == 0u);
  BOOST_TEST(asked.wanted.calls == 1u);
  step(registry_event::reserved{asked.as, granted(asked)});
  BOOST_TEST(store() == "settle_spend reserve_retry");
  BOOST_TEST(stored<settle_spend>().reservation == 1u);
  BOOST_TEST(stored<reserve_retry>().attempt == 2u);
  BOOST_TEST(stored<reserve_retry>().reservation == 2u);
  BOOST_TEST(stored<reserve_retry>().paid_before == 1u);
  BOOST_TEST(!stored<reserve_retry>().suspect);
  BOOST_TEST(take<settle>().reservation == 1u);
  BOOST_TEST((state.next_wake() == at(1s)));
  tick(at(1s - 1us));
  BOOST_TEST(quiet());
  tick(at(1s));
  call = sent_one();
  BOOST_TEST(call->attempt == 2u);
  BOOST_TEST(call->reservation == 2u);

  now = at(10s);
  fail(call, outage());
  grant();
  BOOST_TEST(store() == "settle_spend reserve_retry");
  take<settle>();
  BOOST_TEST((state.next_wake() == at(12s)));
  tick(at(12s));
  call = sent_one();
  BOOST_TEST(call->attempt == 3u);
  BOOST_TEST(call->paid_before == 2u);

  fail(call, outage());
  BOOST_TEST(count<reserve>() == 0u);
  BOOST_TEST(store() == "settle_spend close_call end_job");
  BOOST_TEST(!stored<end_job>().end.repeatable);
  BOOST_TEST((view_of(client).status == job_status::failed));
  BOOST_TEST(view_of(client).result->pictures.at(0).outcome.error == "gave up after 3 attempts: HTTP 503");
  BOOST_TEST(view_of(client).result->api_calls == 3u);
  BOOST_TEST(logged("call_failed") == 3u);
}

BOOST_AUTO_TEST_CASE(the_delay_counts_from_when_the_reservation_is_durable) {
  fail(accept(one_picture())[0], outage());
  grant();
  now = at(20s);
  store();
  tick(at(21s - 1us));
  BOOST_TEST(sent().empty());
  tick(at(21s));
  BOOST_TEST(sent().size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_delay_is_at_least_what_the_engine_told_and_jittered) {
  jitter = 1;
  fail(accept(one_picture())[0], outage(20s));
  BOOST_TEST(store() == "note_pause");
  grant();
  store();
  tick(at(30s - 1us));
  BOOST_TEST(sent().empty());
  tick(at(30s));
  BOOST_TEST(sent().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_retry_that_the_window_denies_is_given_up) {
  const auto call = accept(one_picture())[0];
  const auto client = wait("job1", at(1h));
  fail(call, outage());
  deny(2h);
  BOOST_TEST(store() == "settle_spend close_call end_job");
  BOOST_TEST(view_of(client).result->pictures.at(0).outcome.error ==
             "HTTP 503; the service's limit of 1000 calls a day (DAILY_API_CALLS_LIMIT) leaves no other attempt");
  BOOST_TEST(!stored<end_job>().end.repeatable);
}

BOOST_AUTO_TEST_CASE(a_failure_before_anything_was_sent_keeps_its_reservation) {
  auto call = accept(one_picture())[0];
  // However often: nothing was paid for.
  auto t = at(0s);
  for (attempt_token attempt = 1; attempt <= 5; ++attempt) {
    fail(call, unsent());
    BOOST_TEST(store() == "carry_over_spend");
    BOOST_TEST(stored<carry_over_spend>().attempt == attempt);
    BOOST_TEST(stored<carry_over_spend>().reservation == 1u);
    BOOST_TEST(recorded.size() == attempt);
    BOOST_TEST(recorded.back() == 1u);
    BOOST_TEST(quiet());
    t += std::chrono::seconds{1 << (attempt - 1)};
    tick(t - 1us);
    BOOST_TEST(quiet());
    tick(t);
    call = sent_one();
    BOOST_TEST(call->attempt == attempt + 1);
    BOOST_TEST(call->reservation == 1u);
    BOOST_TEST(call->paid_before == 0u);
  }
  BOOST_TEST(state.stats().totals.api_calls == 0u);
  read(call);
  BOOST_TEST(store() == "settle_spend close_call end_job");
}

BOOST_AUTO_TEST_CASE(a_call_whose_job_became_too_old_is_given_up_and_its_reservation_released) {
  const auto call = accept(one_picture())[0];
  const auto client = wait("job1", at(100h));
  now = at(24h - 500ms);
  fail(call, unsent());
  store();
  tick(at(24h + 500ms));
  BOOST_TEST(sent().empty());
  BOOST_TEST(store() == "release_spend close_call end_job");
  BOOST_TEST(take<release>().reservation == 1u);
  BOOST_TEST(view_of(client).result->pictures.at(0).outcome.error == "the call waited longer than a job may");
  BOOST_TEST(!stored<end_job>().end.repeatable);
}

BOOST_AUTO_TEST_CASE(the_engine_s_pause_is_noted_for_the_next_process) {
  const auto calls = accept(two_pictures());
  fail(calls[0], unsent(ec::engine_unavailable, 60s));
  BOOST_TEST(store() == "note_pause");
  BOOST_TEST(stored<note_pause>().engine == "test");
  BOOST_TEST((stored<note_pause>().until == at(60s)));
  BOOST_TEST(store() == "carry_over_spend");
  // A shorter one is within it.
  now = at(1s);
  fail(calls[1], unsent(ec::engine_unavailable, 30s));
  BOOST_TEST(store() == "carry_over_spend");
}

BOOST_AUTO_TEST_CASE(a_pause_beyond_the_age_limit_does_not_keep_a_job) {
  const auto calls = accept(two_pictures());
  fail(calls[0], unsent(ec::engine_unavailable, 48h));
  BOOST_TEST(store() == "note_pause");
  BOOST_TEST(store() == "carry_over_spend");
  fail(calls[1], outage(48h));
  grant();
  BOOST_TEST(store() == "settle_spend reserve_retry");
  take<settle>();
  tick(at(24h - 1us));
  BOOST_TEST(quiet());
  BOOST_TEST((state.next_wake() == at(24h)));
  tick(at(24h));
  BOOST_TEST(sent().empty());
  BOOST_TEST(store() == "release_spend close_call");
  BOOST_TEST(store() == "release_spend close_call end_job");
}

BOOST_AUTO_TEST_CASE(a_call_that_the_pool_found_too_old_is_given_up) {
  const auto call = accept(one_picture())[0];
  fail(call, unsent(ec::expired_in_queue));
  BOOST_TEST(store() == "release_spend close_call end_job");
  BOOST_TEST(stored<close_call>().outcomes.at(0).outcome.error == "the call waited longer than a job may");
  BOOST_TEST(stored<close_call>().outcomes.at(0).outcome.may_pass);
}

BOOST_AUTO_TEST_CASE(what_was_not_begun_is_the_same_attempt_a_second_later) {
  for (const auto code : {ec::store_unavailable, ec::queue_full}) {
    registry_driver d;
    const auto call = d.accept(one_picture())[0];
    d.fail(call, unsent(code));
    BOOST_TEST(d.quiet());
    d.tick(at(1s - 1us));
    BOOST_TEST(d.quiet());
    d.tick(at(1s));
    BOOST_TEST(d.sent_one()->attempt == 1u);
  }
}

BOOST_AUTO_TEST_CASE(what_was_stopped_although_nobody_asked_for_it_goes_on) {
  for (const auto code : {ec::cancelled, ec::shutting_down, ec::internal}) {
    registry_driver d;
    const auto calls = d.accept(two_pictures());
    d.fail(calls[0], unsent(code));
    BOOST_TEST(d.store() == "carry_over_spend");
    d.fail(calls[1], failure(code, "stopped", true));
    d.grant();
    BOOST_TEST(d.store() == "settle_spend reserve_retry");
  }
}

BOOST_AUTO_TEST_CASE(what_the_service_lacks_is_tried_a_few_times_and_costs_nothing) {
  auto call = accept(one_picture())[0];
  for (int i = 1; i < 3; ++i) {
    fail(call, unsent(ec::internal));
    BOOST_TEST(store() == "carry_over_spend");
    BOOST_TEST(quiet());
    tick(now + 60s);
    call = sent_one();
    BOOST_TEST(call->reservation == 1u);
  }
  fail(call, unsent(ec::internal));
  BOOST_TEST(store() == "release_spend close_call end_job");
  BOOST_TEST(stored<close_call>().outcomes.at(0).outcome.may_pass);
  BOOST_TEST(!stored<end_job>().end.repeatable);
  BOOST_TEST(take<release>().reservation == 1u);
  BOOST_TEST(state.stats().totals.api_calls == 0u);
}

BOOST_AUTO_TEST_CASE(an_account_refused_before_anything_was_sent_waits) {
  const auto call = accept(one_picture())[0];
  fail(call, unsent(ec::account_refused, 7s));
  BOOST_TEST(logged("engine_refuses_account") == 1u);
  BOOST_TEST((log.back().level == log_level::error));
  BOOST_TEST(store() == "note_pause");
  BOOST_TEST(store() == "carry_over_spend");
  BOOST_TEST(quiet());
  tick(at(7s));
  BOOST_TEST(sent_one()->reservation == 1u);
}

BOOST_AUTO_TEST_CASE(an_account_refused_and_unprocessed_waits_with_a_reservation_of_its_own) {
  auto call = accept(one_picture())[0];
  // However often: it does not count as an attempt.
  for (reservation_id reservation = 1; reservation <= 4; ++reservation) {
    fail(call, unauthorized());
    grant();
    BOOST_TEST(store() == "settle_spend reserve_retry");
    BOOST_TEST(stored<settle_spend>().reservation == reservation);
    BOOST_TEST(stored<reserve_retry>().paid_before == 0u);
    take<settle>();
    tick(now + 60s);
    call = sent_one();
    BOOST_TEST(call->reservation == reservation + 1);
  }
}

BOOST_AUTO_TEST_CASE(an_account_refused_and_unprocessed_waits_for_the_window) {
  const auto call = accept(one_picture())[0];
  fail(call, unauthorized());
  deny(2h);
  BOOST_TEST(store() == "settle_spend");
  BOOST_TEST(take<settle>().reservation == 1u);
  // A refund may make room sooner than told: a minute at the longest.
  tick(at(60s - 1us));
  BOOST_TEST(quiet());
  tick(at(60s));
  deny(100ms);
  BOOST_TEST(quiet());
  tick(at(61s - 1us));
  BOOST_TEST(quiet());
  tick(at(61s));
  grant();
  BOOST_TEST(store() == "reserve_retry");
  BOOST_TEST(sent_one()->attempt == 2u);
}

BOOST_AUTO_TEST_CASE(an_account_refused_by_an_answer_ends_the_call_and_is_the_operator_s_business) {
  const auto call = accept(one_picture())[0];
  fail(call, failure(ec::account_refused, "billing of project p is off", true));
  BOOST_TEST(logged("engine_refuses_account") == 1u);
  BOOST_TEST(store() == "settle_spend close_call end_job");
  const auto& outcome = stored<close_call>().outcomes.at(0).outcome;
  BOOST_TEST(outcome.may_pass);
  BOOST_TEST(outcome.error.find("billing") == std::string::npos);
  BOOST_TEST(outcome.error.starts_with("the engine refuses the service's account"));
}

BOOST_AUTO_TEST_CASE(an_open_call_is_somewhere_at_every_moment) {
  const auto is_at = [this](attempt_token attempt, call_place place) {
    const auto* call = state.calls().find(1, attempt);
    return call != nullptr && call->place == place;
  };
  auto call = accept(one_picture())[0];
  BOOST_TEST(is_at(1, call_place::queued));
  begin(call);
  BOOST_TEST(is_at(1, call_place::running));
  fail(call, unsent());
  BOOST_TEST(is_at(2, call_place::storing));
  store();
  BOOST_TEST(is_at(2, call_place::delayed));
  tick(at(2s));
  BOOST_TEST(is_at(2, call_place::queued));
  fail(sent_one(), unauthorized());
  BOOST_TEST(is_at(2, call_place::reserving));
  deny(10s);
  BOOST_TEST(is_at(2, call_place::storing));
  store();
  BOOST_TEST(is_at(2, call_place::delayed));
  tick(at(12s));
  BOOST_TEST(is_at(2, call_place::reserving));
  grant();
  BOOST_TEST(is_at(3, call_place::storing));
  store();
  BOOST_TEST(is_at(3, call_place::queued));
  fail(sent_one(), unsent(ec::queue_full));
  BOOST_TEST(is_at(3, call_place::delayed));
  tick(at(13s));
  call = sent_one();
  drain(20s);
  fail(call, unsent(ec::shutting_down));
  BOOST_TEST(is_at(3, call_place::left));
}

BOOST_AUTO_TEST_CASE(a_rejected_picture_has_its_own_error) {
  const auto calls = accept(two_pictures());
  const auto client = wait("job1", at(1h));
  fail(calls[0], rejected(true));
  BOOST_TEST(count<reserve>() == 0u);
  BOOST_TEST(store() == "settle_spend close_call");
  BOOST_TEST(!stored<close_call>().outcomes.at(0).outcome.may_pass);
  fail(calls[1], rejected(false, false));
  BOOST_TEST(store() == "release_spend close_call end_job");
  BOOST_TEST(stored<end_job>().end.repeatable);
  BOOST_TEST(*view_of(client).error == "every image failed; the first: Bad image data.");
}

BOOST_AUTO_TEST_CASE(one_call_s_failure_leaves_the_others_alone) {
  const auto calls = accept(two_pictures());
  const auto client = wait("job1", at(1h));
  fail(calls[0], rejected(false));
  store();
  read(calls[1]);
  store();
  BOOST_TEST((view_of(client).status == job_status::completed));
  BOOST_TEST(view_of(client).result->pictures.at(0).outcome.error == "Bad image data.");
  BOOST_TEST(view_of(client).result->pictures.at(1).outcome.recognised->symbols.at(0).text == "y");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(calls_that_are_split, large_calls)

BOOST_AUTO_TEST_CASE(a_call_refused_as_a_whole_goes_on_in_halves) {
  const auto call = accept(test_job({{"1", "u"}, {"2", "v"}, {"3", "w"}})).at(0);
  const auto client = wait("job1", at(1h));
  fail(call, rejected(true));
  const auto asked = take<reserve>();
  BOOST_TEST(asked.wanted.jobs == 0u);
  BOOST_TEST(asked.wanted.calls == 2u);
  step(registry_event::reserved{asked.as, granted(asked)});
  BOOST_TEST(sent().empty());
  BOOST_TEST(store() == "settle_spend split_call");
  BOOST_TEST(take<settle>().reservation == 1u);
  const auto done = stored<split_call>();
  BOOST_TEST(done.call == 1u);
  BOOST_REQUIRE_EQUAL(done.parts.size(), 2u);
  BOOST_TEST((done.parts[0].seats == std::vector{seat_of("u")}));
  BOOST_TEST((done.parts[1].seats == std::vector{seat_of("v"), seat_of("w")}));
  BOOST_TEST(done.parts[0].id == 2u);
  BOOST_TEST(done.parts[1].id == 3u);
  const auto halves = sent();
  BOOST_REQUIRE_EQUAL(halves.size(), 2u);
  BOOST_TEST(halves[0]->attempt == 1u);
  BOOST_TEST(halves[1]->reservation == 3u);
  read(halves[0]);
  store();
  read(halves[1]);
  store();
  BOOST_TEST(view_of(client).result->pictures.at(2).outcome.recognised->symbols.at(0).text == "w");
  BOOST_TEST(view_of(client).result->api_calls == 3u);
}

BOOST_AUTO_TEST_CASE(a_request_too_large_to_send_is_split_and_its_spend_released) {
  const auto call = accept(two_pictures()).at(0);
  fail(call, rejected(true, false));
  grant();
  BOOST_TEST(store() == "release_spend split_call");
  BOOST_TEST(take<release>().reservation == 1u);
  BOOST_TEST(sent().size() == 2u);
  BOOST_TEST(state.stats().totals.api_calls == 0u);
}

BOOST_AUTO_TEST_CASE(halves_that_the_window_denies_are_given_up) {
  const auto call = accept(two_pictures()).at(0);
  fail(call, rejected(true));
  deny(2h);
  BOOST_TEST(store() == "settle_spend close_call end_job");
  BOOST_TEST(stored<close_call>().outcomes.at(1).outcome.error ==
             "Bad image data; the service's limit of 1000 calls a day (DAILY_API_CALLS_LIMIT) leaves no other attempt");
  BOOST_TEST(stored<close_call>().outcomes.at(1).outcome.may_pass);
  BOOST_TEST(!stored<end_job>().end.repeatable);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_call_may_be_split_into_so_many_in_search_of_a_picture) {
  job_config config;
  config.max_split_calls = 2;
  registry_driver d{config, 4};
  d.fail(d.accept(four_pictures()).at(0), rejected(true));
  d.grant();
  d.store();
  const auto halves = d.sent();
  d.fail(halves.at(0), rejected(true));
  BOOST_TEST(d.count<reserve>() == 0u);
  BOOST_TEST(d.store() == "settle_spend close_call");
  BOOST_TEST(
      d.stored<close_call>().outcomes.at(0).outcome.error ==
      "Bad image data; the call may be split no further to find the image at fault, which may be another one: post "
      "this one again");
  BOOST_TEST(d.stored<close_call>().outcomes.at(0).outcome.may_pass);
}

BOOST_FIXTURE_TEST_SUITE(cancelling, large_calls)

/// What became of the reservations after the job was cancelled while its call was somewhere.
#define CHECK_CANCELLED_STORING(client, unit)                                                                          \
  BOOST_TEST(!answered(client));                                                                                       \
  BOOST_TEST(count<cancel_call>() == 0u);                                                                              \
  BOOST_TEST(store() == (unit));                                                                                       \
  BOOST_TEST(done(client))
#define CHECK_CANCELLED(client) CHECK_CANCELLED_STORING(client, "close_call end_job")
/// The same while the pool had its call.
#define CHECK_CANCELLED_IN_POOL(client)                                                                                \
  BOOST_TEST(take<cancel_call>().id == 1u);                                                                            \
  CHECK_CANCELLED(client)

BOOST_AUTO_TEST_CASE(a_call_that_waits_in_the_pool) {
  const auto call = accept(one_picture())[0];
  const auto client = cancel("job1");
  CHECK_CANCELLED_IN_POOL(client);
  BOOST_TEST((stored<end_job>().end.status == job_status::cancelled));
  BOOST_TEST(!stored<end_job>().end.repeatable);
  fail(call, unsent(ec::cancelled));
  BOOST_TEST(store() == "release_spend");
  BOOST_TEST(take<release>().reservation == 1u);
  BOOST_TEST(quiet());
  BOOST_TEST((view_of(get("job1")).status == job_status::cancelled));
}

BOOST_AUTO_TEST_CASE(a_call_that_runs) {
  const auto call = accept(one_picture())[0];
  begin(call);
  const auto client = cancel("job1");
  CHECK_CANCELLED_IN_POOL(client);
  fail(call, failure(ec::cancelled, "stopped", true));
  BOOST_TEST(store() == "settle_spend");
  BOOST_TEST(take<settle>().reservation == 1u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_call_that_is_answered_all_the_same) {
  const auto call = accept(one_picture())[0];
  const auto client = cancel("job1");
  read(call);
  CHECK_CANCELLED_IN_POOL(client);
  BOOST_TEST(store() == "settle_spend");
  BOOST_TEST(take<settle>().reservation == 1u);
  BOOST_TEST(quiet());
  BOOST_TEST(state.stats().totals.api_calls == 1u);
}

BOOST_AUTO_TEST_CASE(a_call_that_waits_for_its_delay) {
  fail(accept(one_picture())[0], outage());
  grant();
  store();
  take<settle>();
  const auto client = cancel("job1");
  CHECK_CANCELLED_STORING(client, "release_spend close_call end_job");
  BOOST_TEST(take<release>().reservation == 2u);
  tick(at(1s));
  BOOST_TEST(sent().empty());
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_call_whose_retry_is_being_stored) {
  fail(accept(one_picture())[0], outage());
  grant();
  const auto client = cancel("job1");
  BOOST_TEST(store() == "settle_spend reserve_retry");
  take<settle>();
  CHECK_CANCELLED(client);
  tick(at(1s));
  BOOST_TEST(store() == "release_spend");
  BOOST_TEST(take<release>().reservation == 2u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_call_whose_attempt_is_being_taken_back) {
  fail(accept(one_picture())[0], unsent());
  const auto client = cancel("job1");
  BOOST_TEST(store() == "carry_over_spend");
  CHECK_CANCELLED(client);
  tick(at(1s));
  BOOST_TEST(store() == "release_spend");
  BOOST_TEST(take<release>().reservation == 1u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_call_whose_retry_is_being_reserved_and_granted) {
  fail(accept(one_picture())[0], outage());
  const auto client = cancel("job1");
  CHECK_CANCELLED(client);
  grant();
  BOOST_TEST(take<release>().reservation == 2u);
  BOOST_TEST(store() == "settle_spend");
  BOOST_TEST(take<settle>().reservation == 1u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_call_whose_retry_is_being_reserved_and_denied) {
  fail(accept(one_picture())[0], outage());
  const auto client = cancel("job1");
  CHECK_CANCELLED(client);
  deny(2h);
  BOOST_TEST(store() == "settle_spend");
  BOOST_TEST(take<settle>().reservation == 1u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_call_that_waits_for_the_window) {
  fail(accept(one_picture())[0], unauthorized());
  deny(10s);
  BOOST_TEST(store() == "settle_spend");
  take<settle>();
  const auto client = cancel("job1");
  CHECK_CANCELLED(client);
  tick(at(10s));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_call_that_will_wait_for_the_window_and_is_being_stored) {
  fail(accept(one_picture())[0], unauthorized());
  deny(10s);
  const auto client = cancel("job1");
  BOOST_TEST(store() == "settle_spend");
  take<settle>();
  CHECK_CANCELLED(client);
  tick(at(10s));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_call_whose_halves_are_being_reserved_and_granted) {
  fail(accept(two_pictures()).at(0), rejected(true));
  const auto client = cancel("job1");
  CHECK_CANCELLED(client);
  grant();
  BOOST_TEST(take<release>().reservation == 2u);
  BOOST_TEST(take<release>().reservation == 3u);
  BOOST_TEST(store() == "settle_spend");
  BOOST_TEST(take<settle>().reservation == 1u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_call_whose_halves_are_being_reserved_and_denied) {
  fail(accept(two_pictures()).at(0), rejected(true));
  const auto client = cancel("job1");
  CHECK_CANCELLED(client);
  deny(2h);
  BOOST_TEST(store() == "settle_spend");
  take<settle>();
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_call_whose_halves_are_being_stored) {
  fail(accept(two_pictures()).at(0), rejected(true));
  grant();
  const auto client = cancel("job1");
  BOOST_TEST(store() == "settle_spend split_call");
  take<settle>();
  CHECK_CANCELLED_STORING(client, "close_call close_call end_job");
  BOOST_TEST(sent().empty());
  BOOST_TEST(store() == "release_spend");
  BOOST_TEST(store() == "release_spend");
  BOOST_TEST(take<release>().reservation == 2u);
  BOOST_TEST(take<release>().reservation == 3u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_call_that_waits_for_the_store) {
  fail(accept(one_picture())[0], unsent(ec::store_unavailable));
  const auto client = cancel("job1");
  CHECK_CANCELLED_STORING(client, "release_spend close_call end_job");
  BOOST_TEST(take<release>().reservation == 1u);
  tick(at(1s));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_job_that_is_not_there_or_on_its_way_in) {
  BOOST_TEST((error_of(cancel("nobody")) == ec::job_not_found));
  submit(one_picture());
  BOOST_TEST((error_of(cancel("job1")) == ec::job_not_found));
}

BOOST_AUTO_TEST_CASE(a_cancelled_job_can_be_submitted_again) {
  accept(one_picture());
  cancel("job1");
  submit(one_picture());
  BOOST_TEST(count<registry_command::recall>() == 1u);
}

BOOST_AUTO_TEST_CASE(an_ended_job_is_forgotten_and_everybody_who_asked_is_answered_once_it_is_durable) {
  complete(one_picture());
  const auto first = cancel("job1");
  const auto second = cancel("job1");
  BOOST_TEST(!answered(first));
  // It is about to go: the same again is a new job.
  submit(one_picture());
  BOOST_TEST(count<registry_command::recall>() == 1u);
  BOOST_TEST(store() == "forget_job");
  BOOST_TEST(done(first));
  BOOST_TEST(done(second));
  BOOST_TEST((error_of(cancel("job1")) == ec::job_not_found));
}

BOOST_AUTO_TEST_CASE(a_job_whose_end_is_being_stored_is_forgotten_after_it) {
  read(accept(one_picture())[0]);
  const auto client = cancel("job1");
  BOOST_TEST(count<cancel_call>() == 0u);
  BOOST_TEST(store() == "settle_spend close_call end_job");
  BOOST_TEST(!answered(client));
  BOOST_TEST(store() == "forget_job");
  BOOST_TEST(done(client));
  BOOST_TEST((error_of(get("job1")) == ec::job_not_found));
}

#undef CHECK_CANCELLED_IN_POOL
#undef CHECK_CANCELLED
#undef CHECK_CANCELLED_STORING

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(reading_jobs, fixture)

BOOST_AUTO_TEST_CASE(who_leaves_is_answered_at_once_and_nobody_else) {
  const auto call = accept(one_picture())[0];
  const auto stays = wait("job1", at(20s));
  const auto leaves = wait("job1", at(30s));
  leave("job1", at(31s));
  leave("job2", at(30s));
  BOOST_TEST(!answered(leaves));
  leave("job1", at(30s));
  BOOST_TEST((view_of(leaves).status == job_status::pending));
  BOOST_TEST(!answered(stays));
  leave("job1", at(30s));
  BOOST_TEST(!answered(stays));
  now = at(5s);
  read(call);
  store();
  BOOST_TEST((view_of(stays).status == job_status::completed));
  take<settle>();
  tick(at(60s));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(who_waits_is_answered_at_the_end_with_the_result) {
  const auto call = accept(one_picture())[0];
  const auto first = wait("job1", at(20s));
  const auto second = wait("job1", at(10s));
  now = at(5s);
  read(call);
  BOOST_TEST(!answered(first));
  store();
  for (const auto a : {first, second}) {
    BOOST_TEST((view_of(a).status == job_status::completed));
    BOOST_TEST(view_of(a).result->pictures.at(0).outcome.recognised->symbols.at(0).text == "x");
  }
  take<settle>();
  tick(at(60s));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(who_waits_too_long_is_answered_with_the_job_as_it_is) {
  const auto call = accept(one_picture())[0];
  const auto first = wait("job1", at(10s));
  const auto second = wait("job1", at(20s));
  begin(call);
  tick(at(10s));
  BOOST_TEST((view_of(first).status == job_status::processing));
  BOOST_TEST(view_of(first).result == nullptr);
  BOOST_TEST(!answered(second));
  read(call);
  store();
  BOOST_TEST((view_of(second).status == job_status::completed));
}

BOOST_AUTO_TEST_CASE(who_does_not_want_to_wait_is_answered_at_once) {
  accept(one_picture());
  now = at(10s);
  BOOST_TEST((view_of(wait("job1", at(10s))).status == job_status::pending));
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_a_job_that_is_not_there) {
  BOOST_TEST((error_of(wait("job1", at(10s))) == ec::job_not_found));
  submit(one_picture());
  BOOST_TEST((error_of(wait("job1", at(10s))) == ec::job_not_found));
}

BOOST_AUTO_TEST_CASE(the_result_of_an_ended_job_comes_from_the_store) {
  complete(one_picture());
  const auto got = get("job1");
  const auto waited = wait("job1", at(10s));
  const auto lost = get("job1");
  const auto locked = get("job1");
  const auto result = std::make_shared<const job_result>();
  auto asked = take<read_result>();
  BOOST_TEST(asked.id == "job1");
  step(registry_event::result_read{asked.as, result});
  BOOST_TEST((view_of(got).result == result));
  asked = take<read_result>();
  step(registry_event::result_read{asked.as, result});
  BOOST_TEST((view_of(waited).result == result));
  asked = take<read_result>();
  step(registry_event::result_read{asked.as, std::shared_ptr<const job_result>{}});
  BOOST_TEST((error_of(lost) == ec::job_not_found));
  asked = take<read_result>();
  step(registry_event::result_read{asked.as, std::nullopt});
  BOOST_TEST((error_of(locked) == ec::store_unavailable));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_job_is_gone_when_it_expires_and_is_forgotten_by_the_sweep) {
  complete(one_picture());
  now = at(1h - 1us);
  BOOST_TEST(!answered(get("job1")));
  take<read_result>();
  now = at(1h);
  BOOST_TEST((error_of(get("job1")) == ec::job_not_found));
  BOOST_TEST(state.list(now, {}).jobs.empty());
  BOOST_TEST(state.stats().total_jobs == 1u);
  step(registry_event::sweep{});
  BOOST_TEST((take<sweep_spends>().before == at(-24h)));
  BOOST_TEST(logged("jobs_expired") == 1u);
  // Another sweep meanwhile does not forget it twice.
  step(registry_event::sweep{});
  take<sweep_spends>();
  BOOST_TEST(store() == "forget_job");
  BOOST_TEST(state.stats().total_jobs == 0u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_sweep_leaves_jobs_that_have_not_ended) {
  accept(one_picture());
  now = at(100h);
  step(registry_event::sweep{});
  take<sweep_spends>();
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(stopping, fixture)

BOOST_AUTO_TEST_CASE(a_stop_leaves_calls_to_the_next_start) {
  const auto calls = accept(test_job({{"1", "x"}, {"2", "y"}, {"3", "z"}}));
  const auto waiting = wait("job1", at(1h));
  now = at(5s);
  const auto stop = drain(20s);
  BOOST_TEST((take<drain_pool>().grace == 20s));
  const auto refused = submit(one_picture());
  BOOST_TEST((submission_of(refused).refused == ec::shutting_down));
  BOOST_TEST((submission_of(refused).retry_after == 10s));
  fail(calls[0], unsent(ec::shutting_down));
  // It stays reserved.
  BOOST_TEST(quiet());
  // What was begun is over: nobody is to take the stop for a crash.
  fail(calls[1], failure(ec::cancelled, "stopped", true));
  BOOST_TEST(store() == "settle_spend");
  fail(calls[2], unsent(ec::cancelled));
  BOOST_TEST(store() == "carry_over_spend");
  BOOST_TEST(!answered(stop));
  step(registry_event::pool_drained{});
  BOOST_TEST(done(stop));
  BOOST_TEST((view_of(waiting).status == job_status::pending));
}

BOOST_AUTO_TEST_CASE(a_stop_waits_until_all_is_durable) {
  const auto call = accept(one_picture())[0];
  const auto stop = drain(20s);
  read(call);
  step(registry_event::pool_drained{});
  BOOST_TEST(!answered(stop));
  BOOST_TEST(store() == "settle_spend close_call end_job");
  BOOST_TEST(done(stop));
}

BOOST_AUTO_TEST_CASE(a_stop_waits_for_jobs_on_their_way_and_leaves_their_calls) {
  const auto client = submit(one_picture());
  const auto stop = drain(20s);
  step(registry_event::pool_drained{});
  recall_nothing();
  breaker(breaker_mode::closed);
  grant();
  BOOST_TEST(!answered(stop));
  store();
  BOOST_TEST(submission_of(client).accepted());
  BOOST_TEST(done(stop));
  // Its call is left to the next start.
  BOOST_TEST(sent().empty());
  BOOST_TEST(count<offer>() + count<record>() == 0u);
}

BOOST_AUTO_TEST_CASE(a_stop_waits_until_a_late_job_is_out_of_the_store) {
  submit(one_picture());
  recall_nothing();
  breaker(breaker_mode::closed);
  grant();
  tick(at(29s));
  const auto stop = drain(20s);
  step(registry_event::pool_drained{});
  tick(at(30s));
  BOOST_TEST(!answered(stop));
  store();
  BOOST_TEST(!answered(stop));
  store();
  BOOST_TEST(done(stop));
}

BOOST_AUTO_TEST_CASE(a_stop_is_over_a_second_after_its_grace_whatever_happens) {
  const auto call = accept(one_picture())[0];
  const auto waiting = wait("job1", at(1h));
  const auto stop = drain(20s);
  read(call);
  tick(at(21s - 1us));
  BOOST_TEST(!answered(stop));
  tick(at(21s));
  BOOST_TEST(done(stop));
  BOOST_TEST((view_of(waiting).status == job_status::pending));
  // What ends the wait a second time answers nobody twice.
  step(registry_event::pool_drained{});
  store();
}

BOOST_AUTO_TEST_SUITE_END()

/// A job of one picture and its call, as an earlier process left them.
struct left_open {
  kept_job job;
  kept_call call;
};

left_open kept(const job_id& id, kept_call call, const std::string& content = "x", timestamp accepted_at = at(-1s)) {
  call.id = call.origin = call.reservation;
  kept_job job;
  job.view.id = id;
  job.view.created_at = accepted_at;
  job.view.pictures_total = 1;
  job.spec = one_picture(content);
  job.identity = job.spec->identity;
  job.aboard = {call.closed ? 0 : call.id};
  job.outcomes.resize(1);
  return {std::move(job), std::move(call)};
}

recovery left_behind(const std::vector<left_open>& pending) {
  recovery r;
  r.as_of = at(0s);
  for (const auto& [job, call] : pending) {
    r.pending.push_back(job);
    if (!call.closed)
      r.calls.push_back(call);
  }
  return r;
}

BOOST_FIXTURE_TEST_SUITE(starting_again, fixture)

BOOST_AUTO_TEST_CASE(what_was_not_begun_goes_on_with_its_reservation) {
  take_up(left_behind({kept("a", {.attempt = 2, .reservation = 9, .paid_before = 1})}));
  BOOST_TEST(logged("job_taken_up") == 1u);
  const auto call = sent_one();
  BOOST_TEST(call->attempt == 2u);
  BOOST_TEST(call->reservation == 9u);
  BOOST_TEST(call->paid_before == 1u);
  BOOST_TEST(!call->suspect);
  BOOST_TEST((call->age_from == at(-1s)));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(what_exceeds_a_lowered_limit_keeps_its_reservation_and_waits) {
  claims_are_granted = false;
  take_up(left_behind({kept("a", {.reservation = 9})}));
  BOOST_TEST(count<annotate>() == 0u);
  BOOST_TEST(quiet() == false);
  deny_claim(5s);
  BOOST_TEST(quiet());
  tick(at(5s - 1us));
  BOOST_TEST(quiet());
  tick(at(5s));
  // However long it is: a refund may make room before.
  deny_claim(23h);
  tick(at(65s));
  grant_claim();
  const auto call = sent_one();
  BOOST_TEST(call->reservation == 9u);
  BOOST_TEST(call->attempt == 1u);
  read(call);
  BOOST_TEST(store() == "settle_spend close_call end_job");
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_lowered_limit_is_given_up_at_its_job_s_age_limit) {
  claims_are_granted = false;
  take_up(left_behind({kept("a", {.reservation = 9}, "x", at(-24h + 30s))}));
  deny_claim(23h);
  tick(at(30s));
  BOOST_TEST(store() == "release_spend close_call end_job");
  BOOST_TEST(take<release>().reservation == 9u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(cancelling_gives_back_what_waits_for_a_lowered_limit) {
  claims_are_granted = false;
  take_up(left_behind({kept("a", {.reservation = 9}), kept("b", {.reservation = 10})}));
  deny_claim(23h);
  cancel("a");
  BOOST_TEST(store() == "release_spend close_call end_job");
  // Its question to the limiter is still open.
  cancel("b");
  BOOST_TEST(store() == "close_call end_job");
  deny_claim(23h);
  BOOST_TEST(store() == "release_spend");
  BOOST_TEST(stored<release_spend>().reservation == 10u);
}

BOOST_AUTO_TEST_CASE(an_interrupted_call_is_reserved_first_and_suspect) {
  next_reservation = 10;
  take_up(left_behind({kept("a", {.reservation = 9, .unpaid = true, .suspect = true, .interruptions = 2})}));
  BOOST_TEST(count<annotate>() == 0u);
  // Before any client may ask.
  const auto asked = take<reserve>();
  BOOST_TEST(asked.wanted.jobs == 0u);
  BOOST_TEST(asked.wanted.calls == 1u);
  step(registry_event::reserved{asked.as, granted(asked)});
  BOOST_TEST(store() == "reserve_retry");
  BOOST_TEST(stored<reserve_retry>().attempt == 2u);
  BOOST_TEST(stored<reserve_retry>().paid_before == 0u);
  BOOST_TEST(stored<reserve_retry>().suspect);
  const auto call = sent_one();
  BOOST_TEST(call->suspect);
  BOOST_TEST(call->reservation == 10u);
  read(call);
  BOOST_TEST(store() == "settle_spend close_call end_job");
}

BOOST_AUTO_TEST_CASE(an_interruption_is_no_attempt) {
  // The fourth attempt: three were interrupted.
  take_up(left_behind({kept("a", {.attempt = 4, .reservation = 1, .unpaid = true, .suspect = true})}));
  grant();
  store();
  auto call = sent_one();
  BOOST_TEST(call->attempt == 5u);
  for (std::uint32_t paid = 1; paid <= 2; ++paid) {
    fail(call, outage());
    grant();
    BOOST_TEST(store() == "settle_spend reserve_retry");
    BOOST_TEST(stored<reserve_retry>().paid_before == paid);
    // It ended: it is not what ends the process.
    BOOST_TEST(!stored<reserve_retry>().suspect);
    take<settle>();
    tick(now + 60s);
    call = sent_one();
    BOOST_TEST(!call->suspect);
  }
  fail(call, outage());
  BOOST_TEST(store() == "settle_spend close_call end_job");
}

BOOST_AUTO_TEST_CASE(a_suspect_that_could_not_begin_stays_suspect) {
  take_up(left_behind({kept("a", {.reservation = 1, .unpaid = true, .suspect = true})}));
  grant();
  store();
  fail(sent_one(), unsent(ec::store_unavailable));
  tick(at(1s));
  BOOST_TEST(sent_one()->suspect);
}

BOOST_AUTO_TEST_CASE(an_interrupted_call_waits_for_room_in_the_window) {
  take_up(left_behind({kept("a", {.reservation = 1, .unpaid = true, .suspect = true})}));
  deny(30s);
  BOOST_TEST(quiet());
  BOOST_TEST((state.next_wake() == at(30s)));
  tick(at(30s));
  deny(2h);
  tick(at(90s));
  grant();
  BOOST_TEST(store() == "reserve_retry");
  BOOST_TEST(sent_one()->suspect);
}

BOOST_AUTO_TEST_CASE(an_interrupted_call_waits_for_the_window_up_to_its_job_s_age) {
  take_up(left_behind({kept("a", {.reservation = 1, .unpaid = true, .suspect = true}, "x", at(-24h + 90s))}));
  deny(2h);
  tick(at(60s));
  deny(2h);
  tick(at(120s));
  BOOST_TEST(count<reserve>() == 0u);
  // Its spend is used up: there is nothing to give back.
  BOOST_TEST(store() == "close_call end_job");
  BOOST_TEST(stored<close_call>().outcomes.at(0).outcome.error == "the call waited longer than a job may");
  BOOST_TEST(stored<close_call>().outcomes.at(0).outcome.may_pass);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_call_that_was_alone_in_so_many_crashes_is_given_up) {
  take_up(left_behind({kept("a", {.reservation = 9, .unpaid = true, .suspect = true, .interruptions = 3}),
                       kept("b", {.reservation = 10, .unpaid = true, .suspect = true, .interruptions = 2}, "y")}));
  BOOST_TEST(take<reserve>().wanted.calls == 1u);
  BOOST_TEST(store() == "close_call end_job");
  BOOST_TEST(stored<close_call>().call == 9u);
  BOOST_TEST(stored<close_call>().outcomes.at(0).outcome.error ==
             "gave up after 3 interruptions: each time the service ended while it read this call's images and no "
             "others");
  BOOST_TEST(!stored<close_call>().outcomes.at(0).outcome.may_pass);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_call_that_is_given_up_before_it_began_gives_its_reservation_back) {
  take_up(left_behind({kept("a", {.reservation = 9, .suspect = true, .interruptions = 3})}));
  BOOST_TEST(store() == "release_spend close_call end_job");
  BOOST_TEST(take<release>().reservation == 9u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_job_that_became_too_old_meanwhile_is_not_sent) {
  take_up(left_behind({kept("a", {.reservation = 9}, "x", at(-24h)),
                       kept("b", {.reservation = 10, .unpaid = true, .suspect = true}, "y", at(-24h))}));
  BOOST_TEST(sent().empty());
  BOOST_TEST(count<reserve>() == 0u);
  BOOST_TEST(store() == "release_spend close_call end_job");
  BOOST_TEST(take<release>().reservation == 9u);
  BOOST_TEST(store() == "close_call end_job");
  BOOST_TEST(stored<end_job>().end.id == "b");
  BOOST_TEST(quiet());
}

/// A job that was accepted for another engine; its first picture is read.
left_open foreign(const job_id& id, timestamp accepted_at = at(-1s), reservation_id reservation = 9) {
  auto left = kept(id, {.reservation = reservation}, "x", accepted_at);
  auto& job = left.job;
  job.spec = make_job_spec(two_pictures()->pictures, {}, "other");
  job.identity = job.spec->identity;
  job.engine = "other";
  job.aboard = {0, reservation};
  job.outcomes.resize(2);
  job.outcomes[0].recognised = test_recognition("x");
  return left;
}

BOOST_AUTO_TEST_CASE(a_job_waits_for_the_engine_that_it_was_accepted_for_up_to_its_age_limit) {
  take_up(left_behind({foreign("a")}));
  BOOST_TEST(logged("job_waits_for_engine") == 1u);
  BOOST_TEST(quiet());
  BOOST_TEST((view_of(get("a")).status == job_status::pending));
  BOOST_TEST(state.stats().waiting_calls == 1u);
  tick(at(24h - 1s - 1us));
  BOOST_TEST(quiet());
  // Then the one that is there reads it, under its own name, and its age counts from now.
  tick(at(24h - 1s));
  BOOST_TEST(logged("job_adopted") == 1u);
  BOOST_TEST(store() == "adopt_job");
  BOOST_TEST((stored<adopt_job>().age_from == at(24h - 1s)));
  BOOST_TEST((stored<adopt_job>().recognition_keys[0] == recognition_key("other", {}, sha256("x"))));
  BOOST_TEST((stored<adopt_job>().recognition_keys[1] == recognition_key("test", {}, sha256("y"))));
  const auto call = sent_one();
  BOOST_TEST(call->reservation == 9u);
  BOOST_TEST((call->age_from == at(24h - 1s)));
  read(call);
  BOOST_TEST(store() == "settle_spend close_call end_job");
}

BOOST_AUTO_TEST_CASE(the_wait_for_an_engine_can_be_set_and_is_not_above_the_age_limit) {
  for (const auto& [wait, until] : {std::pair{30s, at(29s)}, std::pair{200'000s, at(99s)}}) {
    job_config config;
    config.engine_wait = wait;
    config.max_age = 100s;
    registry_driver d{config};
    d.take_up(left_behind({foreign("a")}));
    BOOST_TEST((d.state.next_wake() == until));
    d.tick(until);
    BOOST_TEST(d.store() == "adopt_job");
    BOOST_TEST(d.sent().size() == 1u);
  }
  job_config at_once;
  at_once.engine_wait = 0s;
  registry_driver d{at_once};
  d.take_up(left_behind({foreign("a")}));
  BOOST_TEST(d.store() == "adopt_job");
  // The age limit holds at the start: it counts from where the wait has ended.
  BOOST_TEST((d.sent_one()->age_from == at(-1s)));
}

BOOST_AUTO_TEST_CASE(a_wait_that_ended_while_no_process_ran_is_over) {
  take_up(left_behind({foreign("a", at(-25h)), foreign("b", at(-49h), 10)}));
  BOOST_TEST(store() == "adopt_job");
  BOOST_TEST((sent_one()->age_from == at(-1h)));
  // Nobody has read this one for a day after its wait.
  BOOST_TEST(store() == "adopt_job");
  BOOST_TEST(store() == "release_spend close_call end_job");
}

BOOST_AUTO_TEST_CASE(a_job_that_was_taken_over_is_identical_to_the_same_request) {
  auto left = foreign("a");
  left.job.aboard[0] = 9;
  left.job.outcomes[0] = {};
  take_up(left_behind({left}));
  // For the engine that is there it is another job as long as it waits.
  submit(two_pictures());
  recall_nothing();
  tick(at(24h - 1s));
  BOOST_TEST(submission_of(submit(two_pictures())).id == "a");
}

BOOST_AUTO_TEST_CASE(cancelling_gives_back_what_waits_for_an_engine) {
  take_up(left_behind({foreign("a")}));
  const auto client = cancel("a");
  BOOST_TEST(store() == "release_spend close_call end_job");
  BOOST_TEST(stored<release_spend>().reservation == 9u);
  BOOST_TEST(done(client));
  take<release>();
  tick(*state.next_wake());
  BOOST_TEST(quiet());
  BOOST_TEST(!state.next_wake().has_value());
}

BOOST_AUTO_TEST_CASE(a_job_without_an_open_call_ends) {
  auto left = kept("a", {.closed = true});
  left.job.outcomes = {{test_recognition("x"), {}, false}};
  take_up(left_behind({left}));
  const auto client = wait("a", at(1h));
  BOOST_TEST(store() == "end_job");
  BOOST_TEST((view_of(client).status == job_status::completed));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(ended_jobs_are_kept_and_found) {
  recovery r;
  kept_job job;
  job.view.id = "a";
  job.view.status = job_status::completed;
  job.view.completed_at = at(-1s);
  job.view.expires_at = at(50s);
  job.identity = one_picture("x")->identity;
  r.ended.push_back(job);
  job.view.id = "b";
  job.identity = one_picture("y")->identity;
  job.repeatable = false;
  r.ended.push_back(job);
  r.totals = {.api_calls = 7, .pictures_processed = 8, .pictures_from_cache = 9, .spent = 20};
  take_up(r);
  BOOST_TEST(quiet());
  BOOST_TEST((state.stats().totals == r.totals));
  const auto same = submit(one_picture("x"));
  BOOST_TEST(submission_of(same).id == "a");
  // This one's errors may have passed.
  submit(one_picture("y"));
  BOOST_TEST(count<registry_command::recall>() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(repeating_jobs, fixture)

BOOST_AUTO_TEST_CASE(a_failure_that_may_pass_is_not_an_identical_job_s_result) {
  const auto calls = accept(two_pictures());
  read(calls[0]);
  BOOST_TEST(store() == "settle_spend close_call");
  fail(calls[1], outage());
  deny(2h);
  BOOST_TEST(store() == "settle_spend close_call end_job");
  BOOST_TEST(!stored<end_job>().end.repeatable);
  BOOST_TEST((stored<end_job>().end.status == job_status::completed));
  // The same again: what is known is free, the other is tried again.
  const auto again = submit(two_pictures());
  recall({test_recognition("x"), nullptr});
  breaker(breaker_mode::closed);
  grant();
  store();
  BOOST_TEST(submission_of(again).id == "job2");
  BOOST_TEST(!submission_of(again).identical);
  BOOST_TEST(sent_one()->pictures.at(0).id == "2");
}

BOOST_AUTO_TEST_CASE(an_error_of_the_picture_s_own_stays_identical_although_the_job_failed) {
  fail(accept(one_picture())[0], rejected(false));
  BOOST_TEST(store() == "settle_spend close_call end_job");
  BOOST_TEST(stored<end_job>().end.repeatable);
  take<settle>();
  const auto again = submit(one_picture());
  BOOST_TEST(submission_of(again).id == "job1");
  BOOST_TEST(submission_of(again).identical);
  BOOST_TEST((submission_of(again).status == job_status::failed));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(an_outcome_that_the_engine_left_out_may_pass) {
  step(registry_event::call_ended{accept(one_picture())[0], std::make_shared<const call_outcome>(annotation{})});
  BOOST_TEST(store() == "settle_spend close_call end_job");
  BOOST_TEST(!stored<end_job>().end.repeatable);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(kept_jobs_have_a_bound_in_number) {
  job_config config;
  config.max_kept_jobs = 2;
  registry_driver d{config};
  d.complete(one_picture("x"));
  d.now = at(10s);
  d.complete(one_picture("y"));
  d.now = at(100s);
  const auto refused = d.submit(one_picture("z"));
  BOOST_TEST((d.submission_of(refused).refused == ec::queue_full));
  // When the first of them expires.
  BOOST_TEST((d.submission_of(refused).retry_after == 3500s));
  BOOST_TEST(d.quiet());
  // An identical one is still found.
  BOOST_TEST(d.submission_of(d.submit(one_picture("x"))).identical);
  // What has expired and was not swept yet makes room at once, and goes.
  d.now = at(1h);
  const auto soon = d.submit(one_picture("z"));
  BOOST_TEST(!d.answered(soon));
  BOOST_TEST(d.store() == "forget_job");
}

BOOST_AUTO_TEST_CASE(a_job_on_its_way_counts_as_kept) {
  job_config config;
  config.max_kept_jobs = 1;
  registry_driver d{config};
  const auto first = d.submit(one_picture("x"));
  const auto second = d.submit(one_picture("y"));
  BOOST_TEST((d.submission_of(second).refused == ec::queue_full));
  // None expires: come back soon.
  BOOST_TEST((d.submission_of(second).retry_after == 1s));
  d.recall_fails();
  BOOST_TEST(d.answered(first));
  BOOST_TEST(d.accept(one_picture("y")).size() == 1u);
}

BOOST_AUTO_TEST_CASE(kept_jobs_have_a_bound_in_bytes) {
  job_config config;
  config.max_kept_mb = 1;
  registry_driver d{config};
  const auto call = d.accept(one_picture("x"))[0];
  annotation large;
  large.pictures.push_back({test_recognition(std::string(1024 * 1024, 'x')), {}, false});
  d.step(registry_event::call_ended{call, std::make_shared<const call_outcome>(std::move(large))});
  d.store();
  d.take<settle>();
  BOOST_TEST(d.stored<end_job>().end.result_bytes > 1024u * 1024u);
  BOOST_TEST(d.state.stats().kept_bytes == d.stored<end_job>().end.result_bytes);
  const auto refused = d.submit(one_picture("y"));
  BOOST_TEST((d.submission_of(refused).refused == ec::queue_full));
  BOOST_TEST((d.submission_of(refused).retry_after == 3600s));
  d.cancel("job1");
  d.store();
  BOOST_TEST(d.state.stats().kept_bytes == 0u);
  BOOST_TEST(d.accept(one_picture("y")).size() == 1u);
}

BOOST_AUTO_TEST_CASE(images_that_a_job_keeps_count_for_the_bound_in_bytes) {
  job_config config;
  config.max_kept_mb = 1;
  registry_driver d{config};
  auto keeping = *one_picture(std::string(1024 * 1024, 'x'));
  keeping.keep_images = true;
  d.read(d.accept(std::make_shared<const job_spec>(std::move(keeping)))[0]);
  d.store();
  d.take<settle>();
  BOOST_TEST(d.stored<end_job>().end.result_bytes > 1024u * 1024u);
  BOOST_TEST((d.submission_of(d.submit(one_picture("y"))).refused == ec::queue_full));
  d.cancel("job1");
  d.store();
  BOOST_TEST(d.state.stats().kept_bytes == 0u);
}

BOOST_AUTO_TEST_CASE(a_restored_result_counts_for_the_bound_in_bytes) {
  job_config config;
  config.max_kept_mb = 1;
  registry_driver d{config};
  recovery r;
  kept_job job;
  job.view.id = "a";
  job.view.status = job_status::completed;
  job.view.completed_at = at(-1s);
  job.view.expires_at = at(50s);
  job.result_bytes = 1024 * 1024;
  r.ended.push_back(job);
  d.take_up(r);
  const auto refused = d.submit(one_picture("y"));
  BOOST_TEST((d.submission_of(refused).refused == ec::queue_full));
  BOOST_TEST((d.submission_of(refused).retry_after == 50s));
}

BOOST_FIXTURE_TEST_SUITE(the_store_s_answers, fixture)

BOOST_AUTO_TEST_CASE(a_unit_that_the_store_finds_out_of_date_is_logged_as_an_error) {
  const auto call = accept(one_picture())[0];
  read(call);
  BOOST_TEST(store(verdict::stale) == "settle_spend close_call end_job");
  BOOST_TEST(logged("store_out_of_step") == 3u);
  const auto first = std::ranges::find(log, "store_out_of_step", &log_entry::event);
  BOOST_TEST((first->level == log_level::error));
  BOOST_TEST(std::get<std::string>(first->values.at(0).is) == "settle_spend");
}

BOOST_AUTO_TEST_CASE(what_applies_is_not_logged) {
  complete(one_picture());
  BOOST_TEST(logged("store_out_of_step") == 0u);
}

BOOST_AUTO_TEST_CASE(units_on_their_way_are_counted) {
  const auto calls = accept(two_pictures());
  BOOST_TEST(state.stats().unsaved == 0u);
  read(calls[0]);
  read(calls[1]);
  BOOST_TEST(state.stats().unsaved == 2u);
  store();
  BOOST_TEST(state.stats().unsaved == 1u);
  store();
  BOOST_TEST(state.stats().unsaved == 0u);
}

BOOST_AUTO_TEST_CASE(an_answer_to_nothing_changes_nothing) {
  step(registry_event::stored{99, verdicts{verdict::applied}});
  step(registry_event::stored{99, std::nullopt});
  step(registry_event::recalled{99, recognitions{}});
  step(registry_event::breaker_told{99, {}});
  step(registry_event::result_read{99, std::nullopt});
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
