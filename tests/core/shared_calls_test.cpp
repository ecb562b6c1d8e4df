#include "core/registry/job_registry_state.hpp"
#include "support/file_of.hpp"
#include "support/literal_time.hpp"
#include "support/registry_driver.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using namespace registry_command;

std::shared_ptr<const job_spec> one_picture(const std::string& content, std::vector<std::string> hints = {}) {
  return test_job({{"1", content}}, std::move(hints));
}

std::shared_ptr<const job_spec> patient(std::shared_ptr<const job_spec> spec, duration max_delay) {
  auto same = *spec;
  same.max_delay = max_delay;
  return std::make_shared<const job_spec>(std::move(same));
}

call_failure failure(ec code, bool sent) {
  call_failure f;
  f.code = code;
  f.detail = "no luck";
  f.sent = sent;
  return f;
}

call_failure rejected() {
  auto f = failure(ec::request_rejected, true);
  f.splittable = true;
  return f;
}

std::vector<std::string> contents_of(const planned_call& call) {
  std::vector<std::string> contents;
  for (const auto& p : call.pictures)
    contents.push_back(file_of(p));
  return contents;
}

/// A patient job of one picture, which an earlier process has left aboard that call; 0 leaves it in line.
kept_job left_aboard(const job_id& id, const std::string& content, call_id call) {
  kept_job job;
  job.view.id = id;
  job.view.created_at = at(-10s);
  job.view.pictures_total = 1;
  job.spec = patient(one_picture(content), 1h);
  job.identity = job.spec->identity;
  job.outcomes.resize(1);
  job.aboard = {call};
  return job;
}

/// Calls of up to four pictures, shared; two workers; a window of 200 ms.
struct sharing : registry_driver {
  sharing() : registry_driver{{}, 4, 2} {}

  /// Opens a call.
  asker open(std::shared_ptr<const job_spec> spec) {
    const auto client = submit(std::move(spec));
    recall_nothing();
    breaker(breaker_mode::closed);
    BOOST_TEST(take_reserve() == 1u);
    BOOST_TEST(store() == "accept_job");
    return client;
  }
  /// Boards calls that are there.
  asker join(std::shared_ptr<const job_spec> spec) {
    const auto client = submit(std::move(spec));
    recall_nothing();
    BOOST_TEST(take_reserve() == 0u);
    BOOST_TEST(store() == "accept_job");
    return client;
  }
  /// The calls that the limiter was asked for, and has granted.
  std::uint32_t take_reserve() {
    const auto asked = take<reserve>();
    step(registry_event::reserved{asked.as, granted(asked)});
    return asked.wanted.calls;
  }
  /// Everything that is to be recorded.
  void store_all() {
    while (count<record>() + count<offer>() != 0)
      store();
  }
  std::string text_of(const job_id& id, std::size_t position = 0) {
    const auto& view = ended.at(id);
    return view.result->pictures.at(position).outcome.recognised->symbols.at(0).text;
  }
  /// Waits for the job, and keeps its result.
  void keep(asker a) {
    const auto view = view_of(a);
    ended[view.id] = view;
  }
  std::map<job_id, job_view> ended{};
};

BOOST_FIXTURE_TEST_SUITE(shared_calls, sharing)

BOOST_AUTO_TEST_CASE(pictures_of_several_jobs_travel_together) {
  open(one_picture("x"));
  BOOST_TEST(sent().empty());
  now = at(100ms);
  join(one_picture("y"));
  BOOST_TEST((stored<accept_job>().aboard.at(0).call == 1u));
  BOOST_TEST(!stored<accept_job>().aboard.at(0).opens);
  const auto first = wait("job1", at(1h));
  const auto second = wait("job2", at(1h));
  tick(at(200ms - 1us));
  BOOST_TEST(sent().empty());
  tick(at(200ms));
  const auto call = sent_one();
  BOOST_TEST((contents_of(*call) == std::vector<std::string>{"x", "y"}));
  BOOST_REQUIRE_EQUAL(call->shares->size(), 2u);
  BOOST_TEST((call->shares->at(0) == job_share{"job1", {500'000, 750}}));
  read(call);
  BOOST_TEST(store() == "settle_spend close_call end_job end_job");
  keep(first);
  keep(second);
  BOOST_TEST(text_of("job1") == "x");
  BOOST_TEST(text_of("job2") == "y");
  BOOST_TEST((ended.at("job2").result->share == cost{500'000, 750}));
  BOOST_TEST(ended.at("job2").result->api_calls == 1u);
  BOOST_TEST(state.stats().totals.api_calls == 1u);
  BOOST_TEST(state.stats().totals.spent == 1500u);
}

BOOST_AUTO_TEST_CASE(a_lonely_picture_departs_when_the_window_is_over) {
  open(one_picture("x"));
  BOOST_TEST((state.next_wake() == at(200ms)));
  tick(at(200ms));
  BOOST_TEST((sent_one()->shares->at(0) == job_share{"job1", {whole_call, 1500}}));
}

BOOST_AUTO_TEST_CASE(a_full_call_departs_at_once) {
  open(test_job({{"1", "a"}, {"2", "b"}, {"3", "c"}}));
  join(one_picture("d"));
  BOOST_TEST(sent_one()->pictures.size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_call_departs_at_once_when_a_job_asks_for_it) {
  open(one_picture("x"));
  join(patient(one_picture("y"), 0s));
  BOOST_TEST(sent_one()->pictures.size() == 2u);
}

BOOST_AUTO_TEST_CASE(who_is_patient_waits_for_company_and_leaves_with_the_first_who_is_not) {
  open(patient(one_picture("x"), 1h));
  tick(at(30min));
  BOOST_TEST(sent().empty());
  join(one_picture("y"));
  tick(at(30min + 200ms));
  BOOST_TEST(sent_one()->pictures.size() == 2u);
}

BOOST_AUTO_TEST_CASE(who_is_patient_and_stays_alone_leaves_at_the_end_of_his_patience) {
  open(patient(one_picture("x"), 24h));
  const auto view = view_of(get("job1"));
  BOOST_TEST((view.wait->what == waiting_for::company));
  BOOST_TEST((view.wait->until == at(24h)));
  tick(at(24h));
  // Its patience makes it no older.
  BOOST_TEST((sent_one()->age_from == at(24h)));
}

BOOST_AUTO_TEST_CASE(other_hints_are_other_company) {
  open(one_picture("x"));
  open(one_picture("y", {"zh"}));
  tick(at(200ms));
  const auto first = sent_one();
  begin(first);
  BOOST_TEST(contents_of(*sent_one()) == (std::vector<std::string>{"y"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(as_long_as_the_pool_begins_nothing_calls_go_on_filling) {
  open(one_picture("a"));
  tick(at(200ms));
  const auto first = sent_one();
  // The breaker is open.
  open(one_picture("b"));
  tick(at(10s));
  BOOST_TEST(sent().empty());
  join(one_picture("c"));
  begin(first);
  BOOST_TEST(sent_one()->pictures.size() == 2u);
}

BOOST_AUTO_TEST_CASE(as_long_as_no_worker_is_free_calls_go_on_filling) {
  open(one_picture("a"));
  tick(at(200ms));
  std::vector<planned_call_ptr> running{sent_one()};
  begin(running[0]);
  open(one_picture("b"));
  tick(at(400ms));
  running.push_back(sent_one());
  begin(running[1]);
  open(one_picture("c"));
  tick(at(10s));
  BOOST_TEST(sent().empty());
  BOOST_TEST((view_of(get("job3")).wait->what == waiting_for::engine));
  join(one_picture("d"));
  tick(at(20s));
  BOOST_TEST(sent().empty());
  read(running[0]);
  BOOST_TEST((contents_of(*sent_one()) == std::vector<std::string>{"c", "d"}));
}

BOOST_AUTO_TEST_CASE(a_picture_that_is_under_way_is_not_sent_again_and_who_boards_late_pays_nothing) {
  open(one_picture("x"));
  tick(at(200ms));
  const auto call = sent_one();
  begin(call);
  join(test_job({{"other", "x"}}));
  const auto late = wait("job2", at(1h));
  BOOST_TEST(sent().empty());
  read(call);
  BOOST_TEST(store() == "settle_spend close_call end_job end_job");
  keep(late);
  BOOST_TEST(text_of("job2") == "x");
  BOOST_TEST((ended.at("job2").result->share == cost{}));
  BOOST_TEST(ended.at("job2").result->api_calls == 0u);
}

BOOST_AUTO_TEST_CASE(who_boards_late_pays_for_the_next_attempt) {
  open(one_picture("x"));
  tick(at(200ms));
  const auto call = sent_one();
  join(test_job({{"other", "x"}}));
  fail(call, failure(ec::engine_unavailable, true));
  grant();
  store();
  tick(at(1min));
  BOOST_TEST((sent_one()->shares->at(1) == job_share{"job2", {500'000, 750}}));
}

BOOST_AUTO_TEST_CASE(a_call_departs_only_when_who_is_on_the_way_into_it_has_arrived) {
  open(one_picture("x"));
  submit(one_picture("y"));
  recall_nothing();
  grant();
  tick(at(200ms));
  // The store has not said yet that y is aboard.
  BOOST_TEST(sent().empty());
  // It takes nobody else in, and opens another call for who comes now.
  open(one_picture("z"));
  BOOST_TEST(contents_of(*sent_one()) == (std::vector<std::string>{"x", "y"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_could_not_board_after_all_leaves_no_trace_in_the_call) {
  open(one_picture("x"));
  const auto client = submit(one_picture("y"));
  recall_nothing();
  grant();
  tick(at(200ms));
  store_refuses();
  BOOST_TEST((submission_of(client).refused == ec::store_unavailable));
  BOOST_TEST(take<revoke>().granted.jobs == 1u);
  const auto call = sent_one();
  BOOST_TEST(contents_of(*call) == (std::vector<std::string>{"x"}), boost::test_tools::per_element());
  BOOST_TEST(call->shares->size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_could_join_a_call_that_is_on_its_way_in_waits_for_it) {
  submit(one_picture("a"));
  recall_nothing();
  breaker(breaker_mode::closed);
  for (const auto* content : {"b", "c", "a"}) {
    submit(test_job({{content, content}, {"more", std::string{content} + "+"}}));
    recall_nothing();
  }
  // Only the first asks for a call.
  BOOST_TEST(count<ask_breaker>() == 0u);
  grant();
  BOOST_TEST(count<reserve>() == 0u);
  BOOST_TEST(store() == "accept_job");
  // b and b+ join it; c and c+ have no room together with them, and open another; a rides where a is.
  BOOST_TEST(take_reserve() == 0u);
  BOOST_TEST(store() == "accept_job");
}

BOOST_AUTO_TEST_CASE(who_waited_for_a_call_that_was_refused_asks_for_its_own) {
  const auto first = submit(one_picture("a"));
  recall_nothing();
  breaker(breaker_mode::closed);
  const auto second = submit(one_picture("b"));
  recall_nothing();
  deny(1h);
  BOOST_TEST((submission_of(first).refused == ec::rate_limited));
  breaker(breaker_mode::closed);
  deny(1h);
  BOOST_TEST((submission_of(second).refused == ec::rate_limited));
  BOOST_TEST(quiet());
}

// A stop had waited for them to the end of its grace.
BOOST_AUTO_TEST_CASE(a_stop_refuses_who_stands_by) {
  submit(one_picture("a"));
  recall_nothing();
  breaker(breaker_mode::closed);
  const auto stands_by = submit(one_picture("b"));
  recall_nothing();
  const auto comes_late = submit(one_picture("c"));
  drain(20s);
  BOOST_TEST((submission_of(stands_by).refused == ec::shutting_down));
  recall_nothing();
  BOOST_TEST((submission_of(comes_late).refused == ec::shutting_down));
}

BOOST_AUTO_TEST_CASE(one_hundred_identical_posts_are_one_job_and_one_call) {
  std::vector<asker> clients;
  for (int i = 0; i < 100; ++i)
    clients.push_back(submit(one_picture("x")));
  recall_nothing();
  breaker(breaker_mode::closed);
  grant();
  store();
  for (const auto client : clients)
    BOOST_TEST(submission_of(client).id == "job1");
  tick(at(200ms));
  BOOST_TEST(sent_one()->pictures.size() == 1u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_seat_that_nobody_wants_is_vacated_as_long_as_the_call_fills) {
  open(one_picture("x"));
  join(one_picture("y"));
  cancel("job1");
  BOOST_TEST(store() == "end_job");
  tick(at(200ms));
  const auto call = sent_one();
  BOOST_TEST(contents_of(*call) == (std::vector<std::string>{"y"}), boost::test_tools::per_element());
  BOOST_TEST((call->shares->at(0) == job_share{"job2", {whole_call, 1500}}));
}

// It had departed when the one who left would have wanted it to.
BOOST_AUTO_TEST_CASE(who_has_left_hurries_nobody) {
  open(patient(one_picture("a"), 30s));
  join(patient(one_picture("b"), 1s));
  cancel("job2");
  store();
  tick(at(1s));
  BOOST_TEST(sent().empty());
  BOOST_TEST((view_of(get("job1")).wait->until == at(30s)));
  tick(at(30s));
  BOOST_TEST(sent().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_call_that_nobody_rides_gives_its_reservation_back) {
  open(one_picture("x"));
  join(one_picture("y"));
  cancel("job1");
  store();
  cancel("job2");
  BOOST_TEST(store() == "release_spend close_call end_job");
  BOOST_TEST(take<release>().reservation == 1u);
  tick(at(1h));
  BOOST_TEST(quiet());
  BOOST_TEST(state.calls().size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_call_under_way_is_stopped_only_when_nobody_rides_any_more) {
  open(one_picture("x"));
  join(one_picture("y"));
  tick(at(200ms));
  const auto call = sent_one();
  begin(call);
  cancel("job1");
  BOOST_TEST(count<cancel_call>() == 0u);
  BOOST_TEST(store() == "end_job");
  cancel("job2");
  BOOST_TEST(take<cancel_call>().id == 1u);
  BOOST_TEST(store() == "close_call end_job");
  fail(call, failure(ec::cancelled, true));
  BOOST_TEST(store() == "settle_spend");
  // Both were aboard as it departed.
  BOOST_TEST(stored<settle_spend>().shares->size() == 2u);
}

BOOST_AUTO_TEST_CASE(who_left_while_the_engine_read_gets_nothing_and_pays_no_further_attempt) {
  open(one_picture("x"));
  join(one_picture("y"));
  tick(at(200ms));
  const auto call = sent_one();
  begin(call);
  cancel("job1");
  store();
  fail(call, failure(ec::engine_unavailable, true));
  grant();
  store();
  tick(at(1min));
  const auto again = sent_one();
  BOOST_TEST(contents_of(*again) == (std::vector<std::string>{"y"}), boost::test_tools::per_element());
  BOOST_TEST(again->shares->size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_picture_s_own_error_reaches_its_riders_only) {
  open(one_picture("x"));
  join(one_picture("y"));
  const auto bad = wait("job1", at(1h));
  const auto good = wait("job2", at(1h));
  tick(at(200ms));
  const auto call = sent_one();
  annotation read;
  read.pictures = {{nullptr, "Bad image data.", false}, {test_recognition("y"), {}, false}};
  step(registry_event::call_ended{call, std::make_shared<const call_outcome>(std::move(read))});
  store_all();
  BOOST_TEST(*view_of(bad).error == "every image failed; the first: Bad image data.");
  BOOST_TEST((view_of(good).status == job_status::completed));
}

BOOST_AUTO_TEST_CASE(a_shared_call_is_split_by_its_seats) {
  for (const auto* content : {"a", "b", "c", "d"}) {
    if (std::string{content} == "a")
      open(one_picture(content));
    else
      join(one_picture(content));
  }
  const auto call = sent_one();
  fail(call, rejected());
  grant();
  BOOST_TEST(store() == "settle_spend split_call");
  const auto parts = stored<split_call>().parts;
  BOOST_REQUIRE_EQUAL(parts.size(), 2u);
  BOOST_TEST(parts[0].seats.size() == 2u);
  const auto halves = sent();
  BOOST_REQUIRE_EQUAL(halves.size(), 2u);
  BOOST_TEST((halves[1]->shares->at(0) == job_share{"job3", {500'000, 750}}));
  read(halves[0]);
  BOOST_TEST(store() == "settle_spend close_call end_job end_job");
}

BOOST_AUTO_TEST_CASE(a_quote_counts_who_rides_and_joins) {
  open(test_job({{"1", "x"}, {"2", "y"}}));
  const auto client = ask_price(test_job({{"1", "x"}, {"2", "new"}}));
  recall_nothing();
  store_is(true);
  step(registry_event::reserved{take<check>().as, {}});
  const auto q = quote_of(client);
  BOOST_TEST(q.needed->riding == 1u);
  BOOST_TEST(q.needed->joining == 1u);
  BOOST_TEST(q.needed->calls == 0u);
  BOOST_TEST(q.needed->price == 0u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_SUITE_END()

/// Calls of up to four pictures, shared, and a limit that is reached.
struct without_room : sharing {
  /// Joins the line, and finds no room before the next minute.
  asker line_up(std::shared_ptr<const job_spec> spec) {
    const auto client = submit(std::move(spec));
    recall_nothing();
    if (count<ask_breaker>() != 0)
      breaker(breaker_mode::closed);
    if (count<reserve>() != 0)
      deny(10min);
    BOOST_TEST(store() == "accept_job");
    BOOST_TEST(submission_of(client).accepted());
    if (count<registry_command::recall>() != 0) {
      recall_nothing();
      deny(10min);
    }
    BOOST_TEST(quiet());
    return client;
  }
};

BOOST_FIXTURE_TEST_SUITE(waiting_for_room, without_room)

BOOST_AUTO_TEST_CASE(a_patient_job_waits_in_line_for_room_and_boards) {
  line_up(patient(one_picture("x"), 1h));
  BOOST_TEST((stored<accept_job>().waiting == picture_indices{0}));
  BOOST_TEST(stored<accept_job>().aboard.empty());
  const auto view = view_of(get("job1"));
  BOOST_TEST((view.status == job_status::pending));
  BOOST_TEST((view.wait->what == waiting_for::budget));
  BOOST_TEST((view.wait->until == at(1h)));
  tick(at(1min - 1us));
  BOOST_TEST(quiet());
  tick(at(1min));
  recall_nothing();
  grant();
  BOOST_TEST(store() == "board_job");
  BOOST_TEST((stored<board_job>().at == at(1min)));
  BOOST_TEST((view_of(get("job1")).wait->what == waiting_for::company));
  tick(at(1h));
  const auto call = sent_one();
  const auto client = wait("job1", at(2h));
  read(call);
  BOOST_TEST(store() == "settle_spend close_call end_job");
  BOOST_TEST((view_of(client).status == job_status::completed));
}

BOOST_AUTO_TEST_CASE(whose_patience_ends_in_line_fails_and_has_cost_nothing) {
  line_up(patient(one_picture("x"), 30s));
  const auto client = wait("job1", at(1h));
  tick(at(30s));
  BOOST_TEST(store() == "give_up_waiting end_job");
  BOOST_TEST((view_of(client).status == job_status::failed));
  BOOST_TEST(*view_of(client).error ==
             "every image failed; the first: the limits had no room for the job within its max_delay_seconds");
  BOOST_TEST((view_of(client).result->share == cost{}));
  BOOST_TEST(!stored<end_job>().end.repeatable);
  // No limit counts it, so it is not kept for long.
  BOOST_TEST((stored<end_job>().end.expires_at == at(90s)));
  tick(at(2h));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(the_line_is_served_in_the_order_of_arrival_and_nobody_overtakes_it) {
  line_up(patient(test_job({{"1", "a"}, {"2", "b"}, {"3", "c"}}), 1h));
  line_up(patient(one_picture("d"), 1h));
  // Who has no patience is told at once, without a question to the limiter.
  const auto third = submit(one_picture("e"));
  recall_nothing();
  BOOST_TEST((submission_of(third).refused == ec::rate_limited));
  BOOST_TEST((submission_of(third).retry_after == 10min));
  BOOST_TEST(submission_of(third).detail ==
             "jobs that came before wait in line for room in the limits, and nobody overtakes them");
  BOOST_TEST(quiet());
  tick(at(1min));
  recall_nothing();
  deny(10min);
  BOOST_TEST(quiet());
  tick(at(2min));
  recall_nothing();
  grant();
  BOOST_TEST(store() == "board_job");
  BOOST_TEST(stored<board_job>().id == "job1");
}

BOOST_AUTO_TEST_CASE(who_is_first_in_line_takes_the_next_along) {
  line_up(patient(one_picture("a"), 1h));
  line_up(patient(one_picture("b"), 1h));
  tick(at(1min));
  recall_nothing();
  grant();
  BOOST_TEST(store() == "board_job");
  recall_nothing();
  BOOST_TEST(take_reserve() == 0u);
  BOOST_TEST(store() == "board_job");
  tick(at(1h));
  BOOST_TEST(sent_one()->pictures.size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_was_read_meanwhile_costs_nothing) {
  line_up(patient(one_picture("x"), 1h));
  const auto client = wait("job1", at(1h));
  tick(at(1min));
  recall({test_recognition("x")});
  BOOST_TEST(store() == "board_job");
  BOOST_TEST(stored<board_job>().known.size() == 1u);
  BOOST_TEST(store() == "end_job");
  BOOST_TEST((view_of(client).status == job_status::completed));
  BOOST_TEST(view_of(client).result->pictures_from_cache == 1u);
}

BOOST_AUTO_TEST_CASE(a_spend_that_is_given_back_makes_room_at_once) {
  open(patient(one_picture("a"), 1h));
  line_up(patient(one_picture("b", {"zh"}), 1h));
  cancel("job1");
  BOOST_TEST(store() == "release_spend close_call end_job");
  take<release>();
  recall_nothing();
  grant();
  BOOST_TEST(store() == "board_job");
}

// Each wait that was cut short went on beside the next one, and asked as well.
BOOST_AUTO_TEST_CASE(a_wait_that_was_cut_short_is_over) {
  open(patient(one_picture("a"), 1h));
  line_up(patient(one_picture("b", {"zh"}), 1h));
  tick(at(30s));
  cancel("job1");
  BOOST_TEST(store() == "release_spend close_call end_job");
  take<release>();
  recall_nothing();
  deny(10min);
  // The first wait would have ended now.
  tick(at(1min));
  BOOST_TEST(quiet());
  tick(at(90s));
  recall_nothing();
  deny(10min);
  BOOST_TEST(quiet());
}

// After a restart, or as the limits open, they were told that there was no room.
BOOST_AUTO_TEST_CASE(who_comes_while_the_first_in_line_asks_stands_by) {
  line_up(patient(one_picture("a"), 1h));
  tick(at(1min));
  const auto second = submit(one_picture("b", {"zh"}));
  recall_nothing();
  recall_nothing();
  BOOST_TEST(!answered(second));
  grant();
  BOOST_TEST(!answered(second));
  BOOST_TEST(store() == "board_job");
  breaker(breaker_mode::closed);
  grant();
  BOOST_TEST(store() == "accept_job");
  BOOST_TEST(submission_of(second).accepted());
}

// It was asked again a second later: the second in line gave up although there was room.
BOOST_AUTO_TEST_CASE(the_line_asks_again_when_the_window_opens) {
  line_up(patient(one_picture("a"), 1h));
  line_up(patient(one_picture("b", {"zh"}), 1h));
  tick(at(1min));
  recall_nothing();
  grant();
  store();
  recall_nothing();
  deny(25ms);
  tick(at(1min + 25ms));
  recall_nothing();
  grant();
  BOOST_TEST(store() == "board_job");
}

// It was told to come back when the window opens, a day later.
BOOST_AUTO_TEST_CASE(who_is_behind_others_is_told_to_come_back_when_the_first_is_gone) {
  submit(patient(test_job({{"1", "a"}, {"2", "b"}}), 12s));
  recall_nothing();
  breaker(breaker_mode::closed);
  deny(24h);
  store();
  recall_nothing();
  deny(24h);
  now = at(2s);
  const auto second = submit(one_picture("c"));
  recall_nothing();
  BOOST_TEST((submission_of(second).retry_after == 10s));
}

BOOST_AUTO_TEST_CASE(the_line_has_a_bound_which_quotes_know) {
  job_config config;
  config.queue_capacity = 1;
  registry_driver d{config, 4, 2};
  d.submit(patient(one_picture("a"), 1h));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  d.deny(10min);
  d.store();
  d.recall_nothing();
  d.deny(10min);
  const auto quoted = d.ask_price(patient(one_picture("b"), 1h));
  d.recall_nothing();
  d.store_is(true);
  BOOST_TEST((d.quote_of(quoted).answer.refused == ec::queue_full));
  const auto posted = d.submit(patient(one_picture("b"), 1h));
  d.recall_nothing();
  BOOST_TEST((d.submission_of(posted).refused == ec::queue_full));
}

BOOST_AUTO_TEST_CASE(who_is_cancelled_in_line_makes_way) {
  line_up(patient(one_picture("a"), 1h));
  line_up(patient(one_picture("b"), 1h));
  tick(at(1min));
  recall_nothing();
  cancel("job1");
  BOOST_TEST(store() == "end_job");
  // What the limiter says to the one who left is given back.
  grant();
  BOOST_TEST(take<revoke>().granted.calls == 1u);
  recall_nothing();
  grant();
  BOOST_TEST(store() == "board_job");
  BOOST_TEST(stored<board_job>().id == "job2");
}

BOOST_AUTO_TEST_CASE(who_is_cancelled_while_boarding_leaves_no_call_open) {
  line_up(patient(one_picture("a"), 1h));
  tick(at(1min));
  recall_nothing();
  grant();
  cancel("job1");
  BOOST_TEST(store() == "board_job");
  BOOST_TEST(store() == "end_job");
  BOOST_TEST(store() == "release_spend close_call");
  BOOST_TEST(take<release>().reservation == 1u);
  tick(at(2h));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(a_quote_says_that_a_patient_job_would_wait) {
  const auto client = ask_price(patient(one_picture("x"), 1h));
  recall_nothing();
  store_is(true);
  breaker(breaker_mode::closed);
  admission denied;
  denied.refused = ec::rate_limited;
  denied.window = "hour";
  step(registry_event::reserved{take<check>().as, denied});
  BOOST_TEST(quote_of(client).waits_in_line);
  BOOST_TEST(quote_of(client).answer.accepted());
}

BOOST_AUTO_TEST_CASE(the_line_goes_on_after_a_restart) {
  recovery r;
  r.as_of = at(0s);
  for (const auto* id : {"a", "b"})
    r.pending.push_back(left_aboard(id, id, 0));
  take_up(r);
  BOOST_TEST((view_of(get("b")).wait->what == waiting_for::budget));
  BOOST_TEST((view_of(get("b")).wait->until == at(1h - 10s)));
  recall_nothing();
  grant();
  BOOST_TEST(store() == "board_job");
  BOOST_TEST(stored<board_job>().id == "a");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_CASE(a_shared_call_goes_on_filling_after_a_restart, sharing) {
  recovery r;
  r.as_of = at(0s);
  for (const auto* id : {"a", "b"})
    r.pending.push_back(left_aboard(id, id, 7));
  r.calls = {{.id = 7, .origin = 7, .reservation = 7}};
  next_reservation = 8;
  take_up(r);
  BOOST_TEST(sent().empty());
  join(one_picture("c"));
  tick(at(200ms));
  const auto call = sent_one();
  BOOST_TEST(call->reservation == 7u);
  BOOST_TEST(contents_of(*call) == (std::vector<std::string>{"a", "b", "c"}), boost::test_tools::per_element());
}

// A job that had joined one that was accepted for another engine had made it wait for its own engine.
BOOST_FIXTURE_TEST_CASE(who_was_accepted_for_another_engine_is_other_company, sharing) {
  recovery r;
  r.as_of = at(0s);
  r.pending = {left_aboard("a", "x", 7)};
  r.pending[0].engine = "other";
  r.calls = {{.id = 7, .origin = 7, .reservation = 7}};
  next_reservation = 8;
  take_up(r);
  open(one_picture("y"));
  BOOST_TEST((stored<accept_job>().aboard.at(0).call == 8u));
  // Not even for the same picture.
  join(test_job({{"2", "x"}}));
  tick(at(200ms));
  BOOST_TEST(contents_of(*sent_one()) == (std::vector<std::string>{"y", "x"}), boost::test_tools::per_element());
}

} // namespace

} // namespace glyphgate
