#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <optional>

namespace glyphgate {

/// Wakes its actor with `(tick)` when its state machine has something to do; at times somewhat earlier, in vain. Part
/// of the actor, used in its handlers.
template <class Pointer>
class alarm {
public:
  alarm(Pointer self, clock_fn clock) : self_{self}, clock_{std::move(clock)} {}

  /// To be called after each step of the machine, with what it waits for.
  void set(std::optional<timestamp> next) {
    // A longer pending delay would hold up the actor system's shutdown.
    constexpr duration longest = std::chrono::milliseconds{500};
    constexpr duration shortest = std::chrono::milliseconds{1};
    if (!next || (pending_ && *next >= pending_for_))
      return;
    pending_ = true;
    pending_for_ = *next;
    self_->delayed_send(self_, std::clamp(*next - clock_(), shortest, longest), tick_atom::value);
  }

  /// The tick has come.
  void rang() { pending_ = false; }

private:
  Pointer self_;
  clock_fn clock_;
  bool pending_ = false;
  /// What the tick under way is for.
  timestamp pending_for_{};
};

} // namespace glyphgate
