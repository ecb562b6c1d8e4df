#pragma once

#include "core/registry/persistence.hpp"
#include "core/registry/registry_core.hpp"

#include <cstdint>
#include <vector>

namespace glyphgate {

/// Stops all calls to the engine, until it is told to go on: those that run end, and none begins. A stop holds at once,
/// and is answered when it is durable; going on is durable first. Part of the registry.
class stop_button {
public:
  stop_button(registry_core& core, persistence& store) : core_{core}, store_{store} {}

  /// What an earlier process was told.
  void take_up(const recovery& r);

  void press(const registry_event::stop_calls& e);
  void release(const registry_event::resume_calls& e);
  /// News of a budget that tells of an earlier interval than was told before, or of no higher cost, changes nothing: it
  /// comes several times, and in no order. Where the calls are stopped already, the order's reason says it, too.
  void hear(const registry_event::hear_budget& e);

  void resumed(const after_record::resumed& done);
  void answer(const after_record::done_for& done) {
    core_.command(registry_command::answer{done.from, std::monostate{}});
  }

private:
  void stop(const stop_order& order);
  /// False where it tells no more of its budget than was known: an interval that has passed, or no higher cost.
  bool note(const budget_news& news);

  registry_core& core_;
  persistence& store_;
  /// The latest of each budget.
  std::vector<budget_news> billed_;
  /// Counts the presses and releases: a release that was followed by a press does not count.
  std::uint64_t number_ = 0;
};

} // namespace glyphgate
