#include "core/registry/refusals.hpp"
#include "support/registry_driver.hpp"

#include <boost/test/unit_test.hpp>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

struct fixture : registry_driver {
  static std::shared_ptr<const job_spec> job_of(std::size_t bytes, char with) {
    return test_job({{"1", std::string(bytes, with)}});
  }
};

BOOST_FIXTURE_TEST_SUITE(store_room_test, fixture)

BOOST_AUTO_TEST_CASE(what_the_store_has_no_room_for_is_refused_before_anything_is_asked_or_reserved) {
  for (const std::uint64_t room : {0U, 999U}) {
    store_room = room;
    const auto client = submit(job_of(1000, 'x'));
    BOOST_TEST((submission_of(client).refused == ec::store_full));
    BOOST_TEST((submission_of(client).retry_after == 30s));
    BOOST_TEST(submission_of(client).detail == refusals::store_full().detail);
    BOOST_TEST(quiet());
    BOOST_TEST(state.list(now, {}).jobs.empty());
  }
  store_room = 1000;
  const auto client = submit(job_of(1000, 'x'));
  BOOST_TEST(!answered(client));
  recall_nothing();
}

BOOST_AUTO_TEST_CASE(a_job_that_is_there_is_found_all_the_same) {
  submit(job_of(10, 'x'));
  recall({test_recognition("x")});
  store();
  store_room = 0;
  const auto again = submit(job_of(10, 'x'));
  BOOST_TEST(submission_of(again).accepted());
  BOOST_TEST(submission_of(again).identical);
}

// They are not written yet, so that the disk does not show them.
BOOST_AUTO_TEST_CASE(jobs_on_their_way_in_count_until_they_are_written_or_refused) {
  store_room = 1500;
  const auto first = submit(job_of(1000, 'x'));
  BOOST_TEST((submission_of(submit(job_of(1000, 'y'))).refused == ec::store_full));
  recall_fails();
  BOOST_TEST((submission_of(first).refused == ec::store_unavailable));
  const auto second = submit(job_of(1000, 'y'));
  recall({test_recognition("y")});
  // It, and its end.
  store();
  store();
  BOOST_TEST(submission_of(second).accepted());
  store_room = 1000;
  BOOST_TEST(!answered(submit(job_of(1000, 'z'))));
}

BOOST_AUTO_TEST_CASE(a_quote_says_the_same) {
  store_room = 999;
  const auto client = ask_price(job_of(1000, 'x'));
  recall_nothing();
  BOOST_TEST((quote_of(client).answer.refused == ec::store_full));
  BOOST_TEST(quiet());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
