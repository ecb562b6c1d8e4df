#include "core/limits/rate_limiter.hpp"
#include "support/literal_time.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

rate_limiter_config small() {
  return {.jobs_per_minute = 2, .jobs_per_hour = 3, .calls_per_day = 4};
}

BOOST_AUTO_TEST_SUITE(rate_limiter)

BOOST_AUTO_TEST_CASE(grants_up_to_each_limit_and_says_when_there_is_room_again) {
  rate_limiter_state windows{small()};
  BOOST_TEST(windows.reserve(at(0s), {{}, 1, 1}).granted());
  BOOST_TEST(windows.reserve(at(10s), {{}, 1, 1}).granted());
  const auto refused = windows.reserve(at(20s), {{}, 1, 1});
  BOOST_TEST(static_cast<int>(refused.refused) == static_cast<int>(ec::rate_limited));
  BOOST_TEST(refused.window == "minute");
  // The first job leaves the window just after a minute.
  BOOST_TEST((refused.retry_after == 40s + 1us));
  BOOST_TEST(!windows.reserve(at(60s), {{}, 1, 1}).granted());
  BOOST_TEST(windows.reserve(at(60s + 1us), {{}, 1, 1}).granted());
  const auto hour = windows.reserve(at(10min), {{}, 1, 1});
  BOOST_TEST(hour.window == "hour");
  BOOST_TEST((hour.retry_after == 50min + 1us));
}

BOOST_AUTO_TEST_CASE(a_check_answers_as_a_reservation_would_and_takes_nothing) {
  rate_limiter_state windows{small()};
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(windows.check(at(0s), {{}, 1, 4}).granted());
  BOOST_TEST(windows.reserve(at(0s), {{}, 1, 2}).granted());
  const auto refused = windows.check(at(1s), {{}, 1, 3});
  BOOST_TEST(refused.window == "day");
  const auto same = windows.reserve(at(1s), {{}, 1, 3});
  BOOST_TEST((refused.retry_after == same.retry_after));
  BOOST_TEST((windows.check(at(1s), {{}, 1, 5}).refused == ec::job_too_large));
  BOOST_TEST(windows.check(at(1s), {{}, 1, 2}).granted());
  BOOST_TEST(windows.usage(at(1s)).minute.current == 1u);
  BOOST_TEST(windows.usage(at(1s)).day.current == 2u);
}

BOOST_AUTO_TEST_CASE(consecutive_reservations_cover_the_calls_of_a_job) {
  rate_limiter_state windows{small()};
  const auto first = windows.reserve(at(0s), {{}, 1, 3});
  const auto second = windows.reserve(at(1s), {{}, 1, 1});
  BOOST_TEST(first.first == 1u);
  BOOST_TEST(second.first == 4u);
  BOOST_TEST(second.usage.day.current == 4u);
  BOOST_TEST(second.usage.day.remaining() == 0u);
}

BOOST_AUTO_TEST_CASE(a_call_counts_from_its_reservation_until_a_day_after_its_settlement) {
  rate_limiter_state windows{{.jobs_per_minute = 100, .jobs_per_hour = 100, .calls_per_day = 1}};
  const auto granted = windows.reserve(at(0s), {{}, 1, 1});
  BOOST_TEST(!windows.reserve(at(30h), {{}, 1, 1}).granted());
  windows.settle(at(31h), granted.first, 0, {});
  BOOST_TEST(!windows.reserve(at(55h), {{}, 1, 1}).granted());
  BOOST_TEST(windows.reserve(at(55h + 1us), {{}, 1, 1}).granted());
}

BOOST_AUTO_TEST_CASE(a_released_call_is_given_back_once) {
  rate_limiter_state windows{{.jobs_per_minute = 9, .jobs_per_hour = 9, .calls_per_day = 1}};
  const auto granted = windows.reserve(at(0s), {{}, 1, 1});
  windows.release(granted.first);
  windows.release(granted.first);
  windows.settle(at(1s), granted.first, 0, {});
  BOOST_TEST(windows.usage(at(1s)).day.current == 0u);
  BOOST_TEST(windows.reserve(at(1s), {{}, 1, 1}).granted());
}

BOOST_AUTO_TEST_CASE(a_revoked_admission_leaves_no_trace) {
  rate_limiter_state windows{small()};
  windows.reserve(at(0s), {{}, 1, 1});
  const auto granted = windows.reserve(at(1s), {{}, 1, 2});
  windows.revoke(granted);
  const auto u = windows.usage(at(1s));
  BOOST_TEST(u.minute.current == 1u);
  BOOST_TEST(u.hour.current == 1u);
  BOOST_TEST(u.day.current == 1u);
  BOOST_TEST(u.jobs_today == 1u);
}

BOOST_AUTO_TEST_CASE(a_job_that_no_day_can_hold_is_told_so) {
  rate_limiter_state windows{small()};
  const auto answer = windows.reserve(at(0s), {{}, 1, 5});
  BOOST_TEST(static_cast<int>(answer.refused) == static_cast<int>(ec::job_too_large));
  BOOST_TEST(windows.usage(at(0s)).day.current == 0u);
}

BOOST_AUTO_TEST_CASE(time_that_runs_backwards_opens_no_window) {
  rate_limiter_state windows{small()};
  windows.reserve(at(2h), {{}, 1, 1});
  windows.reserve(at(2h), {{}, 1, 1});
  const auto refused = windows.reserve(at(0h), {{}, 1, 1});
  BOOST_TEST(refused.window == "minute");
  BOOST_TEST((refused.retry_after == 60s + 1us));
}

BOOST_AUTO_TEST_CASE(windows_are_rebuilt_from_the_ledger) {
  rate_limiter_state windows{small()};
  windows.restore(at(2h),
                  {{{at(90min), {}}, {at(2h - 30s), {}}}, {{5, at(1h)}, {7, std::nullopt}, {6, at(30min)}}, {}, 8});
  const auto u = windows.usage(at(2h));
  BOOST_TEST(u.minute.current == 1u);
  BOOST_TEST(u.hour.current == 2u);
  BOOST_TEST(u.day.current == 3u);
  BOOST_TEST(u.jobs_today == 2u);
  const auto granted = windows.reserve(at(2h), {{}, 1, 1});
  BOOST_TEST(granted.first == 8u);
  BOOST_TEST(windows.reserve(at(2h), {{}, 1, 1}).window == "day");
  // What was reserved when the last process ended can still be settled or released.
  windows.release(7);
  BOOST_TEST(windows.usage(at(2h)).day.current == 3u);
}

/// One step of a client, a worker or the clock.
struct step {
  int kind;
  int seconds;
  std::uint32_t calls;
};

std::ostream& operator<<(std::ostream& out, const step& s) {
  return out << "{" << s.kind << ", " << s.seconds << " s, " << s.calls << "}";
}

std::vector<step> any_steps() {
  return *rc::gen::container<std::vector<step>>(rc::gen::build<step>(
      rc::gen::set(&step::kind, rc::gen::inRange(0, 6)),
      rc::gen::set(&step::seconds, rc::gen::weightedOneOf<int>({{6, rc::gen::inRange(0, 40)},
                                                                {3, rc::gen::inRange(0, 4000)},
                                                                {1, rc::gen::inRange(-90000, 90000)}})),
      rc::gen::set(&step::calls, rc::gen::inRange<std::uint32_t>(0, 4))));
}

/// The most events that any closed interval of that length holds, by trying each that ends at an event.
std::size_t most_in_any(const std::vector<timestamp>& events, duration span) {
  std::size_t most = 0;
  for (const auto end : events)
    most = std::max(most, static_cast<std::size_t>(
                              std::ranges::count_if(events, [&](timestamp t) { return t <= end && t >= end - span; })));
  return most;
}

BOOST_AUTO_TEST_CASE(no_window_at_any_offset_exceeds_its_limit_and_a_denial_changes_nothing) {
  const bool holds = rc::check("windows against a brute-force log", [] {
    const auto steps = any_steps();
    const auto config = small();
    rate_limiter_state windows{config};
    // Time as the limiter may count on it: it never runs backwards.
    auto now = at(48h);
    auto shown = now;
    windows.usage(now);
    std::vector<timestamp> jobs;
    std::vector<timestamp> calls;
    struct open_call {
      reservation_id id;
      bool made;
    };
    std::deque<open_call> open;
    for (const auto& s : steps) {
      shown += std::chrono::seconds{s.seconds};
      now = std::max(now, shown);
      windows.usage(shown);
      switch (s.kind) {
      case 0:
      case 1:
      case 2: {
        const auto before = windows.usage(shown);
        const auto answer = windows.reserve(shown, {{}, 1, s.calls});
        if (answer.granted()) {
          jobs.push_back(now);
          for (std::uint32_t i = 0; i < s.calls; ++i)
            open.push_back({answer.first + i, false});
        } else {
          const auto after = windows.usage(shown);
          RC_ASSERT(after.minute.current == before.minute.current);
          RC_ASSERT(after.hour.current == before.hour.current);
          RC_ASSERT(after.day.current == before.day.current);
          RC_ASSERT(answer.retry_after > duration::zero());
        }
        break;
      }
      case 3: // a call is sent
        for (auto& call : open)
          if (!call.made) {
            call.made = true;
            calls.push_back(now);
            break;
          }
        break;
      case 4: // its answer comes
        if (!open.empty() && open.front().made) {
          windows.settle(shown, open.front().id, 0, {});
          open.pop_front();
        }
        break;
      case 5: // it is given up unsent
        if (!open.empty() && !open.back().made) {
          windows.release(open.back().id);
          open.pop_back();
        }
        break;
      }
    }
    RC_ASSERT(most_in_any(jobs, 60s) <= config.jobs_per_minute);
    RC_ASSERT(most_in_any(jobs, 3600s) <= config.jobs_per_hour);
    RC_ASSERT(most_in_any(calls, 24h) <= config.calls_per_day);
  });
  BOOST_TEST(holds);
}

// Five calls were made at a limit of 2 that had been lowered from 10: what was reserved before was begun all the same.
BOOST_AUTO_TEST_CASE(a_lowered_limit_binds_what_was_reserved_before) {
  rate_limiter_state windows{{.jobs_per_minute = 9, .jobs_per_hour = 9, .calls_per_day = 2}};
  std::vector<spend_record> spends{{1, at(0s)}};
  for (reservation_id id = 2; id <= 6; ++id)
    spends.push_back({id, std::nullopt});
  windows.restore(at(1h), {{}, spends, {}, 7});
  BOOST_TEST(windows.usage(at(1h)).day.current == 2u);
  BOOST_TEST(windows.claim(at(1h), 2, {}).granted());
  BOOST_TEST(windows.claim(at(1h), 2, {}).granted());
  const auto denied = windows.claim(at(1h), 3, {});
  BOOST_TEST(static_cast<int>(denied.refused) == static_cast<int>(ec::rate_limited));
  BOOST_TEST((denied.retry_after == 23h + 1us));
  BOOST_TEST(windows.usage(at(1h)).day.current == 2u);
  windows.settle(at(2h), 2, 0, {});
  BOOST_TEST(!windows.claim(at(24h), 3, {}).granted());
  BOOST_TEST(windows.claim(at(24h + 1us), 3, {}).granted());
  BOOST_TEST(!windows.claim(at(24h + 1us), 4, {}).granted());
  // Nothing was sent: there is room for another.
  windows.release(3);
  BOOST_TEST(windows.claim(at(24h + 1us), 4, {}).granted());
  // What waits has precedence over new jobs.
  BOOST_TEST(!windows.reserve(at(26h + 1us), {{}, 1, 1}).granted());
  // What was settled or is not known may be claimed: it changes nothing.
  BOOST_TEST(windows.claim(at(25h), 2, {}).granted());
  BOOST_TEST(windows.claim(at(25h), 99, {}).granted());
}

BOOST_AUTO_TEST_CASE(no_call_is_begun_beyond_the_limit_of_its_day_whatever_restarts_make_of_it) {
  const bool holds = rc::check("restarts that change the limit, against a brute-force log", [] {
    const auto steps = any_steps();
    rate_limiter_config config{.jobs_per_minute = 1000, .jobs_per_hour = 1000, .calls_per_day = 9};
    auto windows = std::make_unique<rate_limiter_state>(config);
    auto now = at(48h);
    struct logged_call {
      reservation_id id;
      bool begun = false;
      std::optional<timestamp> over;
      bool released = false;
    };
    std::vector<logged_call> log;
    const auto may_begin = [&] {
      return std::ranges::count_if(log, [&](const auto& c) {
               return c.begun && !c.released && (!c.over || *c.over >= now - 24h);
             }) < config.calls_per_day;
    };
    const auto find = [&](auto wanted) { return std::ranges::find_if(log, wanted); };
    for (const auto& s : steps) {
      now += std::chrono::seconds{std::abs(s.seconds)};
      switch (s.kind) {
      case 0:
        if (const auto answer = windows->reserve(now, {{}, 1, s.calls}); answer.granted())
          for (std::uint32_t i = 0; i < s.calls; ++i)
            log.push_back({answer.first + i, false, std::nullopt, false});
        break;
      case 1:
      case 2: { // a call is to be begun
        const auto call = find([](const auto& c) { return !c.begun && !c.released; });
        if (call == log.end())
          break;
        const bool granted = windows->claim(now, call->id, {}).granted();
        // Neither too many nor fewer than there is room for.
        RC_ASSERT(granted == may_begin());
        call->begun = granted;
        break;
      }
      case 3:
        if (const auto call = find([](const auto& c) { return c.begun && !c.over; }); call != log.end()) {
          windows->settle(now, call->id, 0, {});
          call->over = now;
        }
        break;
      case 4:
        if (const auto call = find([](const auto& c) { return !c.over && !c.released; }); call != log.end()) {
          windows->release(call->id);
          call->over = now;
          call->released = true;
        }
        break;
      case 5: { // the process ends; what was under way counts as spent
        std::vector<spend_record> spends;
        for (auto& c : log) {
          if (c.begun && !c.over)
            c.over = now;
          if (!c.released)
            spends.push_back({c.id, c.over});
        }
        config.calls_per_day = 1 + s.calls * 2;
        windows = std::make_unique<rate_limiter_state>(config);
        windows->restore(now, {{}, spends, {}, log.size() + 1});
        break;
      }
      }
      const auto day = windows->usage(now).day;
      const auto made = static_cast<std::uint64_t>(
          std::ranges::count_if(log, [&](const auto& c) { return !c.released && c.over && *c.over >= now - 24h; }));
      RC_ASSERT(day.current <= std::max<std::uint64_t>(day.limit, made));
    }
  });
  BOOST_TEST(holds);
}

BOOST_AUTO_TEST_CASE(waiting_as_told_is_enough) {
  const bool holds = rc::check("retry_after is sufficient", [] {
    const auto steps = any_steps();
    rate_limiter_state windows{small()};
    auto now = at(0s);
    for (const auto& s : steps) {
      now += std::chrono::seconds{std::abs(s.seconds)};
      const auto calls = s.calls + 1;
      auto answer = windows.reserve(now, {{}, 1, calls});
      if (!answer.granted()) {
        RC_ASSERT(!windows.reserve(now + answer.retry_after - 1us, {{}, 1, calls}).granted());
        now += answer.retry_after;
        answer = windows.reserve(now, {{}, 1, calls});
        RC_ASSERT(answer.granted());
      }
      for (std::uint32_t i = 0; i < calls; ++i)
        windows.settle(now, answer.first + i, 0, {});
    }
  });
  BOOST_TEST(holds);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
