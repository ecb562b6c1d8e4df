#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace glyphgate {

/// What the registry is to do at a time to come; wakes it with `(tick)`. Part of the registry.
class agenda {
public:
  agenda(job_registry_actor::pointer self, clock_fn clock) : self_{self}, clock_{std::move(clock)} {}

  void at(timestamp when, std::function<void()> action) {
    entries_.emplace(when, std::move(action));
    schedule();
  }

  /// Does what is due.
  void tick() {
    ticking_ = false;
    const auto now = clock_();
    for (auto due = entries_.begin(); due != entries_.end() && due->first <= now; due = entries_.begin())
      entries_.extract(due).mapped()();
    schedule();
  }

private:
  void schedule() {
    // A longer pending delay would hold up the actor system's shutdown.
    constexpr duration longest = std::chrono::milliseconds{500};
    constexpr duration shortest = std::chrono::milliseconds{1};
    if (entries_.empty())
      return;
    const auto next = entries_.begin()->first;
    const auto delay = std::clamp(next - clock_(), shortest, longest);
    if (ticking_ && next >= tick_for_)
      return;
    ticking_ = true;
    tick_for_ = next;
    self_->delayed_send(self_, delay, tick_atom::value);
  }

  job_registry_actor::pointer self_;
  clock_fn clock_;
  std::multimap<timestamp, std::function<void()>> entries_;
  bool ticking_ = false;
  /// What the tick under way is for.
  timestamp tick_for_{};
};

} // namespace glyphgate
