#include "core/limits/rate_limiter.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate {

namespace {

template <class T>
std::optional<T> if_set(T limit) {
  return limit == 0 ? std::nullopt : std::optional{limit};
}

constexpr duration span_of(window_kind w) {
  return w == window_kind::minute ? std::chrono::minutes{1}
         : w == window_kind::hour ? std::chrono::hours{1}
                                  : std::chrono::hours{24};
}

/// Nobody knows when a key is given again.
constexpr duration ask_for_key_again = std::chrono::minutes{1};

/// Whole calls: a part of one counts as one.
std::uint64_t calls_in(micro_calls calls) {
  return (calls + whole_call - 1) / whole_call;
}

} // namespace

spending_limits limits_of_service(const rate_limiter_config& config) {
  spending_limits limits;
  limits.in(window_kind::minute) = {config.jobs_per_minute, if_set(config.calls_per_minute),
                                    if_set(config.budget_per_minute)};
  limits.in(window_kind::hour) = {config.jobs_per_hour, if_set(config.calls_per_hour), if_set(config.budget_per_hour)};
  limits.in(window_kind::day) = {std::nullopt, config.calls_per_day, if_set(config.budget_per_day)};
  limits.in(window_kind::month) = {std::nullopt, if_set(config.calls_per_month), if_set(config.budget_per_month)};
  limits.calls_per_job = if_set(config.calls_per_job);
  limits.pages_per_job = if_set(config.pages_per_job);
  return limits;
}

rate_limiter_state::rate_limiter_state(const rate_limiter_config& config, billing bills, owner_limits owners)
    : bills_{std::move(bills)},
      service_{limits_of_service(config), bills_.calendar} {
  set_owner_limits(std::move(owners));
}

void rate_limiter_state::set_owner_limits(owner_limits owners) {
  limits_ = std::move(owners);
  for (const auto& [owner, limits] : limits_)
    if (const auto known = accounts_.find(owner); known != accounts_.end())
      known->second.set_limits(limits);
}

spending_limits rate_limiter_state::limits_for(const owner_name& owner) const {
  const auto found = limits_.find(owner);
  return found == limits_.end() ? spending_limits{} : found->second;
}

usage_account& rate_limiter_state::account_of(const owner_name& owner) {
  auto known = accounts_.find(owner);
  if (known == accounts_.end())
    known = accounts_.try_emplace(owner, limits_for(owner), bills_.calendar).first;
  known->second.advance(last_seen_);
  return known->second;
}

timestamp rate_limiter_state::advance(timestamp now) {
  last_seen_ = std::max(last_seen_, now);
  service_.advance(last_seen_);
  return last_seen_;
}

template <class Work>
void rate_limiter_state::each_holder(const reservation& r, Work work) {
  work(service_);
  for (const auto& owner : r.holders)
    work(account_of(owner));
}

void rate_limiter_state::restore(timestamp now, const spending_history& history) {
  struct use {
    timestamp at;
    owner_name owner;
    amounts of_service;
    amounts of_owner;
  };
  std::vector<use> used;
  for (const auto& [at, owner] : history.jobs)
    used.push_back({at, owner, of(1, 0), of(1, 0)});
  for (const auto& spend : history.spends)
    if (spend.settled_at) {
      used.push_back({*spend.settled_at, {}, {0, whole_call, spend.price}, {}});
      for (const auto& [owner, pays] : spend.payers)
        used.push_back({*spend.settled_at, owner, {}, {0, pays.calls, pays.price}});
    }
  std::ranges::stable_sort(used, {}, &use::at);
  // Nothing is added to the month, which the accounts tell: their sum is right to the quarter of an hour, and has what
  // the ledger has forgotten.
  for (const auto& u : used) {
    last_seen_ = std::max(last_seen_, u.at);
    service_.use_rolling(last_seen_, u.of_service);
    if (!u.owner.empty())
      account_of(u.owner).use_rolling(last_seen_, u.of_owner);
  }
  advance(now);
  for (const auto& entry : history.accounts) {
    service_.use_this_month(entry.quarter, entry.used);
    if (!entry.owner.empty())
      account_of(entry.owner).use_this_month(entry.quarter, entry.used);
  }
  for (const auto& spend : history.spends) {
    if (spend.settled_at)
      continue;
    auto& r = open_[spend.id];
    r.claimed = false;
    for (const auto& payer : spend.payers)
      if (!payer.owner.empty())
        r.holders.push_back(payer.owner);
    each_holder(r, [this](usage_account& account) { account.hold(one_call(), false); });
  }
  next_ = std::max(next_, history.first_free);
}

std::vector<reservation_id> rate_limiter_state::not_held(const owner_name& owner,
                                                         const std::vector<reservation_id>& ids) const {
  std::vector<reservation_id> result;
  for (const auto id : ids) {
    const auto found = open_.find(id);
    if (found != open_.end() && std::ranges::find(found->second.holders, owner) == found->second.holders.end() &&
        std::ranges::find(result, id) == result.end())
      result.push_back(id);
  }
  return result;
}

void rate_limiter_state::deny(admission& answer, const owner_name& whose, const shortage& s, const amounts& more) {
  if (answer.refused == ec::job_too_large)
    return;
  const auto wait = std::max(duration{1}, s.opens - answer.at);
  if (!s.never && !answer.granted() && wait <= answer.retry_after)
    return;
  answer.refused = s.never ? ec::job_too_large : ec::rate_limited;
  answer.window = to_string(s.window);
  answer.what = s.what;
  answer.whose = whose;
  answer.limit = s.limit;
  answer.needed = more.of(s.what);
  answer.needed_calls = more.calls / whole_call;
  answer.retry_after = s.never ? duration{} : wait;
}

bool rate_limiter_state::deny_without_key(admission& answer, const std::vector<owner_name>& payers) const {
  const auto first = payers.empty() ? owner_name{} : payers.front();
  if (holds_key(first) || std::ranges::any_of(payers, [this](const auto& owner) { return holds_key(owner); }))
    return false;
  answer.refused = ec::rate_limited;
  answer.no_key = true;
  answer.whose = first;
  answer.retry_after = ask_for_key_again;
  return true;
}

admission rate_limiter_state::decide(timestamp at, const demand& wanted) {
  admission answer;
  answer.at = at;
  answer.jobs = wanted.jobs;
  answer.calls = wanted.calls;
  answer.payers = wanted.payers;
  std::erase(answer.payers, owner_name{});
  if (deny_without_key(answer, wanted.payers))
    return answer;

  const auto check_job = [&](const owner_name& whose, const spending_limits& limits) {
    if (wanted.jobs == 0 || !limits.calls_per_job || wanted.calls <= *limits.calls_per_job || !answer.granted())
      return;
    answer.refused = ec::job_too_large;
    answer.window = "job";
    answer.what = measure::calls;
    answer.whose = whose;
    answer.limit = *limits.calls_per_job * whole_call;
    answer.needed = wanted.calls * whole_call;
    answer.needed_calls = wanted.calls;
  };
  check_job({}, service_.limits());
  const auto own = of(wanted.jobs, wanted.calls);
  if (const auto s = service_.lacks(at, own)) {
    deny(answer, {}, *s, own);
  } else if (auto together = service_.lacks(at, own + of(wanted.jobs_beside, wanted.calls_beside))) {
    if (std::exchange(together->never, false)) {
      // It fits by itself, and how much of the rest those need is known soon.
      together->opens = at + std::chrono::minutes{1};
    }
    deny(answer, {}, *together, own);
  }
  for (const auto& owner : answer.payers) {
    auto& account = account_of(owner);
    const bool is_first = owner == answer.payers.front();
    const auto boarded = not_held(owner, wanted.boards);
    if (is_first)
      answer.boarded = boarded;
    check_job(owner, account.limits());
    const auto his = of(is_first ? wanted.jobs : 0, wanted.calls + boarded.size());
    if (const auto s = account.lacks(at, his))
      deny(answer, owner, *s, his);
  }
  return answer;
}

admission rate_limiter_state::check(timestamp now, const demand& wanted) {
  auto answer = decide(advance(now), wanted);
  answer.usage = usage(answer.at, wanted.payers.empty() ? owner_name{} : wanted.payers.front());
  return answer;
}

admission rate_limiter_state::reserve(timestamp now, const demand& wanted) {
  auto answer = decide(advance(now), wanted);
  if (answer.granted()) {
    const auto jobs = of(answer.jobs, 0);
    service_.use(answer.at, jobs);
    if (!answer.payers.empty())
      account_of(answer.payers.front()).use(answer.at, jobs);
    answer.first = next_;
    for (std::uint32_t i = 0; i < answer.calls; ++i) {
      const auto& r = open_.emplace(next_++, reservation{answer.payers, true}).first->second;
      each_holder(r, [this](usage_account& account) { account.hold(one_call(), true); });
    }
    for (const auto id : answer.boarded) {
      auto& r = open_.at(id);
      r.holders.push_back(answer.payers.front());
      account_of(answer.payers.front()).hold(one_call(), r.claimed);
    }
  } else {
    answer.boarded.clear();
  }
  answer.usage = usage(answer.at, wanted.payers.empty() ? owner_name{} : wanted.payers.front());
  return answer;
}

admission rate_limiter_state::claim(timestamp now, reservation_id id, const std::vector<owner_name>& payers) {
  admission answer;
  answer.at = advance(now);
  const auto found = open_.find(id);
  if (found != open_.end() && !deny_without_key(answer, payers) && !found->second.claimed) {
    if (const auto s = service_.lacks_to_claim(answer.at, one_call()))
      deny(answer, {}, *s, one_call());
    for (const auto& owner : found->second.holders)
      if (const auto s = account_of(owner).lacks_to_claim(answer.at, one_call()))
        deny(answer, owner, *s, one_call());
    if (answer.granted()) {
      found->second.claimed = true;
      each_holder(found->second, [this](usage_account& account) { account.claim(one_call()); });
    } else {
      // A limit may be raised again: whatever is in the way, the call waits.
      answer.refused = ec::rate_limited;
      answer.retry_after = std::max<duration>(answer.retry_after, duration{1});
    }
  }
  answer.usage = usage(answer.at);
  return answer;
}

void rate_limiter_state::settle(timestamp now, reservation_id id, micro_dollars price,
                                const std::vector<owner_share>& payers) {
  const auto at = advance(now);
  const auto node = open_.extract(id);
  if (node.empty())
    return;
  const auto& r = node.mapped();
  each_holder(r, [&](usage_account& account) { account.let_go(one_call(), r.claimed); });
  service_.use(at, {0, whole_call, price});
  for (const auto& [owner, pays] : payers)
    if (!owner.empty())
      account_of(owner).use(at, {0, pays.calls, pays.price});
}

void rate_limiter_state::release(reservation_id id) {
  const auto node = open_.extract(id);
  if (node.empty())
    return;
  const auto& r = node.mapped();
  each_holder(r, [&](usage_account& account) { account.let_go(one_call(), r.claimed); });
}

void rate_limiter_state::revoke(const admission& granted) {
  const auto jobs = of(granted.jobs, 0);
  service_.take_back(granted.at, jobs);
  if (!granted.payers.empty())
    account_of(granted.payers.front()).take_back(granted.at, jobs);
  for (std::uint32_t i = 0; i < granted.calls; ++i)
    release(granted.first + i);
  for (const auto id : granted.boarded) {
    const auto found = open_.find(id);
    if (found != open_.end() && std::erase(found->second.holders, granted.payers.front()) != 0)
      account_of(granted.payers.front()).let_go(one_call(), found->second.claimed);
  }
}

window_usage rate_limiter_state::usage_of(const usage_account& account, timestamp now, window_kind w, measure m,
                                          std::uint64_t limit) {
  window_usage u;
  const auto held = account.held().of(m);
  const auto claimed = account.claimed().of(m);
  const auto used = account.used(w).of(m);
  // What waits to be claimed fills the window, and does not go beyond the limit.
  u.current = std::max(used + claimed, std::min(limit, used + held));
  u.limit = limit;
  u.span = span_of(w);
  if (const auto leaves = account.leaves_at(now, w, m))
    u.until_room = *leaves - now;
  return u;
}

void rate_limiter_state::add_limits(limiter_usage& u, const owner_name& whose, const usage_account& account) const {
  for (const auto w : all_windows)
    for (const auto m : {measure::jobs, measure::calls, measure::budget})
      if (const auto limit = limit_of(account.limits(), w, m)) {
        const auto window = usage_of(account, last_seen_, w, m, *limit);
        u.limits.push_back({whose, w, m, window.current, *limit, window.until_room});
      }
}

limiter_usage rate_limiter_state::usage(timestamp now, const owner_name& whose) {
  advance(now);
  auto& account = whose.empty() ? service_ : account_of(whose);
  const auto window = [&](window_kind w, measure m) {
    const auto own = limit_of(account.limits(), w, m);
    auto u = usage_of(account, last_seen_, w, m, own ? *own : limit_of(service_.limits(), w, m).value_or(0));
    if (m == measure::calls) {
      u.current = calls_in(u.current);
      u.limit /= whole_call;
    }
    return u;
  };
  limiter_usage u;
  u.minute = window(window_kind::minute, measure::jobs);
  u.hour = window(window_kind::hour, measure::jobs);
  u.day = window(window_kind::day, measure::calls);
  u.jobs_today = account.used(window_kind::day).jobs;
  u.oldest_job_today = account.oldest_today(measure::jobs);
  u.used_today = account.used(window_kind::day);
  u.used_this_month = account.used(window_kind::month);
  add_limits(u, whose, account);
  return u;
}

limiter_usage rate_limiter_state::usage_of_all(timestamp now) {
  auto u = usage(now);
  for (const auto& [owner, limits] : limits_)
    add_limits(u, owner, account_of(owner));
  return u;
}

} // namespace glyphgate
