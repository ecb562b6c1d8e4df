#pragma once

#include "core/clock.hpp"
#include "core/price.hpp"

#include <string>

namespace glyphgate {

/// The service was told to make no more calls.
struct stop_order {
  /// Who said so: the name of a key, or "budget alert".
  std::string by;
  /// In that one's words.
  std::string reason;
  timestamp since;
  /// What becomes of new jobs: they are refused, or taken in and wait.
  bool refuses_jobs = false;

  bool operator==(const stop_order&) const = default;
};

/// What the engine's billing says of a budget: what was spent in its interval, a month as a rule.
struct budget_news {
  timestamp interval;
  micro_dollars cost = 0;
  /// It is so much that no more calls are to be made.
  bool is_too_much = false;
  /// Which budget, as the billing names it; empty where it does not.
  std::string budget{};

  bool operator==(const budget_news&) const = default;
};

} // namespace glyphgate
