#include "core/registry/recent_readings.hpp"
#include "support/file_of.hpp"
#include "support/registry_driver.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using namespace registry_command;

digest key(const std::string& name) {
  return sha256(name);
}

/// A call that has read "x" in the seat "x", and so on.
std::vector<transaction> closing(const std::vector<std::string>& seats) {
  close_call closed{1, 1, {}, {}};
  for (const auto& seat : seats)
    closed.outcomes.push_back({key(seat), {test_recognition(seat), {}, false}});
  return {closed};
}

/// What it adds to an answer in which nothing is known; "again" where the store is to be asked again.
std::string added(const recent_readings& recent, recent_readings::mark m, const std::vector<std::string>& seats) {
  std::vector<digest> keys;
  for (const auto& seat : seats)
    keys.push_back(key(seat));
  recognitions known(keys.size());
  if (!recent.complete(m, keys, known))
    return "again";
  std::string texts;
  for (const auto& r : known)
    texts += r ? r->symbols[0].text : "-";
  return texts;
}

std::shared_ptr<const job_spec> one_picture(const std::string& id, const std::string& content) {
  return test_job({{id, content}});
}

std::shared_ptr<const job_spec> patient(const std::shared_ptr<const job_spec>& spec) {
  auto same = *spec;
  same.max_delay = 1h;
  return std::make_shared<const job_spec>(std::move(same));
}

/// The second job has the picture of the first, and asks for it while that is under way.
struct asked_meanwhile : registry_driver {
  planned_call_ptr call;
  asker second = 0;

  asked_meanwhile() {
    call = accept(one_picture("1", "x")).at(0);
    second = submit(one_picture("2", "x"));
  }

  void check_known() {
    BOOST_TEST(store() == "accept_job");
    const auto& accepted = stored<accept_job>();
    BOOST_TEST(accepted.aboard.empty());
    BOOST_REQUIRE_EQUAL(accepted.known.size(), 1U);
    BOOST_TEST(accepted.known[0].second->symbols[0].text == "x");
  }
};

/// Calls of up to four pictures, shared.
struct sharing : registry_driver {
  sharing() : registry_driver{{}, 4, 2} {}

  /// The job is offered to the store, aboard that call and no other.
  void joins(call_id call) {
    recall_nothing();
    BOOST_TEST(count<ask_breaker>() == 0U);
    grant();
    const auto offered = take<offer>();
    in_store.push_back(offered.as);
    const auto& t = std::get<accept_job>(offered.unit->front());
    BOOST_REQUIRE_EQUAL(t.aboard.size(), 1U);
    BOOST_TEST(t.aboard[0].call == call);
    BOOST_TEST(!t.aboard[0].opens);
  }
  void opens(const std::shared_ptr<const job_spec>& spec) {
    submit(spec);
    recall_nothing();
    breaker(breaker_mode::closed);
    grant();
    BOOST_TEST(store() == "accept_job");
  }
  void told(question offered, bool applied) {
    step(registry_event::stored{offered, applied ? std::optional{verdicts{verdict::applied}} : std::nullopt});
  }

  std::vector<question> in_store;
};

} // namespace

BOOST_AUTO_TEST_SUITE(recent_readings_test)

BOOST_AUTO_TEST_CASE(a_reading_is_here_until_it_is_durable_and_whoever_asked_before_has_his_answer) {
  recent_readings recent;
  const auto before = recent.take();
  recent.recorded(7, closing({"a", "b"}));
  const auto between = recent.take();
  recent.stored(7);
  const auto behind = recent.take();
  for (const auto m : {before, between, behind})
    BOOST_TEST(added(recent, m, {"a", "c", "b"}) == "a-b");
  recent.give_back(before);
  BOOST_TEST(added(recent, between, {"a", "c", "b"}) == "a-b");
  recent.give_back(between);
  // The store has it for whoever asks from now on.
  BOOST_TEST(added(recent, behind, {"a", "c", "b"}) == "---");
  BOOST_TEST(recent.size() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_not_durable_stays_though_nobody_asks) {
  recent_readings recent;
  recent.recorded(7, closing({"a"}));
  recent.give_back(recent.take());
  BOOST_TEST(added(recent, recent.take(), {"a"}) == "a");
}

BOOST_AUTO_TEST_CASE(what_is_durable_and_asked_for_by_nobody_is_not_kept) {
  recent_readings recent;
  recent.recorded(7, closing({"a"}));
  recent.stored(7);
  BOOST_TEST(recent.size() == 0U);
  recent.stored(8);
  recent.give_back(9);
}

BOOST_AUTO_TEST_CASE(what_the_store_knows_is_not_replaced) {
  recent_readings recent;
  const auto m = recent.take();
  recent.recorded(7, closing({"a"}));
  recognitions known{test_recognition("older")};
  BOOST_TEST(recent.complete(m, std::vector{key("a")}, known));
  BOOST_TEST(known[0]->symbols[0].text == "older");
}

BOOST_AUTO_TEST_CASE(errors_are_no_readings) {
  recent_readings recent;
  const auto m = recent.take();
  recent.recorded(7, std::vector<transaction>{close_call{1, 1, {}, {{key("a"), {nullptr, "unreadable", false}}}},
                                              forget_job{"job"}});
  BOOST_TEST(added(recent, m, {"a"}) == "-");
}

// The one of the later unit stays as long as that is on its way.
BOOST_AUTO_TEST_CASE(a_picture_that_was_read_twice_is_here_until_both_are_durable) {
  recent_readings recent;
  recent.recorded(7, closing({"a"}));
  recent.recorded(8, closing({"a"}));
  recent.stored(7);
  const auto m = recent.take();
  BOOST_TEST(added(recent, m, {"a"}) == "a");
  recent.give_back(m);
  recent.stored(8);
  BOOST_TEST(recent.size() == 0U);
}

BOOST_AUTO_TEST_CASE(whoever_may_have_missed_what_was_dropped_asks_again) {
  recent_readings recent{2};
  const auto first = recent.take();
  recent.recorded(1, closing({"a"}));
  recent.recorded(2, closing({"b", "c"}));
  recent.stored(1);
  const auto second = recent.take();
  BOOST_TEST(added(recent, first, {"a", "b"}) == "ab");
  recent.stored(2);
  BOOST_TEST(added(recent, first, {"a", "b"}) == "again");
  // What was dropped was durable before it asked.
  BOOST_TEST(added(recent, second, {"a", "b", "c"}) == "-bc");
  BOOST_TEST(recent.size() == 2U);
  recent.give_back(first);
  recent.give_back(second);
  BOOST_TEST(recent.size() == 0U);
}

// The picture was paid for again.
BOOST_AUTO_TEST_CASE(a_picture_that_was_read_while_the_store_was_asked_is_known) {
  asked_meanwhile r;
  r.read(r.call);
  r.recall_nothing();
  BOOST_TEST(r.store() == "settle_spend close_call end_job");
  r.check_known();
}

BOOST_AUTO_TEST_CASE(it_is_known_if_it_became_durable_before_the_answer_too) {
  asked_meanwhile r;
  r.read(r.call);
  BOOST_TEST(r.store() == "settle_spend close_call end_job");
  r.recall_nothing();
  r.check_known();
}

BOOST_AUTO_TEST_CASE(it_is_known_if_the_store_was_asked_before_it_was_durable) {
  registry_driver r;
  const auto call = r.accept(one_picture("1", "x")).at(0);
  r.read(call);
  r.submit(one_picture("2", "x"));
  BOOST_TEST(r.store() == "settle_spend close_call end_job");
  r.recall_nothing();
  BOOST_TEST(r.store() == "accept_job");
  BOOST_TEST(r.stored<accept_job>().known.size() == 1U);
}

// It was forgotten since.
BOOST_AUTO_TEST_CASE(what_was_durable_before_the_question_is_the_stores_to_know) {
  registry_driver r;
  r.complete(one_picture("1", "x"));
  r.submit(one_picture("2", "x"));
  r.recall_nothing();
  BOOST_TEST(r.count<ask_breaker>() == 1U);
}

BOOST_AUTO_TEST_CASE(a_quote_knows_it_too) {
  registry_driver r;
  const auto call = r.accept(one_picture("1", "x")).at(0);
  const auto asked = r.ask_price(one_picture("2", "x"));
  r.read(call);
  r.recall_nothing();
  r.store_is(true);
  BOOST_TEST(r.quote_of(asked).needed->known == 1U);
  BOOST_TEST(r.quote_of(asked).needed->calls == 0U);
}

BOOST_AUTO_TEST_CASE(whoever_waits_in_line_knows_it_too) {
  registry_driver r;
  const auto call = r.accept(one_picture("1", "x")).at(0);
  r.submit(patient(test_job({{"2", "y"}, {"3", "x"}})));
  r.recall_nothing();
  r.breaker(breaker_mode::closed);
  r.deny(10s);
  BOOST_TEST(r.store() == "accept_job");
  r.read(call);
  r.recall_nothing();
  r.grant();
  BOOST_TEST(r.store() == "settle_spend close_call end_job");
  BOOST_TEST(r.store() == "board_job");
  BOOST_TEST(r.stored<board_job>().known.size() == 1U);
  BOOST_TEST(r.stored<board_job>().aboard.size() == 1U);
}

// It had asked for a place beside others in the call that was to fill.
BOOST_AUTO_TEST_CASE(whoever_waits_in_line_learns_it_while_the_limiter_is_asked) {
  registry_driver r;
  const auto call = r.accept(one_picture("1", "x")).at(0);
  r.submit(patient(test_job({{"2", "y"}, {"3", "x"}})));
  r.recall_nothing();
  r.breaker(breaker_mode::closed);
  r.deny(10s);
  BOOST_TEST(r.store() == "accept_job");
  r.recall_nothing();
  r.read(call);
  BOOST_TEST(r.store() == "settle_spend close_call end_job");
  r.grant();
  BOOST_TEST(r.take<revoke>().granted.calls == 1U);
  r.recall({nullptr, test_recognition("x")});
  r.grant();
  BOOST_TEST(r.store() == "board_job");
  BOOST_TEST(r.stored<board_job>().known.size() == 1U);
}

// It stood by since before the picture was read.
BOOST_AUTO_TEST_CASE(whoever_stands_by_learns_what_is_read_meanwhile) {
  sharing r;
  r.opens(one_picture("1", "x"));
  r.tick(r.now + 200ms);
  const auto call = r.sent_one();
  // One opens a call, the other could join that, and has the picture that is being read.
  r.submit(one_picture("2", "y"));
  r.recall_nothing();
  r.submit(test_job({{"3", "x"}, {"4", "z"}}));
  r.recall_nothing();
  BOOST_TEST(r.count<reserve>() == 0U);
  r.read(call);
  BOOST_TEST(r.store() == "settle_spend close_call end_job");
  r.breaker(breaker_mode::closed);
  r.grant();
  BOOST_TEST(r.store() == "accept_job");
  r.take<settle>();
  r.grant();
  BOOST_TEST(r.store() == "accept_job");
  BOOST_TEST(r.stored<accept_job>().known.size() == 1U);
  BOOST_REQUIRE_EQUAL(r.stored<accept_job>().aboard.size(), 1U);
  BOOST_TEST(r.stored<accept_job>().aboard[0].pictures == picture_indices{1}, boost::test_tools::per_element());
}

// The store took all of them after all, and the call held five.
BOOST_AUTO_TEST_CASE(whoever_was_refused_late_keeps_his_place_until_it_is_known_that_he_has_none) {
  sharing r;
  r.opens(patient(test_job({{"1", "a"}, {"2", "b"}})));
  const auto late = r.submit(patient(one_picture("3", "c")));
  r.joins(1);
  r.tick(r.now + 30s);
  BOOST_TEST((r.submission_of(late).refused == ec::store_unavailable));
  // The same again is a job of its own, in the seat that is there.
  const auto again = r.submit(patient(one_picture("3", "c")));
  BOOST_TEST(!r.answered(again));
  r.joins(1);
  r.submit(patient(one_picture("4", "d")));
  r.joins(1);
  // The call is full.
  r.submit(patient(one_picture("5", "e")));
  r.recall_nothing();
  BOOST_TEST(r.count<ask_breaker>() == 1U);
  r.told(r.in_store[0], true);
  BOOST_TEST(r.store() == "end_job forget_job");
  BOOST_TEST(r.sent().empty());
  r.told(r.in_store[1], true);
  BOOST_TEST(r.submission_of(again).accepted());
  r.told(r.in_store[2], true);
  const auto call = r.sent_one();
  BOOST_TEST(call->pictures.size() == 4U);
  BOOST_TEST(call->shares->size() == 3U);
}

// The store closed the call under it, and its picture had neither a call nor an outcome.
BOOST_AUTO_TEST_CASE(no_call_is_closed_under_who_was_refused_late) {
  sharing r;
  r.opens(one_picture("1", "a"));
  r.submit(one_picture("2", "b"));
  r.joins(1);
  r.tick(r.now + 30s);
  r.cancel("job1");
  BOOST_TEST(r.store() == "end_job");
  r.told(r.in_store[0], true);
  BOOST_TEST(r.store() == "release_spend close_call end_job forget_job");
  BOOST_TEST(r.state.calls().size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate
