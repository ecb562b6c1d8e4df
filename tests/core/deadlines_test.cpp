#include "core/deadlines.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace glyphgate;
using namespace std::chrono_literals;

namespace {

using table = deadlines<std::string>;
using names = std::vector<std::string>;

table::time_point at_time(std::chrono::milliseconds t) {
  return table::time_point{} + 1h + t;
}

} // namespace

BOOST_AUTO_TEST_SUITE(deadlines_table)

BOOST_AUTO_TEST_CASE(an_answer_in_time_takes_what_waits_for_it_once) {
  table t;
  const auto a = t.add(at_time(10s), "a");
  const auto b = t.add(at_time(10s), "b");
  BOOST_TEST(t.take(b).value() == "b");
  BOOST_TEST(!t.take(b).has_value());
  BOOST_TEST(t.take(a).value() == "a");
}

BOOST_AUTO_TEST_CASE(nobody_is_woken_while_nothing_is_open) {
  table t;
  BOOST_TEST(!t.sleep(at_time(0s)).has_value());
  const auto a = t.add(at_time(10s), "a");
  BOOST_TEST((t.sleep(at_time(0s)) == 500ms));
  BOOST_TEST(!t.sleep(at_time(1ms)).has_value()); // one wake-up is on its way
  t.take(a);
  BOOST_TEST(t.wake(at_time(500ms)).empty());
  BOOST_TEST(!t.sleep(at_time(500ms)).has_value());
}

BOOST_AUTO_TEST_CASE(a_sleep_ends_with_the_nearest_deadline) {
  table t;
  t.add(at_time(10s), "late");
  t.add(at_time(120ms), "early");
  BOOST_TEST((t.sleep(at_time(20ms)) == 100ms));
  BOOST_TEST((t.wake(at_time(120ms)) == names{"early"}));
  BOOST_TEST((t.sleep(at_time(120ms)) == 500ms));
}

BOOST_AUTO_TEST_CASE(what_is_overdue_is_given_up_the_oldest_first_and_its_answer_comes_too_late) {
  table t;
  std::vector<table::ticket> all;
  for (const auto* name : {"a", "b", "c", "d"})
    all.push_back(t.add(at_time(400ms), name));
  const auto kept = t.add(at_time(401ms), "e");
  t.take(all[1]);
  BOOST_TEST((t.sleep(at_time(0s)) == 400ms));
  BOOST_TEST((t.wake(at_time(400ms)) == names{"a", "c", "d"}));
  BOOST_TEST(!t.take(all[0]).has_value());
  BOOST_TEST(t.take(kept).value() == "e");
}

BOOST_AUTO_TEST_CASE(after_a_stop_of_the_process_answers_are_read_before_anything_is_given_up) {
  table t;
  const auto read = t.add(at_time(10s), "read");
  t.add(at_time(10s), "never answered");
  BOOST_TEST((t.sleep(at_time(0s)) == 500ms));
  BOOST_TEST(t.wake(at_time(60s)).empty()); // 59.5 s late
  BOOST_TEST((t.sleep(at_time(60s)) == 500ms));
  BOOST_TEST(t.take(read).value() == "read");
  BOOST_TEST((t.wake(at_time(60'500ms)) == names{"never answered"}));
}

BOOST_AUTO_TEST_CASE(a_process_that_is_stopped_again_and_again_gives_nothing_up_meanwhile) {
  table t;
  t.add(at_time(1s), "a");
  t.sleep(at_time(0s));
  for (auto now = 10s; now < 60s; now += 10s) {
    BOOST_TEST(t.wake(at_time(now)).empty());
    BOOST_TEST((t.sleep(at_time(now)) == 500ms));
  }
  BOOST_TEST((t.wake(at_time(50'500ms + 999ms)) == names{"a"})); // late, but not by a second
}

BOOST_AUTO_TEST_CASE(a_deadline_that_has_passed_is_due_at_once) {
  table t;
  t.add(at_time(0s), "a");
  BOOST_TEST((t.sleep(at_time(3s)) == 0ms));
  BOOST_TEST((t.wake(at_time(3s)) == names{"a"}));
}

BOOST_AUTO_TEST_CASE(what_waits_may_be_moved_only) {
  deadlines<std::unique_ptr<int>> t;
  const auto a = t.add(at_time(1s), std::make_unique<int>(1));
  t.add(at_time(0s), std::make_unique<int>(2));
  t.sleep(at_time(0s));
  const auto given_up = t.wake(at_time(0s));
  BOOST_TEST_REQUIRE(given_up.size() == 1U);
  BOOST_TEST(*given_up[0] == 2);
  BOOST_TEST(*t.take(a).value() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
