#pragma once

#include "core/clock.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace glyphgate::simulation {

/// What is to happen, in virtual time. Events inside the process die with it, and wait while it is frozen; those
/// outside (clients, the engine's side, the supervisor) do neither. Events of the same time happen in the order in
/// which they were put in.
class world {
public:
  using action = std::function<void()>;

  explicit world(bool trace) : trace_{trace} {}

  /// The true time, which no setting of a clock changes.
  timestamp now() const { return now_; }
  std::uint64_t events() const { return events_; }

  void outside(timestamp at, action a) { push({std::max(at, now_), ++last_, 0, std::move(a)}); }
  void inside(timestamp at, action a) { push({std::max(at, now_), ++last_, process_, std::move(a)}); }

  /// The process is gone: nothing of it happens any more.
  void end_process() {
    ++process_;
    frozen_until_ = {};
  }

  /// The process is stopped for a while (SIGSTOP, a suspended host): what comes waits.
  void freeze(duration length) { frozen_until_ = std::max(frozen_until_, now_ + length); }

  /// When what waits goes on, if it is later than now.
  timestamp thaws_at() const { return std::max(now_, frozen_until_); }

  /// Lets the next event happen. False when there is none.
  bool run_one() {
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), later);
      auto e = std::move(heap_.back());
      heap_.pop_back();
      if (e.process != 0 && e.process != process_)
        continue;
      if (e.process != 0 && e.at < frozen_until_) {
        // Its number stays: what one actor sends another keeps its order.
        e.at = frozen_until_;
        push(std::move(e));
        continue;
      }
      now_ = e.at;
      ++events_;
      e.act();
      return true;
    }
    return false;
  }

  bool traces() const { return trace_; }

  /// Writes a line of the trace; `text` makes it, and is called only where it is wanted.
  template <class Text>
  void say(Text text) const {
    if (trace_)
      std::cout << events_ << "\t" << to_rfc3339(now_).substr(0, 23) << "\t" << text() << "\n";
  }

private:
  struct event {
    timestamp at;
    std::uint64_t number = 0;
    /// 0 outside.
    std::uint64_t process = 0;
    action act;
  };

  static bool later(const event& a, const event& b) { return std::pair{a.at, a.number} > std::pair{b.at, b.number}; }

  void push(event e) {
    heap_.push_back(std::move(e));
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  bool trace_;
  timestamp now_{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};
  std::uint64_t events_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t process_ = 1;
  timestamp frozen_until_{};
  std::vector<event> heap_;
};

} // namespace glyphgate::simulation
