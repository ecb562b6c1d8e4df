#include "core/circuit_breaker.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace glyphgate {

std::string_view to_string(breaker_mode mode) {
  switch (mode) {
  case breaker_mode::closed: return "closed";
  case breaker_mode::open: return "open";
  case breaker_mode::half_open: return "half_open";
  }
  return "unknown";
}

circuit_breaker_state::circuit_breaker_state(const circuit_breaker_config& config, timestamp paused_until, bool held)
    : config_{config},
      paused_until_{paused_until},
      held_{held} {}

void circuit_breaker_state::enter(breaker_mode mode) {
  mode_ = mode;
  ++generation_;
  outstanding_.clear();
  probe_successes_ = 0;
}

void circuit_breaker_state::trip(timestamp now) {
  enter(breaker_mode::open);
  open_until_ = std::max(now + config_.open_time, paused_until_);
}

void circuit_breaker_state::fail(timestamp now) {
  ++failures_;
  last_failure_ = now;
  if (mode_ == breaker_mode::half_open || failures_ >= config_.threshold)
    trip(now);
}

timestamp circuit_breaker_state::advance(timestamp now) {
  last_seen_ = std::max(last_seen_, now);
  if (mode_ == breaker_mode::open && last_seen_ >= open_until_)
    enter(breaker_mode::half_open);
  constexpr duration one_more_look = std::chrono::seconds{1};
  for (auto& [id, p] : outstanding_)
    if (p.lease_ends <= last_seen_ && !p.overdue_since)
      p.overdue_since = last_seen_;
  const auto given_up = std::erase_if(outstanding_, [&](const auto& entry) {
    const auto& since = entry.second.overdue_since;
    return since && *since + one_more_look <= last_seen_;
  });
  if (given_up != 0 && mode_ == breaker_mode::half_open)
    fail(last_seen_);
  return last_seen_;
}

std::uint64_t circuit_breaker_state::free_slots() const {
  const auto limit = [this]() -> std::uint64_t {
    switch (mode_) {
    case breaker_mode::open: return 0;
    case breaker_mode::half_open: return config_.probes - std::min(config_.probes, probe_successes_);
    case breaker_mode::closed: break;
    }
    return failures_ == 0 ? std::numeric_limits<std::uint64_t>::max() : config_.threshold - failures_;
  }();
  return limit > outstanding_.size() ? limit - outstanding_.size() : 0;
}

duration circuit_breaker_state::until_next_lease_ends(timestamp now) const {
  auto first = timestamp::max();
  for (const auto& [id, p] : outstanding_)
    first = std::min(first, p.lease_ends);
  return std::max<duration>(first - now, std::chrono::seconds{1});
}

permit_answer circuit_breaker_state::acquire(timestamp now) {
  now = advance(now);
  permit_answer answer;
  if (held_) {
    answer.retry_after = std::chrono::seconds{1};
    return answer;
  }
  if (now < paused_until_ || free_slots() == 0) {
    const auto wait = mode_ == breaker_mode::open ? open_until_ - now
                      : free_slots() == 0         ? until_next_lease_ends(now)
                                                  : duration::zero();
    answer.retry_after = std::max(wait, paused_until_ - now);
    return answer;
  }
  answer.granted = true;
  answer.permit = {generation_, next_permit_++};
  outstanding_.emplace(answer.permit.id, outstanding{now + config_.lease, std::nullopt});
  return answer;
}

void circuit_breaker_state::report(timestamp now, const call_permit& p, call_report report) {
  now = advance(now);
  // The engine's own word holds whichever call it came with.
  if (report.pause) {
    paused_until_ = std::max(paused_until_, now + *report.pause);
    if (mode_ == breaker_mode::open)
      open_until_ = std::max(open_until_, paused_until_);
  }
  if (p.generation != generation_ || outstanding_.erase(p.id) == 0)
    return;
  switch (report.health) {
  case call_health::unused: break;
  case call_health::failure:
    last_error_ = std::move(report.why);
    fail(now);
    break;
  case call_health::success:
    if (mode_ == breaker_mode::half_open && ++probe_successes_ < config_.probes)
      break;
    failures_ = 0;
    last_error_.clear();
    if (mode_ == breaker_mode::half_open)
      enter(breaker_mode::closed);
    break;
  }
}

breaker_status circuit_breaker_state::status(timestamp now) {
  now = advance(now);
  breaker_status s;
  s.mode = mode_;
  s.failures = failures_;
  s.threshold = config_.threshold;
  s.last_failure = last_failure_;
  s.last_error = last_error_;
  if (mode_ == breaker_mode::open)
    s.retry_after = open_until_ - now;
  else if (now < paused_until_)
    s.retry_after = paused_until_ - now;
  return s;
}

} // namespace glyphgate
