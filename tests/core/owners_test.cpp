#include "support/literal_time.hpp"
#include "support/registry_driver.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

// Jobs of several owners: what each sees, shares and waits for. And the stop button.

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using namespace registry_command;

std::shared_ptr<const job_spec> job_of(const owner_name& owner, const std::string& content, bool share_results = false,
                                       std::optional<duration> max_delay = {}) {
  return make_job_spec({test_picture("1", content)}, {}, "test", {max_delay, false, false, owner, share_results});
}

ec error_in(const registry_driver::given& answer) {
  const auto* code = std::get_if<ec>(&answer);
  return code == nullptr ? ec::none : *code;
}

struct several_owners : registry_driver {
  using registry_driver::registry_driver;

  /// Posts it, and brings it aboard a call of its own.
  void take_in(std::shared_ptr<const job_spec> spec) {
    submit(std::move(spec));
    recall_nothing();
    breaker(breaker_mode::closed);
    grant();
    store();
  }
  ec asks(const owner_name& who, const job_id& id) {
    step(registry_event::get{1000 + ++asked_, who, id});
    return error_in(answers.at(1000 + asked_));
  }

private:
  asker asked_ = 0;
};

BOOST_AUTO_TEST_SUITE(owners)

BOOST_AUTO_TEST_CASE(a_job_is_there_for_its_owner_only) {
  several_owners d;
  d.take_in(job_of("ann", "x"));
  BOOST_TEST((d.asks("ann", "job1") == ec::none));
  BOOST_TEST((d.asks("bob", "job1") == ec::job_not_found));
  BOOST_TEST((d.asks("", "job1") == ec::job_not_found));
  d.step(registry_event::cancel{500, "bob", "job1"});
  BOOST_TEST((error_in(d.answers.at(500)) == ec::job_not_found));
  d.step(registry_event::wait{501, "bob", "job1", d.now + 5s});
  BOOST_TEST((error_in(d.answers.at(501)) == ec::job_not_found));
  BOOST_TEST(d.state.list(d.now, {std::nullopt, 10, 0, "bob"}).jobs.empty());
  BOOST_TEST(d.state.list(d.now, {std::nullopt, 10, 0, "ann"}).jobs.size() == 1U);
  BOOST_TEST((d.asks("ann", "job1") == ec::none));
}

BOOST_AUTO_TEST_CASE(each_owner_has_a_job_of_its_own_for_the_same_bytes) {
  several_owners d;
  d.take_in(job_of("ann", "x"));
  // Neither found as identical, nor known, nor riding in ann's call.
  d.submit(job_of("bob", "x"));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  const auto asked = d.take<reserve>();
  BOOST_TEST(asked.wanted.calls == 1U);
  BOOST_TEST(asked.wanted.payers == std::vector<owner_name>{"bob"});
  BOOST_TEST(asked.wanted.boards.empty());
}

BOOST_AUTO_TEST_CASE(owners_that_share_results_share_the_work_and_not_the_job) {
  auto engine = test_engine;
  engine.shares_results = true;
  several_owners d{job_config{}, 1, 0, sieve_setup{}, engine};
  d.take_in(job_of("ann", "x", true));
  d.submit(job_of("bob", "x", true));
  d.recall_nothing();
  // He rides in the seat that is there, and holds the call for his part of it.
  const auto asked = d.take<reserve>();
  BOOST_TEST(asked.wanted.calls == 0U);
  BOOST_TEST(asked.wanted.boards == std::vector<reservation_id>{1});
  BOOST_TEST((d.asks("bob", "job1") == ec::job_not_found));
}

BOOST_AUTO_TEST_CASE(who_waits_for_room_in_his_own_limits_is_in_nobody_else_s_way) {
  several_owners d;
  d.submit(job_of("ann", "x", false, 3600s));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  const auto asked = d.take<reserve>();
  admission no;
  no.refused = ec::rate_limited;
  no.window = "day";
  no.whose = "ann";
  no.retry_after = 1h;
  d.step(registry_event::reserved{asked.as, no});
  d.store();
  // The line asks for itself, and is denied again.
  d.recall_nothing();
  const auto again = d.take<reserve>();
  d.step(registry_event::reserved{again.as, no});
  // Ann's next one stands behind; bob's asks the limits.
  const auto behind = d.submit(job_of("ann", "y"));
  d.recall_nothing();
  BOOST_TEST((std::get<submission>(d.answers.at(behind)).refused == ec::rate_limited));
  d.submit(job_of("bob", "z"));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  BOOST_TEST(d.count<reserve>() == 1U);
}

/// Posts it where its owner's own limit has no room.
submission waits_for_his_limit(several_owners& d, const std::shared_ptr<const job_spec>& spec) {
  const auto from = d.submit(spec);
  while (!d.answers.contains(from)) {
    admission no;
    no.refused = ec::rate_limited;
    no.window = "day";
    no.whose = spec->owner;
    no.retry_after = 1h;
    if (d.count<recall>() != 0)
      d.recall_nothing();
    else if (d.count<ask_breaker>() != 0)
      d.breaker(breaker_mode::closed);
    else if (d.count<reserve>() != 0)
      d.step(registry_event::reserved{d.take<reserve>().as, no});
    else
      d.store();
  }
  while (d.count<recall>() + d.count<reserve>() != 0) {
    if (d.count<recall>() != 0)
      d.recall_nothing();
    else
      d.deny(1h);
  }
  return std::get<submission>(d.answers.at(from));
}

BOOST_AUTO_TEST_CASE(whoever_waits_leaves_as_much_of_the_queue_free_as_he_takes) {
  several_owners d{job_config{.queue_capacity = 8}};
  d.step(registry_event::keys_replaced{3});
  const auto take_all = [&](const owner_name& owner) {
    for (int i = 0;; ++i) {
      const auto told = waits_for_his_limit(d, job_of(owner, owner + std::to_string(i), false, 3600s));
      if (told.refused == ec::none)
        continue;
      BOOST_TEST((told.refused == ec::queue_full));
      BOOST_TEST(told.detail.find("key \"" + owner + "\"") != std::string::npos);
      return i;
    }
  };
  BOOST_TEST(take_all("ann") == 4);
  BOOST_TEST(take_all("bob") == 2);
  BOOST_TEST(take_all("cy") == 1);
}

BOOST_AUTO_TEST_CASE(bytes_that_wait_leave_others_as_much_as_they_take) {
  several_owners d{job_config{.queue_mb = 1}};
  d.step(registry_event::keys_replaced{2});
  const std::string quarter(256 * 1024, 'x');
  const auto post = [&](const owner_name& owner, char last) {
    return waits_for_his_limit(d, job_of(owner, quarter + last, false, 3600s)).refused;
  };
  BOOST_TEST((post("ann", '1') == ec::none));
  BOOST_TEST((post("ann", '2') == ec::queue_full));
  BOOST_TEST((post("bob", '1') == ec::none));
  // Nobody else has a key: all of it is his.
  several_owners alone{job_config{.queue_mb = 1}};
  alone.step(registry_event::keys_replaced{1});
  for (const auto last : {'1', '2', '3'})
    BOOST_TEST((waits_for_his_limit(alone, job_of("ann", quarter + last, false, 3600s)).refused == ec::none));
}

BOOST_AUTO_TEST_CASE(kept_jobs_of_one_owner_leave_room_for_those_of_others) {
  several_owners d{job_config{.max_kept_jobs = 4}};
  d.step(registry_event::keys_replaced{2});
  // Known pictures under many names, which cost nothing.
  const auto post = [&](const owner_name& owner, const std::string& name) {
    const auto from = d.submit(make_job_spec({test_picture(name, "x")}, {}, "test", {.owner = owner}));
    if (d.count<recall>() != 0)
      d.recall({test_recognition("x")});
    while (d.count<offer>() + d.count<record>() != 0)
      d.store();
    return std::get<submission>(d.answers.at(from));
  };
  BOOST_TEST((post("ann", "1").refused == ec::none));
  d.now += 10s;
  BOOST_TEST((post("ann", "2").refused == ec::none));
  const auto refused = post("ann", "3");
  BOOST_TEST((refused.refused == ec::queue_full));
  BOOST_TEST(refused.detail.find("key \"ann\"") != std::string::npos);
  BOOST_TEST((refused.retry_after == 3600s - 10s));
  // When one has expired, she has room again, and others have some all the time.
  d.now += 3600s - 10s;
  BOOST_TEST((post("ann", "3").refused == ec::none));
  BOOST_TEST((post("bob", "1").refused == ec::none));
}

BOOST_AUTO_TEST_CASE(a_list_s_cursor_tells_nothing_of_the_jobs_of_others) {
  several_owners d;
  const auto known = [&](const owner_name& owner, const std::string& name) {
    d.submit(make_job_spec({test_picture(name, "x")}, {}, "test", {.owner = owner}));
    d.recall({test_recognition("x")});
    while (d.count<offer>() + d.count<record>() != 0)
      d.store();
  };
  for (int i = 0; i < 20; ++i)
    known("ann", std::to_string(i));
  known("bob", "1");
  known("ann", "20");
  known("bob", "2");
  const auto first = d.state.list(d.now, {std::nullopt, 1, 0, "bob"});
  BOOST_REQUIRE_EQUAL(first.jobs.size(), 1U);
  BOOST_TEST(first.next.value() == 2U);
  const auto second = d.state.list(d.now, {std::nullopt, 1, *first.next, "bob"});
  BOOST_REQUIRE_EQUAL(second.jobs.size(), 1U);
  BOOST_TEST(second.jobs.front().id == "job21");
  BOOST_TEST(!second.next.has_value());
}

BOOST_AUTO_TEST_CASE(where_the_service_s_limit_is_in_the_way_nobody_overtakes) {
  several_owners d;
  d.submit(job_of("ann", "x", false, 3600s));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  d.deny(1h);
  d.store();
  d.recall_nothing();
  d.deny(1h);
  const auto bob = d.submit(job_of("bob", "z"));
  d.recall_nothing();
  BOOST_TEST((std::get<submission>(d.answers.at(bob)).refused == ec::rate_limited));
}

admission nobody_with_a_key(const owner_name& whose) {
  admission no;
  no.refused = ec::rate_limited;
  no.no_key = true;
  no.whose = whose;
  no.retry_after = 1min;
  return no;
}

BOOST_AUTO_TEST_CASE(what_a_withdrawn_key_left_waiting_waits_and_fails_with_the_reason) {
  several_owners d;
  const auto posted = d.submit(job_of("ann", "x", false, 3600s));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  d.deny(1h);
  d.store();
  BOOST_TEST(std::get<submission>(d.answers.at(posted)).id == "job1");
  // Her key is withdrawn: whenever the line asks, nobody pays.
  for (; d.now < at(3600s); d.tick(std::min(*d.state.next_wake(), at(3600s))))
    if (d.count<recall>() != 0) {
      d.recall_nothing();
      d.step(registry_event::reserved{d.take<reserve>().as, nobody_with_a_key("ann")});
    }
  BOOST_TEST(d.store() == "give_up_waiting end_job");
  BOOST_TEST(d.stored<give_up_waiting>().error == "no key has the name \"ann\" any more, so nobody pays for its jobs");
  BOOST_TEST(d.sent().empty());
}

BOOST_AUTO_TEST_CASE(jobs_from_before_the_first_key_are_in_nobody_s_way) {
  several_owners d;
  d.submit(job_of({}, "x", false, 3600s));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  d.step(registry_event::reserved{d.take<reserve>().as, nobody_with_a_key({})});
  d.store();
  d.recall_nothing();
  d.step(registry_event::reserved{d.take<reserve>().as, nobody_with_a_key({})});
  BOOST_TEST(d.quiet());
  d.submit(job_of("ann", "y"));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  BOOST_TEST(d.count<reserve>() == 1U);
}

BOOST_AUTO_TEST_CASE(a_call_that_nobody_with_a_key_pays_for_is_not_made_after_a_restart) {
  several_owners d{job_config{.max_age = 7200s}};
  d.claims_are_granted = false;
  recovery left;
  kept_job job;
  job.view.id = "job7";
  job.engine = "test";
  job.identity = job_of("ann", "x")->identity;
  job.view.owner = "ann";
  job.view.created_at = at(0s);
  job.spec = job_of("ann", "x");
  job.outcomes.resize(1);
  job.aboard = {3};
  left.pending = {job};
  kept_call call;
  call.id = call.origin = 3;
  call.attempt = 1;
  call.reservation = 9;
  left.calls = {call};
  d.take_up(left);
  for (; d.now < at(7200s); d.tick(std::min(*d.state.next_wake(), at(7200s))))
    if (d.count<claim>() != 0)
      d.step(registry_event::reserved{d.take<claim>().as, nobody_with_a_key("ann")});
  BOOST_TEST(d.sent().empty());
  BOOST_TEST(d.store() == "release_spend close_call end_job");
  BOOST_TEST(
      d.stored<close_call>().outcomes.at(0).outcome.error ==
      "no key has the name \"ann\" any more, so nobody pays for its jobs; the call waited longer than a job may");
}

/// Ann's call is claimed, and stays because nobody holds a key. She has a key again: it goes at once.
void stays_until_ann_holds_a_key(registry_driver& d) {
  BOOST_TEST(d.sent().empty());
  d.step(registry_event::reserved{d.take<claim>().as, nobody_with_a_key("ann")});
  BOOST_TEST(d.sent().empty());
  d.step(registry_event::keys_replaced{1});
  d.tick(d.now);
  d.grant_claim();
  BOOST_TEST(d.sent().size() == 1U);
}

BOOST_AUTO_TEST_CASE(when_the_keys_are_replaced_calls_that_no_worker_has_are_claimed_before_they_go) {
  several_owners d{job_config{}, 4, 1};
  d.claims_are_granted = false;
  d.take_in(job_of("ann", "x", false, 3600s));
  BOOST_TEST(d.sent().empty());
  d.step(registry_event::keys_replaced{1});
  d.tick(at(3600s));
  stays_until_ann_holds_a_key(d);
}

BOOST_AUTO_TEST_CASE(calls_that_the_store_does_not_have_when_the_keys_are_replaced_are_claimed_before_they_go) {
  // Once the grant is there, and once it is on its way.
  for (const bool granted_before : {true, false}) {
    several_owners d;
    d.claims_are_granted = false;
    d.submit(job_of("ann", "x"));
    d.recall_nothing();
    d.breaker(breaker_mode::closed);
    if (granted_before)
      d.grant();
    d.step(registry_event::keys_replaced{1});
    if (!granted_before)
      d.grant();
    BOOST_TEST(d.store() == "accept_job");
    stays_until_ann_holds_a_key(d);
    // What is asked for afterwards goes without a claim.
    d.take_in(job_of("ann", "y"));
    BOOST_TEST(d.sent().size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_spend_that_is_carried_over_is_claimed_where_the_keys_were_replaced_meanwhile) {
  several_owners d;
  d.claims_are_granted = false;
  d.take_in(job_of("ann", "x"));
  const auto call = d.sent_one();
  d.begin(call);
  d.step(registry_event::keys_replaced{1});
  d.fail(call, {ec::engine_unavailable, "no connection", false, std::nullopt});
  BOOST_TEST(d.store() == "carry_over_spend");
  d.tick(d.now + 1s);
  BOOST_TEST(d.sent().empty());
  const auto asked = d.take<claim>();
  BOOST_TEST(asked.payers == std::vector<owner_name>{"ann"}, boost::test_tools::per_element());
  d.step(registry_event::reserved{asked.as, {}});
  BOOST_TEST(d.sent().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_call_that_somebody_has_left_is_claimed_for_those_who_are_aboard) {
  auto sharing = test_engine;
  sharing.shares_results = true;
  several_owners d{job_config{}, 4, 1, {}, sharing};
  d.claims_are_granted = false;
  d.take_in(job_of("ann", "x", true, 3600s));
  d.submit(job_of("bob", "x", true, 3600s));
  d.recall_nothing();
  d.grant();
  d.store();
  d.step(registry_event::cancel{500, "bob", "job2"});
  d.store();
  d.tick(at(3600s));
  BOOST_TEST(d.sent().empty());
  const auto asked = d.take<claim>();
  BOOST_TEST(asked.payers == std::vector<owner_name>{"ann"}, boost::test_tools::per_element());
  d.step(registry_event::reserved{asked.as, nobody_with_a_key("ann")});
  BOOST_TEST(d.sent().empty());
}

BOOST_AUTO_TEST_CASE(the_parts_of_a_split_call_are_claimed_for_those_who_are_aboard) {
  several_owners d{job_config{}, 4};
  d.claims_are_granted = false;
  d.submit(make_job_spec({test_picture("1", "x"), test_picture("2", "y")}, {}, "test", {{}, false, false, "ann"}));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  d.grant();
  d.store();
  d.fail(d.sent_one(), {ec::request_rejected, "Bad image data", true, std::nullopt, true});
  d.grant();
  BOOST_TEST(d.store() == "settle_spend split_call");
  BOOST_TEST(d.sent().empty());
  for (int part = 0; part < 2; ++part)
    BOOST_TEST(d.take<claim>().payers == std::vector<owner_name>{"ann"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(when_the_keys_are_replaced_who_waits_for_room_asks_at_once) {
  several_owners d;
  d.submit(job_of("ann", "x", false, 3600s));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  d.deny(1h);
  d.store();
  d.recall_nothing();
  d.deny(1h);
  BOOST_TEST(d.quiet());
  d.step(registry_event::keys_replaced{1});
  d.recall_nothing();
  // They are replaced again, and this answer may be from before.
  d.step(registry_event::keys_replaced{1});
  d.deny(1h);
  d.recall_nothing();
  d.grant();
  BOOST_TEST(d.store() == "board_job");
  BOOST_TEST(d.sent().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_stop_holds_at_once_and_is_answered_when_it_is_durable) {
  several_owners d;
  d.step(registry_event::stop_calls{7, stop_order{"ops", "a bill", {}, true}});
  BOOST_TEST(d.take<hold_calls>().held);
  BOOST_TEST(!d.answers.contains(7));
  BOOST_TEST(d.store() == "note_stop");
  BOOST_TEST(d.answers.contains(7));
  const auto told = d.state.stats().stopped;
  BOOST_REQUIRE(told.has_value());
  BOOST_TEST(told->by == "ops");
  BOOST_TEST((told->since == d.now));
  const auto refused = d.submit(job_of("ann", "x"));
  d.recall_nothing();
  BOOST_TEST((std::get<submission>(d.answers.at(refused)).refused == ec::calls_stopped));
  // Going on is durable first.
  d.step(registry_event::resume_calls{8, "ops"});
  BOOST_TEST(d.count<hold_calls>() == 0U);
  d.store();
  BOOST_TEST(!d.take<hold_calls>().held);
  BOOST_TEST(!d.state.stats().stopped.has_value());
}

BOOST_AUTO_TEST_CASE(what_costs_nothing_is_answered_although_calls_are_stopped_and_jobs_refused) {
  several_owners d;
  d.complete(job_of("ann", "x"));
  d.step(registry_event::stop_calls{900, stop_order{"ops", "a bill", {}, true}});
  d.take<hold_calls>();
  d.store();
  // The same again.
  const auto same = std::get<submission>(d.answers.at(d.submit(job_of("ann", "x"))));
  BOOST_TEST((same.refused == ec::none));
  BOOST_TEST(same.identical);
  // Another job of what is known.
  const auto known = d.submit(make_job_spec({test_picture("other", "x")}, {}, "test", {.owner = "ann"}));
  d.recall({test_recognition("x")});
  BOOST_TEST(d.store() == "accept_job");
  BOOST_TEST(d.store() == "end_job");
  BOOST_TEST((std::get<submission>(d.answers.at(known)).status == job_status::completed));
  // Neither is quoted as refused, and what would cost is.
  const auto quoted = [&](const std::string& content, recognitions found) {
    const auto asked = d.ask_price(make_job_spec({test_picture("third", content)}, {}, "test", {.owner = "ann"}));
    d.recall(std::move(found));
    if (d.count<ask_store>() != 0)
      d.store_is(true);
    return std::get<quote>(d.answers.at(asked)).answer.refused;
  };
  BOOST_TEST((quoted("x", {test_recognition("x")}) == ec::none));
  BOOST_TEST((quoted("y", recognitions(1)) == ec::calls_stopped));
}

BOOST_AUTO_TEST_CASE(who_stops_again_while_calls_are_about_to_go_on_is_heard) {
  several_owners d;
  d.step(registry_event::stop_calls{1, stop_order{"ops", "one", {}, false}});
  d.take<hold_calls>();
  d.store();
  d.step(registry_event::resume_calls{2, "ops"});
  d.step(registry_event::stop_calls{3, stop_order{"ops", "two", {}, false}});
  BOOST_TEST(d.take<hold_calls>().held);
  d.store();
  d.store();
  BOOST_TEST(d.count<hold_calls>() == 0U);
  BOOST_TEST(d.state.stats().stopped->reason == "two");
}

BOOST_AUTO_TEST_CASE(a_budget_alert_stops_the_calls_once) {
  several_owners d;
  const auto month = at(0s);
  const auto hear = [&](asker who, timestamp interval, micro_dollars cost, bool too_much, std::string budget = "a") {
    d.step(registry_event::hear_budget{who, {interval, cost, too_much, std::move(budget)}, "too much", false});
    if (d.count<record>() != 0)
      d.store();
    return d.count<hold_calls>();
  };
  BOOST_TEST(hear(1, month, 50, false) == 0U);
  BOOST_TEST(hear(2, month, 100, true) == 1U);
  d.take<hold_calls>();
  d.step(registry_event::resume_calls{3, "ops"});
  d.store();
  d.take<hold_calls>();
  // Told again, and told late.
  BOOST_TEST(hear(4, month, 100, true) == 0U);
  BOOST_TEST(hear(5, month - 24h, 900, true) == 0U);
  BOOST_TEST(d.answers.contains(5));
  // Another budget, whose interval began earlier, and costs less.
  BOOST_TEST(hear(6, month - 24h * 300, 20, true, "b") == 1U);
  d.take<hold_calls>();
  // More was spent, or a new month begins with too much.
  BOOST_TEST(hear(7, month, 101, true) == 1U);
}

BOOST_AUTO_TEST_CASE(an_alert_is_told_of_also_while_the_calls_are_stopped) {
  several_owners d;
  d.step(registry_event::stop_calls{1, stop_order{"ops", "maintenance", {}, false}});
  d.take<hold_calls>();
  d.store();
  d.step(registry_event::hear_budget{2, {at(0s), 100, true, "a"}, "100 of 100", true});
  BOOST_TEST(d.take<hold_calls>().held);
  d.store();
  const auto stopped = *d.state.stats().stopped;
  BOOST_TEST(stopped.by == "ops");
  BOOST_TEST(stopped.reason == "maintenance; 100 of 100");
  BOOST_TEST(stopped.refuses_jobs);
}

BOOST_AUTO_TEST_CASE(a_stop_outlives_the_process) {
  several_owners d;
  recovery left;
  left.stopped = stop_order{"ops", "a bill", at(-1h), false};
  d.take_up(left);
  BOOST_TEST(d.take<hold_calls>().held);
  BOOST_TEST(d.state.stats().stopped->by == "ops");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
