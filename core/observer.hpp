#pragma once

#include "core/call.hpp"
#include "core/transaction.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

namespace glyphgate {

/// Told what the service does, as it happens: metrics and traces are made of it. Called from the threads that do it,
/// several at once. It does not block, and it has no part in any decision. This one does nothing.
class observer {
public:
  /// By a steady clock.
  using elapsed = std::chrono::steady_clock::duration;

  virtual ~observer() = default;

  /// An attempt at a call is over, after the engine has had it for so long.
  virtual void call_ended(const planned_call& /*call*/, const call_outcome& /*outcome*/, elapsed /*took*/) noexcept {}

  /// These are durable, with a verdict for each; the commit took so long.
  virtual void committed(std::span<const transaction> /*all*/, const verdicts& /*decided*/, elapsed /*took*/) noexcept {
  }

  /// A commit failed, after so long.
  virtual void commit_failed(elapsed /*took*/) noexcept {}
};

/// What came of an attempt, in a word: "success", "not_sent" or the failure's code. Has static storage.
std::string_view outcome_name(const call_outcome& outcome);

using observer_ptr = std::shared_ptr<observer>;

} // namespace glyphgate
