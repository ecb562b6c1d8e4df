#include "app/idle_exit.hpp"

#include <boost/test/unit_test.hpp>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using time_point = idle_watch::time_point;

/// Literal times: that long after an arbitrary instant.
time_point after(std::chrono::milliseconds since) {
  return time_point{std::chrono::hours{1000}} + since;
}

activity unused() {
  return {time_point::min(), false};
}

activity used_at(std::chrono::milliseconds since) {
  return {after(since), false};
}

activity working() {
  return {time_point::min(), true};
}

/// Looks when the watch wants it until the process may end, `seen` telling what is there at a time; when that is.
template <class Seen>
std::chrono::milliseconds end_of(idle_watch& watch, Seen seen) {
  for (int looks = 0; looks < 1000; ++looks) {
    const auto now = watch.next_look();
    const auto since = std::chrono::floor<std::chrono::milliseconds>(now - after(0s));
    if (watch.look(now, seen(since)))
      return since;
  }
  return -1ms;
}

BOOST_AUTO_TEST_SUITE(idle_exit)

BOOST_AUTO_TEST_CASE(the_time_runs_from_readiness) {
  idle_watch watch{300s, after(0s)};
  BOOST_TEST((watch.next_look() == after(0s)));
  BOOST_TEST((end_of(watch, [](auto) { return unused(); }) == 300s));
  BOOST_TEST((watch.idle_time() == 300s));
}

BOOST_AUTO_TEST_CASE(it_looks_ten_times_in_the_limit_and_no_more) {
  idle_watch watch{300s, after(0s)};
  int looks = 0;
  end_of(watch, [&](auto) { return ++looks, unused(); });
  BOOST_TEST(looks == 11); // one of them at readiness
}

BOOST_AUTO_TEST_CASE(a_look_before_the_time_is_over_changes_nothing) {
  idle_watch watch{10s, after(0s)};
  BOOST_TEST(!watch.look(after(9999ms), unused()));
  BOOST_TEST((watch.next_look() == after(10s)));
  BOOST_TEST(watch.look(after(10s), unused()));
}

BOOST_AUTO_TEST_CASE(a_use_puts_the_end_off_until_the_whole_time_has_passed_after_it) {
  for (const auto use : {0ms, 1ms, 4000ms, 5500ms, 9999ms}) {
    idle_watch watch{10s, after(0s)};
    const auto end = end_of(watch, [&](auto now) { return now >= use ? used_at(use) : unused(); });
    BOOST_TEST((end >= use + 10s));
    BOOST_TEST((end <= use + 11s));
  }
}

BOOST_AUTO_TEST_CASE(an_older_use_is_not_counted_again) {
  idle_watch watch{10s, after(0s)};
  BOOST_TEST(!watch.look(after(0s), used_at(-5s)));
  BOOST_TEST(!watch.look(after(1s), used_at(-5s)));
  BOOST_TEST(watch.look(after(10s), used_at(-5s)));
}

BOOST_AUTO_TEST_CASE(a_request_under_way_holds_it_for_as_long_as_it_takes) {
  idle_watch watch{10s, after(0s)};
  const auto end = end_of(watch, [](auto now) { return used_at(std::min<std::chrono::milliseconds>(now, 55s)); });
  BOOST_TEST((end >= 65s));
  BOOST_TEST((end <= 66s));
}

BOOST_AUTO_TEST_CASE(work_holds_it_and_its_end_between_two_looks_is_not_taken_for_an_earlier_one) {
  for (const auto work_ends : {1ms, 500ms, 999ms, 1000ms, 1001ms, 25'500ms}) {
    idle_watch watch{10s, after(0s)};
    const auto end = end_of(watch, [&](auto now) { return now < work_ends ? working() : unused(); });
    BOOST_TEST((end >= work_ends + 10s));
    BOOST_TEST((end <= work_ends + 11s));
  }
}

BOOST_AUTO_TEST_CASE(a_job_that_comes_and_ends_between_two_looks_is_not_missed) {
  // Taken in at 2.1 s and done at 2.9 s: all that the looks at 2 s and 3 s can see is the request.
  idle_watch watch{10s, after(0s)};
  const auto end = end_of(watch, [](auto now) { return now >= 2100ms ? used_at(2100ms) : unused(); });
  BOOST_TEST((end >= 2900ms + 10s));
}

BOOST_AUTO_TEST_CASE(a_process_that_stays_all_the_same_is_looked_at_again_after_a_tenth) {
  idle_watch watch{10s, after(0s)};
  BOOST_TEST(watch.look(after(12s), unused()));
  BOOST_TEST((watch.next_look() == after(13s)));
  // What held it was no use: the time goes on.
  BOOST_TEST(watch.look(after(13s), unused()));
  BOOST_TEST((watch.idle_time() == 13s));
  // What held it was a use: the time begins anew.
  BOOST_TEST(!watch.look(after(14s), used_at(13'500ms)));
  BOOST_TEST((end_of(watch, [](auto) { return used_at(13'500ms); }) == 24s));
}

BOOST_AUTO_TEST_CASE(a_use_in_the_instant_of_a_look_counts_at_the_next) {
  idle_watch watch{10s, after(0s)};
  BOOST_TEST(!watch.look(after(5s), unused()));
  BOOST_TEST(!watch.look(after(6s), used_at(5s)));
  BOOST_TEST(!watch.look(after(15s), used_at(5s)));
  BOOST_TEST(watch.look(after(16s), used_at(5s)));
}

BOOST_AUTO_TEST_CASE(late_looks_do_not_make_it_leave_early) {
  idle_watch watch{1s, after(0s)};
  BOOST_TEST(!watch.look(after(100ms), working()));
  // The machine stood still for a minute; the work ended at some time in it.
  BOOST_TEST(!watch.look(after(60s), unused()));
  BOOST_TEST((end_of(watch, [](auto) { return unused(); }) == 61s));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
