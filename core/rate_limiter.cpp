#include "core/rate_limiter.hpp"

#include <algorithm>

namespace glyphgate {

namespace {

/// Jobs of a day are counted by the second, which bounds the memory of a window that has no limit.
timestamp to_the_second(timestamp t) {
  return std::chrono::floor<std::chrono::seconds>(t);
}

} // namespace

rate_limiter_state::rate_limiter_state(const rate_limiter_config& config) : config_{config} {}

timestamp rate_limiter_state::advance(timestamp now) {
  last_seen_ = std::max(last_seen_, now);
  for (auto* window : {&minute_, &hour_, &day_, &jobs_today_})
    window->advance(last_seen_);
  return last_seen_;
}

void rate_limiter_state::restore(timestamp now, const std::vector<timestamp>& jobs_accepted_at,
                                 const std::vector<spend_record>& spends, reservation_id first_free) {
  for (const auto at : jobs_accepted_at) {
    last_seen_ = std::max(last_seen_, at);
    minute_.add(last_seen_, 1);
    hour_.add(last_seen_, 1);
    jobs_today_.add(to_the_second(last_seen_), 1);
  }
  std::vector<timestamp> settled;
  for (const auto& spend : spends) {
    if (spend.settled_at) {
      settled.push_back(*spend.settled_at);
    } else {
      reserved_.emplace(spend.id, now);
      unclaimed_.insert(spend.id);
    }
  }
  std::ranges::sort(settled);
  for (const auto at : settled)
    day_.add(at, 1);
  if (!settled.empty())
    last_seen_ = std::max(last_seen_, settled.back());
  next_ = std::max(next_, first_free);
  advance(now);
}

admission rate_limiter_state::decide(timestamp at, std::uint32_t jobs, std::uint32_t calls) const {
  admission answer;
  answer.at = at;
  answer.jobs = jobs;
  answer.calls = calls;
  if (calls > config_.calls_per_day) {
    answer.refused = ec::job_too_large;
    answer.window = "day";
    return answer;
  }

  struct demand {
    std::string_view name;
    const rolling_window& window;
    std::uint64_t limit;
    std::uint64_t reserved;
    std::uint64_t wanted;
  };
  const demand demands[] = {
      {"minute", minute_, config_.jobs_per_minute, 0, jobs},
      {"hour", hour_, config_.jobs_per_hour, 0, jobs},
      {"day", day_, config_.calls_per_day, reserved_.size(), calls},
  };
  for (const auto& d : demands) {
    if (d.wanted == 0 || d.window.count() + d.reserved + d.wanted <= d.limit)
      continue;
    answer.refused = ec::rate_limited;
    // What is reserved leaves the window a span after it is settled, which is not known: a whole span is a safe guess.
    const auto room_after_all = d.limit >= d.reserved + d.wanted;
    const auto when = room_after_all ? d.window.when_at_most(d.limit - d.reserved - d.wanted) : at + d.window.span();
    const auto wait = std::max(duration{1}, when - at);
    if (wait > answer.retry_after) {
      answer.retry_after = wait;
      answer.window = d.name;
    }
  }
  return answer;
}

admission rate_limiter_state::check(timestamp now, std::uint32_t jobs, std::uint32_t calls) {
  auto answer = decide(advance(now), jobs, calls);
  answer.usage = usage(answer.at);
  return answer;
}

admission rate_limiter_state::reserve(timestamp now, std::uint32_t jobs, std::uint32_t calls) {
  auto answer = decide(advance(now), jobs, calls);
  if (answer.granted()) {
    minute_.add(answer.at, jobs);
    hour_.add(answer.at, jobs);
    jobs_today_.add(to_the_second(answer.at), jobs);
    answer.first = next_;
    for (std::uint32_t i = 0; i < calls; ++i)
      reserved_.emplace(next_++, answer.at);
  }
  answer.usage = usage(answer.at);
  return answer;
}

admission rate_limiter_state::claim(timestamp now, reservation_id id) {
  const auto at = advance(now);
  admission answer;
  answer.at = at;
  if (const auto others = claimed(); unclaimed_.contains(id) && day_.count() + others >= config_.calls_per_day) {
    answer.refused = ec::rate_limited;
    answer.window = "day";
    const auto when =
        config_.calls_per_day > others ? day_.when_at_most(config_.calls_per_day - others - 1) : at + day_.span();
    answer.retry_after = std::max(duration{1}, when - at);
  } else {
    unclaimed_.erase(id);
  }
  answer.usage = usage(at);
  return answer;
}

void rate_limiter_state::settle(timestamp now, reservation_id id) {
  const auto at = advance(now);
  unclaimed_.erase(id);
  if (reserved_.erase(id) != 0)
    day_.add(at, 1);
}

void rate_limiter_state::release(reservation_id id) {
  unclaimed_.erase(id);
  reserved_.erase(id);
}

void rate_limiter_state::revoke(const admission& granted) {
  minute_.remove(granted.at, granted.jobs);
  hour_.remove(granted.at, granted.jobs);
  jobs_today_.remove(to_the_second(granted.at), granted.jobs);
  for (std::uint32_t i = 0; i < granted.calls; ++i)
    release(granted.first + i);
}

window_usage rate_limiter_state::usage_of(const rolling_window& window, std::uint64_t limit,
                                          std::uint64_t reserved) const {
  window_usage u;
  u.current = window.count() + reserved;
  u.limit = limit;
  u.span = window.span();
  if (const auto oldest = window.oldest())
    u.until_room = std::max(duration{1}, *oldest + window.span() + duration{1} - last_seen_);
  else if (reserved != 0)
    u.until_room = window.span();
  return u;
}

limiter_usage rate_limiter_state::usage(timestamp now) {
  advance(now);
  limiter_usage u;
  u.minute = usage_of(minute_, config_.jobs_per_minute, 0);
  u.hour = usage_of(hour_, config_.jobs_per_hour, 0);
  u.day = usage_of(day_, config_.calls_per_day, claimed());
  u.day.current = std::max(u.day.current, std::min(u.day.limit, day_.count() + reserved_.size()));
  u.jobs_today = jobs_today_.count();
  u.oldest_job_today = jobs_today_.oldest();
  return u;
}

} // namespace glyphgate
