#include "core/limits/limit_name.hpp"
#include "core/limits/rate_limiter.hpp"
#include "support/literal_time.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

// Limits by owner, on calls and on what they cost, over every window.

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

constexpr rate_limiter_config wide{.jobs_per_minute = 1000, .jobs_per_hour = 1000, .calls_per_day = 1000};
constexpr micro_dollars price = 1500;

spending_limits limit(window_kind w, window_limits limits) {
  spending_limits all;
  all.in(w) = limits;
  return all;
}

demand of(const owner_name& owner, std::uint32_t calls) {
  return {{owner}, 1, calls};
}

void settle_all(rate_limiter_state& limiter, timestamp now, const admission& granted, const owner_name& owner) {
  for (std::uint32_t i = 0; i < granted.calls; ++i)
    limiter.settle(now, granted.first + i, price, {{owner, {whole_call, price}}});
}

BOOST_AUTO_TEST_SUITE(owner_limits)

BOOST_AUTO_TEST_CASE(a_limit_of_one_key_is_in_nobody_else_s_way_and_is_named) {
  rate_limiter_state limiter{
      wide, {price}, {{"alice", limit(window_kind::day, {std::nullopt, 2, std::nullopt})}, {"bob", {}}}};
  BOOST_TEST(limiter.reserve(at(0s), of("alice", 2)).granted());
  const auto refused = limiter.reserve(at(1s), of("alice", 1));
  BOOST_TEST((refused.refused == ec::rate_limited));
  BOOST_TEST(limit_name(refused) == "the limit of key \"alice\" of 2 calls a day (calls-per-day)");
  BOOST_TEST(limiter.reserve(at(1s), of("bob", 3)).granted());
  const auto never = limiter.reserve(at(2s), of("alice", 3));
  BOOST_TEST((never.refused == ec::job_too_large));
}

BOOST_AUTO_TEST_CASE(a_budget_is_kept_to_the_millionth) {
  auto limits = wide;
  limits.budget_per_hour = 3 * price + price - 1;
  rate_limiter_state limiter{limits, {price}};
  const auto three = limiter.reserve(at(0s), of({}, 3));
  BOOST_TEST(three.granted());
  const auto refused = limiter.reserve(at(1s), of({}, 1));
  BOOST_TEST((refused.refused == ec::rate_limited));
  BOOST_TEST(limit_name(refused) == "the service's limit of US$0.005999 an hour (HOURLY_BUDGET_USD)");
  settle_all(limiter, at(10s), three, {});
  BOOST_TEST(!limiter.reserve(at(10s + 1h), of({}, 1)).granted());
  BOOST_TEST(limiter.reserve(at(10s + 1h + 1us), of({}, 1)).granted());
}

BOOST_AUTO_TEST_CASE(a_month_is_one_of_the_calendar_where_the_engine_bills) {
  const billing_calendar los_angeles{"America/Los_Angeles"};
  auto limits = wide;
  limits.calls_per_month = 2;
  rate_limiter_state limiter{limits, {price, los_angeles}};
  // 2026-03-31 23:59:59 in Los Angeles, which is seven hours behind UTC then.
  const auto last_second = timestamp{std::chrono::sys_days{std::chrono::year{2026} / 4 / 1}} + 7h - 1s;
  const auto two = limiter.reserve(last_second, of({}, 2));
  settle_all(limiter, last_second, two, {});
  const auto refused = limiter.reserve(last_second, of({}, 1));
  BOOST_TEST(refused.window == "month");
  BOOST_TEST((refused.retry_after == 1s));
  BOOST_TEST(limiter.reserve(last_second + 1s, of({}, 2)).granted());
}

BOOST_AUTO_TEST_CASE(what_is_held_counts_in_the_next_month_too) {
  auto limits = wide;
  limits.calls_per_month = 1;
  rate_limiter_state limiter{limits, {price}};
  const auto begin = timestamp{std::chrono::sys_days{std::chrono::year{2026} / 5 / 1}};
  const auto held = limiter.reserve(begin - 1s, of({}, 1));
  BOOST_TEST(!limiter.reserve(begin + 1s, of({}, 1)).granted());
  limiter.release(held.first);
  BOOST_TEST(limiter.reserve(begin + 1s, of({}, 1)).granted());
}

BOOST_AUTO_TEST_CASE(a_shared_call_is_held_by_each_as_a_whole_and_counts_by_the_share) {
  const auto one_a_day = limit(window_kind::day, {std::nullopt, 1, std::nullopt});
  rate_limiter_state limiter{wide, {price}, {{"alice", one_a_day}, {"bob", one_a_day}}};
  const auto opened = limiter.reserve(at(0s), of("alice", 1));
  auto boards = of("bob", 0);
  boards.boards = {opened.first};
  const auto boarded = limiter.reserve(at(1s), boards);
  BOOST_TEST(boarded.granted());
  BOOST_TEST(boarded.boarded.size() == 1U);
  // He holds it already.
  BOOST_TEST(limiter.check(at(2s), boards).granted());
  BOOST_TEST(!limiter.check(at(2s), of("bob", 1)).granted());
  // The service holds it once.
  BOOST_TEST(limiter.usage(at(2s)).day.current == 1U);
  limiter.settle(at(3s), opened.first, price, {{"alice", {250'000, 375}}, {"bob", {750'000, 1125}}});
  const auto u = limiter.usage(at(3s), "bob");
  BOOST_TEST(u.used_today.calls == 750'000U);
  BOOST_TEST(u.used_this_month.price == 1125U);
  BOOST_TEST(limiter.usage(at(3s)).used_today.calls == whole_call);
  // A quarter of a call is left, and a call may cost all of itself.
  BOOST_TEST(!limiter.reserve(at(4s), of("bob", 1)).granted());
}

BOOST_AUTO_TEST_CASE(a_revoked_job_gives_back_what_it_held_of_others_calls) {
  rate_limiter_state limiter{
      wide, {price}, {{"alice", {}}, {"bob", limit(window_kind::day, {std::nullopt, 1, std::nullopt})}}};
  const auto opened = limiter.reserve(at(0s), of("alice", 1));
  auto boards = of("bob", 0);
  boards.boards = {opened.first};
  limiter.revoke(limiter.reserve(at(1s), boards));
  BOOST_TEST(limiter.reserve(at(2s), of("bob", 1)).granted());
}

BOOST_AUTO_TEST_CASE(one_job_may_not_take_the_whole_day) {
  auto limits = wide;
  limits.calls_per_job = 100;
  rate_limiter_state limiter{limits, {price}};
  const auto refused = limiter.reserve(at(0s), of({}, 101));
  BOOST_TEST((refused.refused == ec::job_too_large));
  BOOST_TEST(limit_name(refused) == "the service's limit of 100 calls a job (MAX_CALLS_PER_JOB)");
  BOOST_TEST(limiter.reserve(at(0s), of({}, 100)).granted());
  // Others beside it are no part of it, and a retry is no job.
  demand beside{{}, 1, 100};
  beside.calls_beside = 500;
  BOOST_TEST(limiter.check(at(0s), beside).granted());
  // Together they are more than a day has, and how much of it the others need is known soon.
  beside.calls_beside = 950;
  const auto together = limiter.check(at(0s), beside);
  BOOST_TEST((together.refused == ec::rate_limited));
  BOOST_TEST((together.retry_after == 1min));
  BOOST_TEST(limiter.reserve(at(0s), {{}, 0, 150}).granted());
}

BOOST_AUTO_TEST_CASE(a_job_that_is_too_large_is_told_which_limit_and_what_helps) {
  const auto told = [](spending_limits limits, demand wanted) {
    rate_limiter_state limiter{wide, {price}, {{"alice", limits}}};
    const auto refused = limiter.reserve(at(0s), wanted);
    BOOST_TEST((refused.refused == ec::job_too_large));
    return why_too_large(refused);
  };
  const std::string raise = "whoever runs the service can raise the limit";
  const std::string alices = "the limit of key \"alice\" of ";
  const auto by_budget = [](micro_dollars most) {
    return limit(window_kind::month, {std::nullopt, std::nullopt, most});
  };
  BOOST_TEST(told(by_budget(1000), of("alice", 1)) ==
             "the job needs 1 call for US$0.0015, and " + alices +
                 "US$0.001 a month (budget-per-month) never lets in so much: " + raise);
  BOOST_TEST(told(by_budget(1000), of("alice", 2)) ==
             "the job needs 2 calls for US$0.003, and " + alices +
                 "US$0.001 a month (budget-per-month) never lets in so much: " + raise);
  BOOST_TEST(told(by_budget(2000), of("alice", 2)) ==
             "the job needs 2 calls for US$0.003, and " + alices +
                 "US$0.002 a month (budget-per-month) never lets in so much: split the job");
  BOOST_TEST(told(limit(window_kind::day, {std::nullopt, 2, std::nullopt}), of("alice", 3)) ==
             "the job needs 3 calls, and " + alices +
                 "2 calls a day (calls-per-day) never lets in so much: split the job");
  BOOST_TEST(told(limit(window_kind::day, {0, std::nullopt, std::nullopt}), of("alice", 1)) ==
             alices + "0 jobs a day (jobs-per-day) lets no job in: " + raise);
  spending_limits by_job;
  by_job.calls_per_job = 1;
  BOOST_TEST(told(by_job, of("alice", 2)) == "the job needs 2 calls, and " + alices +
                                                 "1 call a job (calls-per-job) never lets in so much: split the job");
}

BOOST_AUTO_TEST_CASE(limits_that_change_bind_from_then_on) {
  rate_limiter_state limiter{wide, {price}, {{"alice", {}}}};
  settle_all(limiter, at(0s), limiter.reserve(at(0s), of("alice", 2)), "alice");
  limiter.set_owner_limits({{"alice", limit(window_kind::hour, {std::nullopt, 2, std::nullopt})}});
  BOOST_TEST(limiter.reserve(at(1s), of("alice", 1)).window == "hour");
  limiter.set_owner_limits({{"alice", {}}});
  BOOST_TEST(limiter.reserve(at(1s), of("alice", 1)).granted());
}

BOOST_AUTO_TEST_CASE(who_holds_no_key_any_more_begins_no_call) {
  rate_limiter_state limiter{wide, {price}, {{"alice", {}}, {"bob", {}}}};
  const auto held = limiter.reserve(at(0s), of("alice", 1));
  limiter.set_owner_limits({{"bob", {}}});
  const auto denied = limiter.reserve(at(1s), of("alice", 1));
  BOOST_TEST((denied.refused == ec::rate_limited));
  BOOST_TEST(denied.no_key);
  BOOST_TEST(denied.whose == "alice");
  BOOST_TEST((denied.retry_after == 1min));
  BOOST_TEST(why_denied(denied) == "no key has the name \"alice\" any more, so nobody pays for its jobs");
  BOOST_TEST(limiter.check(at(1s), of("alice", 1)).no_key);
  // Nor what was reserved before, which is still held.
  BOOST_TEST(limiter.claim(at(1s), held.first, {"alice"}).no_key);
  BOOST_TEST(limiter.usage(at(1s)).day.current == 1U);
  BOOST_TEST(limiter.reserve(at(1s), of("bob", 1)).granted());
  limiter.set_owner_limits({{"alice", {}}, {"bob", {}}});
  BOOST_TEST(limiter.claim(at(2s), held.first, {"alice"}).granted());
  BOOST_TEST(limiter.reserve(at(2s), of("alice", 1)).granted());
}

BOOST_AUTO_TEST_CASE(jobs_from_before_the_first_key_and_from_after_the_last_begin_no_call) {
  rate_limiter_state limiter{wide, {price}};
  spending_history history;
  history.spends = {{1, std::nullopt, 0, {}}};
  history.first_free = 2;
  limiter.restore(at(0s), history);
  // Without keys, everybody has no name.
  BOOST_TEST(limiter.reserve(at(0s), of({}, 1)).granted());
  BOOST_TEST(limiter.reserve(at(0s), of("alice", 1)).no_key);
  limiter.set_owner_limits({{"alice", {}}});
  const auto denied = limiter.reserve(at(0s), of({}, 1));
  BOOST_TEST(denied.no_key);
  BOOST_TEST(why_denied(denied) == "the job is from before the service had keys, so nobody pays for it");
  BOOST_TEST(limiter.claim(at(0s), 1, {{}}).no_key);
}

BOOST_AUTO_TEST_CASE(a_call_that_somebody_with_a_key_pays_for_is_made_within_the_limits_of_all_aboard) {
  rate_limiter_state limiter{
      wide, {price}, {{"alice", limit(window_kind::day, {std::nullopt, 1, std::nullopt})}, {"bob", {}}}};
  const auto opened = limiter.reserve(at(0s), of("alice", 1));
  auto boards = of("bob", 0);
  boards.boards = {opened.first};
  BOOST_TEST(limiter.reserve(at(0s), boards).granted());
  limiter.set_owner_limits({{"bob", {}}});
  BOOST_TEST(limiter.claim(at(1s), opened.first, {"alice", "bob"}).granted());
  // Whoever has left pays no more.
  BOOST_TEST(limiter.claim(at(1s), opened.first, {"alice"}).no_key);
  // Another attempt of both would be alice's second.
  const auto denied = limiter.reserve(at(1s), {{"alice", "bob"}, 0, 1});
  BOOST_TEST(denied.whose == "alice");
  BOOST_TEST(!denied.no_key);
}

BOOST_AUTO_TEST_CASE(the_accounts_bring_the_month_back_after_a_restart) {
  auto limits = wide;
  limits.calls_per_month = 10;
  rate_limiter_state limiter{
      limits, {price}, {{"alice", limit(window_kind::month, {std::nullopt, 4, std::nullopt})}, {"bob", {}}}};
  const auto begin = timestamp{std::chrono::sys_days{std::chrono::year{2026} / 5 / 1}};
  spending_history history;
  history.accounts = {{begin - 15min, "alice", {3, 7 * whole_call, 7 * price}},
                      {begin, "alice", {1, 3 * whole_call, 3 * price}},
                      {begin + 24h, {}, {1, 2 * whole_call, 2 * price}}};
  history.spends = {{7, std::nullopt, 0, {{"alice", {}}}}};
  history.first_free = 8;
  limiter.restore(begin + 72h, history);
  BOOST_TEST(limiter.usage(begin + 72h).used_this_month.calls == 5 * whole_call);
  // Three are used, and one is held.
  BOOST_TEST(limiter.reserve(begin + 72h, of("alice", 1)).window == "month");
  limiter.release(7);
  BOOST_TEST(limiter.reserve(begin + 72h, of("alice", 1)).granted());
  BOOST_TEST(!limiter.reserve(begin + 72h, of("bob", 5)).granted());
  BOOST_TEST(limiter.reserve(begin + 72h, of("bob", 4)).granted());
}

BOOST_AUTO_TEST_CASE(a_kept_call_is_claimed_only_where_its_payer_has_room) {
  rate_limiter_state limiter{wide, {price}, {{"alice", limit(window_kind::day, {std::nullopt, 1, std::nullopt})}}};
  spending_history history;
  history.spends = {{1, at(0s), price, {{"alice", {whole_call, price}}}}, {2, std::nullopt, 0, {{"alice", {}}}}};
  history.first_free = 3;
  limiter.restore(at(1h), history);
  const auto denied = limiter.claim(at(1h), 2, {"alice"});
  BOOST_TEST((denied.refused == ec::rate_limited));
  BOOST_TEST((denied.retry_after == 23h + 1us));
  BOOST_TEST(limiter.claim(at(24h + 1us), 2, {"alice"}).granted());
}

/// What was really used, and by whom.
struct logged_use {
  timestamp at;
  owner_name owner;
  amounts used;
};

/// The most that any window of that length has held of that measure, over all owners or one of them.
std::uint64_t most(const std::vector<logged_use>& log, const owner_name* whose, duration span, measure m) {
  std::uint64_t worst = 0;
  for (const auto& end : log) {
    std::uint64_t sum = 0;
    for (const auto& use : log)
      if ((whose == nullptr || use.owner == *whose) && use.at <= end.at && use.at >= end.at - span)
        sum += use.used.of(m);
    worst = std::max(worst, sum);
  }
  return worst;
}

BOOST_AUTO_TEST_CASE(no_window_of_anybody_ever_holds_more_than_its_limit) {
  const bool holds = rc::check("limits by owner against a brute-force log", [] {
    const auto some = [](std::uint32_t low, std::uint32_t high) { return *rc::gen::inRange(low, high + 1); };
    const auto any_limits = [&] {
      spending_limits limits;
      for (const auto w : all_windows) {
        if (some(0, 2) == 0)
          limits.in(w).calls = some(1, 6);
        if (some(0, 2) == 0)
          limits.in(w).budget = some(1, 6) * price + some(0, 700);
        if (some(0, 3) == 0)
          limits.in(w).jobs = some(1, 6);
      }
      return limits;
    };
    const std::vector<owner_name> owners{"a", "b"};
    const glyphgate::owner_limits by_name{{"a", any_limits()}, {"b", any_limits()}};
    auto service = wide;
    service.calls_per_day = some(1, 12);
    service.budget_per_hour = some(1, 9) * price;
    rate_limiter_state limiter{service, {price}, by_name};

    auto now = at(48h);
    std::vector<logged_use> log;
    // Calls that are not over, with those that ride in them.
    std::map<reservation_id, std::vector<owner_name>> open;
    for (int step = 0; step < 60; ++step) {
      now += std::chrono::seconds{some(0, 3) == 0 ? some(0, 40'000) : some(0, 50)};
      const auto& owner = owners[some(0, 1)];
      switch (some(0, 4)) {
      case 0:
      case 1: {
        demand wanted = of(owner, some(0, 3));
        for (const auto& [id, aboard] : open)
          if (some(0, 3) == 0)
            wanted.boards.push_back(id);
        const auto answer = limiter.reserve(now, wanted);
        if (!answer.granted())
          break;
        if (some(0, 5) == 0) {
          limiter.revoke(answer);
          break;
        }
        log.push_back({now, owner, {1, 0, 0}});
        for (const auto id : wanted.boards)
          if (auto& aboard = open.at(id); std::ranges::find(aboard, owner) == aboard.end())
            aboard.push_back(owner);
        for (std::uint32_t i = 0; i < answer.calls; ++i)
          open[answer.first + i] = {owner};
        break;
      }
      case 2:
      case 3:
        if (!open.empty()) {
          const auto call = open.begin();
          // One pays some of it, the other the rest.
          std::vector<owner_share> payers;
          micro_calls rest = whole_call;
          for (const auto& rider : call->second) {
            const auto part = &rider == &call->second.back() ? rest : some(0, static_cast<std::uint32_t>(rest));
            rest -= part;
            payers.push_back({rider, {part, part * price / whole_call}});
            log.push_back({now, rider, {0, part, part * price / whole_call}});
          }
          limiter.settle(now, call->first, price, payers);
          open.erase(call);
        }
        break;
      default:
        if (!open.empty()) {
          limiter.release(open.rbegin()->first);
          open.erase(std::prev(open.end()));
        }
      }
    }
    const auto span = [](window_kind w) {
      return w == window_kind::minute ? duration{1min} : w == window_kind::hour ? duration{1h} : duration{24h};
    };
    RC_ASSERT(most(log, nullptr, 24h, measure::calls) <= service.calls_per_day * whole_call);
    RC_ASSERT(most(log, nullptr, 1h, measure::budget) <= service.budget_per_hour);
    const billing_calendar utc;
    for (const auto& [owner, limits] : by_name)
      for (const auto m : {measure::jobs, measure::calls, measure::budget}) {
        for (const auto w : {window_kind::minute, window_kind::hour, window_kind::day})
          if (const auto bound = limit_of(limits, w, m))
            RC_ASSERT(most(log, &owner, span(w), m) <= *bound);
        std::map<timestamp, std::uint64_t> months;
        for (const auto& use : log)
          if (use.owner == owner)
            months[utc.month_of(use.at).begin] += use.used.of(m);
        if (const auto bound = limit_of(limits, window_kind::month, m))
          for (const auto& [month, sum] : months)
            RC_ASSERT(sum <= *bound);
      }
  });
  BOOST_TEST(holds);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
