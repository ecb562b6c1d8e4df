#include "core/limits/usage_account.hpp"

#include <algorithm>

namespace glyphgate {

namespace {

constexpr std::array all_measures{measure::jobs, measure::calls, measure::budget};

} // namespace

std::optional<std::uint64_t> limit_of(const spending_limits& limits, window_kind w, measure m) {
  const auto& in = limits.in(w);
  switch (m) {
  case measure::jobs: return in.jobs ? std::optional<std::uint64_t>{*in.jobs} : std::nullopt;
  case measure::calls: return in.calls ? std::optional<std::uint64_t>{*in.calls * whole_call} : std::nullopt;
  case measure::budget: return in.budget;
  }
  return std::nullopt;
}

usage_account::usage_account(const spending_limits& limits, const billing_calendar& calendar)
    : limits_{limits},
      month_{calendar} {}

template <class Work>
void usage_account::each_window(Work work) {
  work(minute_);
  work(hour_);
  work(day_);
  work(month_);
}

template <class Work>
auto usage_account::in_window(window_kind w, Work work) const {
  switch (w) {
  case window_kind::minute: return work(minute_);
  case window_kind::hour: return work(hour_);
  case window_kind::day: return work(day_);
  case window_kind::month: break;
  }
  return work(month_);
}

void usage_account::advance(timestamp now) {
  each_window([now](auto& window) { window.advance(now); });
}

void usage_account::use(timestamp at, const amounts& used) {
  use_rolling(at, used);
  month_.add(at, used);
}

void usage_account::use_rolling(timestamp at, const amounts& used) {
  minute_.add(at, used);
  hour_.add(at, used);
  day_.add(at, used);
}

void usage_account::take_back(timestamp at, const amounts& used) {
  each_window([&](auto& window) { window.remove(at, used); });
}

void usage_account::hold(const amounts& reserved, bool claimed) {
  held_ += reserved;
  if (!claimed)
    unclaimed_ += reserved;
}

void usage_account::let_go(const amounts& reserved, bool claimed) {
  held_ -= reserved;
  if (!claimed)
    unclaimed_ -= reserved;
}

const amounts& usage_account::used(window_kind w) const {
  const auto* total = in_window(w, [](const auto& window) { return &window.total(); });
  return *total;
}

std::optional<shortage> usage_account::lacks(timestamp now, const amounts& more) const {
  return lacks(now, more, held_);
}

std::optional<shortage> usage_account::lacks_to_claim(timestamp now, const amounts& reserved) const {
  return lacks(now, reserved, claimed());
}

std::optional<shortage> usage_account::lacks(timestamp now, const amounts& more, const amounts& beside) const {
  std::optional<shortage> worst;
  for (const auto w : all_windows)
    for (const auto m : all_measures) {
      const auto limit = limit_of(limits_, w, m);
      const auto wanted = more.of(m);
      const auto held = beside.of(m);
      if (!limit || wanted == 0 || used(w).of(m) + held + wanted <= *limit)
        continue;
      shortage s{w, m, *limit, now, wanted > *limit};
      if (s.never)
        return s;
      // What is held leaves the window a span after it is used, which is not known: a whole span is a safe guess.
      s.opens = in_window(w, [&](const auto& window) {
        return *limit >= held + wanted ? window.when_at_most(m, *limit - held - wanted) : window.end_of(now);
      });
      s.opens = std::max(now + duration{1}, s.opens);
      if (!worst || worst->opens < s.opens)
        worst = s;
    }
  return worst;
}

std::optional<timestamp> usage_account::leaves_at(timestamp now, window_kind w, measure m) const {
  return in_window(w, [&](const auto& window) -> std::optional<timestamp> {
    if (const auto oldest = window.oldest(m))
      return std::max(now + duration{1}, window.end_of(*oldest));
    if (held_.of(m) != 0)
      return window.end_of(now);
    return std::nullopt;
  });
}

} // namespace glyphgate
