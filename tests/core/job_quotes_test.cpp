#include "support/registry_driver.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

std::shared_ptr<const job_spec> four_pictures() {
  return test_job({{"1", "x"}, {"2", "y"}, {"3", "x"}, {"4", "z"}});
}

struct fixture : registry_driver {
  /// The limiter's answer to the check.
  void check(admission a = {}) { step(registry_event::reserved{take<registry_command::check>().as, std::move(a)}); }
};

BOOST_FIXTURE_TEST_SUITE(job_quotes, fixture)

BOOST_AUTO_TEST_CASE(a_quote_tells_what_a_job_would_need_and_changes_nothing) {
  const auto client = ask_price(four_pictures());
  recall({nullptr, test_recognition("y"), nullptr, nullptr});
  store_is(true);
  breaker(breaker_mode::closed);
  BOOST_REQUIRE_EQUAL(count<registry_command::check>(), 1u);
  check();
  const auto q = quote_of(client);
  BOOST_TEST(q.answer.accepted());
  BOOST_TEST(q.answer.id.empty());
  BOOST_REQUIRE(q.needed.has_value());
  BOOST_TEST(q.needed->known == 1u);
  BOOST_TEST(q.needed->repeated == 1u);
  BOOST_TEST(q.needed->sent == 2u);
  BOOST_TEST(q.needed->calls == 2u);
  BOOST_TEST(q.needed->price == 3000u);
  BOOST_TEST(quiet());
  BOOST_TEST(state.list(now, {}).jobs.empty());
  BOOST_TEST(state.stats().waiting_calls == 0u);
  BOOST_TEST(!state.next_wake().has_value());
  // The same, submitted, is a new job.
  submit(four_pictures());
  BOOST_TEST(count<registry_command::recall>() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_known_asks_neither_breaker_nor_limiter) {
  const auto client = ask_price(test_job({{"1", "x"}}));
  recall({test_recognition("x")});
  store_is(true);
  BOOST_TEST(quote_of(client).answer.accepted());
  BOOST_TEST(quote_of(client).needed->calls == 0u);
  BOOST_TEST(quote_of(client).needed->price == 0u);
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_CASE(an_identical_job_is_named) {
  accept(test_job({{"1", "x"}}));
  const auto client = ask_price(test_job({{"1", "x"}}));
  BOOST_TEST(quote_of(client).answer.id == "job1");
  BOOST_TEST(quote_of(client).answer.identical);
  BOOST_TEST(quote_of(client).needed->known == 1u);
  BOOST_TEST(quote_of(client).needed->calls == 0u);
}

BOOST_AUTO_TEST_CASE(an_identical_job_on_its_way_has_no_name_yet) {
  submit(test_job({{"1", "x"}}));
  const auto client = ask_price(test_job({{"1", "x"}}));
  BOOST_TEST(quote_of(client).answer.identical);
  BOOST_TEST(quote_of(client).answer.id.empty());
}

BOOST_AUTO_TEST_CASE(every_refusal_of_a_submission_is_told) {
  const auto told = [](registry_driver& d, const auto& lead) {
    const auto client = d.ask_price(test_job({{"1", "x"}, {"2", "y"}}));
    lead();
    BOOST_TEST(d.quiet());
    return d.quote_of(client);
  };
  {
    registry_driver d;
    BOOST_TEST((told(d, [&] { d.recall_fails(); }).answer.refused == ec::store_unavailable));
  }
  {
    registry_driver d;
    const auto q = told(d, [&] {
      d.recall_nothing();
      d.store_is(false);
    });
    BOOST_TEST((q.answer.refused == ec::store_unavailable));
    BOOST_TEST(q.needed->calls == 2u);
  }
  {
    registry_driver d;
    const auto q = told(d, [&] {
      d.recall_nothing();
      d.store_is(true);
      d.breaker(breaker_mode::open, 40s);
    });
    BOOST_TEST((q.answer.refused == ec::breaker_open));
    BOOST_TEST((q.answer.retry_after == 40s));
    // What it would need is told all the same.
    BOOST_TEST(q.needed->calls == 2u);
  }
  {
    registry_driver d;
    const auto q = told(d, [&] {
      d.recall_nothing();
      d.store_is(true);
      d.breaker(breaker_mode::closed);
      admission no;
      no.refused = ec::rate_limited;
      no.window = "hour";
      no.limit = 100;
      no.retry_after = 17s;
      d.step(registry_event::reserved{d.take<registry_command::check>().as, no});
    });
    BOOST_TEST((q.answer.refused == ec::rate_limited));
    BOOST_TEST(q.answer.detail == "the service's limit of 100 jobs an hour (JOBS_PER_HOUR_LIMIT) is reached");
    BOOST_TEST((q.answer.retry_after == 17s));
  }
  {
    job_config few;
    few.queue_capacity = 1;
    registry_driver d{few};
    BOOST_TEST((told(d, [&] { d.recall_nothing(); }).answer.refused == ec::queue_full));
  }
  {
    job_config none;
    none.max_kept_jobs = 0;
    registry_driver d{none};
    BOOST_TEST((told(d, [&] { d.recall_nothing(); }).answer.refused == ec::queue_full));
  }
  {
    registry_driver d;
    d.drain(1s);
    d.take<registry_command::drain_pool>();
    BOOST_TEST((told(d, [] {}).answer.refused == ec::shutting_down));
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
