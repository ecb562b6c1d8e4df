#pragma once

#include "core/observer.hpp"

#include <string>
#include <variant>
#include <vector>

namespace glyphgate {

/// Notes what it is told. For one thread.
class recording_observer : public observer {
public:
  struct seen_call {
    call_id id = 0;
    /// none where it succeeded.
    ec code = ec::none;
    bool sent = true;
  };
  std::vector<seen_call> calls;
  /// By name; those that came too late with a "-" before.
  std::vector<std::string> transactions;
  int failures = 0;

  void call_ended(const planned_call& call, const call_outcome& outcome, elapsed) noexcept override {
    const auto* failed = std::get_if<call_failure>(&outcome);
    calls.push_back({call.id, failed ? failed->code : ec::none, !failed || failed->sent});
  }
  void committed(std::span<const transaction> all, const verdicts& decided, elapsed) noexcept override {
    for (std::size_t i = 0; i < all.size(); ++i)
      transactions.push_back((decided.at(i) == verdict::applied ? "" : "-") + std::string{name_of(all[i])});
  }
  void commit_failed(elapsed) noexcept override { ++failures; }
};

} // namespace glyphgate
