#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace glyphgate {

/// What somebody waits for, each with the time until which an answer counts. The owner sleeps as long as `sleep` says
/// and then calls `wake`. Where a wake-up comes much later than it was due, the process was stopped or starved: answers
/// that came meanwhile may lie unread, so nothing counts as overdue before one more wake-up. Pure, not thread-safe.
template <class T>
class deadlines {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using span = std::chrono::steady_clock::duration;
  using ticket = std::uint64_t;

  /// No sleep is longer: a longer pending delay holds up the shutdown of an actor system.
  static constexpr std::chrono::milliseconds longest_sleep{500};
  /// A wake-up that is late by that much gives nothing up.
  static constexpr std::chrono::seconds much_later{1};

  /// Waits for `value` until then. A deadline that is nearer than `longest_sleep` may be seen that much later.
  ticket add(time_point deadline, T value) {
    open_.emplace(++last_, entry{deadline, std::move(value)});
    return last_;
  }

  /// The answer is there: what waited for it. None when it was overdue before.
  std::optional<T> take(ticket t) {
    auto node = open_.extract(t);
    return node.empty() ? std::nullopt : std::optional<T>{std::move(node.mapped().value)};
  }

  /// After how long to call `wake`, if that is to be arranged: not while nothing is waited for, nor while a wake-up is
  /// on its way.
  std::optional<span> sleep(time_point now) {
    if (due_ || open_.empty())
      return std::nullopt;
    due_ = now + longest_sleep;
    if (!std::exchange(reprieve_, false))
      for (const auto& [number, waiting] : open_)
        due_ = std::min(*due_, std::max(now, waiting.deadline));
    return *due_ - now;
  }

  /// The wake-up has come: what is overdue, the oldest first.
  std::vector<T> wake(time_point now) {
    const auto due = std::exchange(due_, std::nullopt);
    reprieve_ = due && now - *due >= much_later;
    if (reprieve_)
      return {};
    std::vector<ticket> overdue;
    for (const auto& [number, waiting] : open_)
      if (waiting.deadline <= now)
        overdue.push_back(number);
    std::sort(overdue.begin(), overdue.end());
    std::vector<T> given_up;
    given_up.reserve(overdue.size());
    for (const auto number : overdue)
      given_up.push_back(std::move(open_.extract(number).mapped().value));
    return given_up;
  }

private:
  struct entry {
    time_point deadline;
    T value;
  };

  std::unordered_map<ticket, entry> open_;
  ticket last_ = 0;
  std::optional<time_point> due_;
  /// The next sleep is a full one, whatever is overdue.
  bool reprieve_ = false;
};

} // namespace glyphgate
