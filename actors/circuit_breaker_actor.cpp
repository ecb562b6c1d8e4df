#include "actors/circuit_breaker_actor.hpp"

#include "core/log.hpp"

#include <memory>

namespace glyphgate {

circuit_breaker_actor::behavior_type circuit_breaker(circuit_breaker_actor::pointer,
                                                     const circuit_breaker_config& config, timestamp paused_until,
                                                     bool held, clock_fn clock) {
  auto breaker = std::make_shared<circuit_breaker_state>(config, paused_until, held);
  return {
      [=](acquire_atom) { return breaker->acquire(clock()); },
      [=](report_atom, const call_permit& p, const call_report& report) {
        const auto before = breaker->status(clock()).mode;
        breaker->report(clock(), p, report);
        const auto after = breaker->status(clock());
        if (after.mode != before)
          log::warn("breaker_changed", {{"from", to_string(before)},
                                        {"to", to_string(after.mode)},
                                        {"failures", after.failures},
                                        {"last_error", after.last_error}});
      },
      [=](status_atom) { return breaker->status(clock()); },
      [=](hold_atom, bool hold) { breaker->hold(hold); },
  };
}

} // namespace glyphgate
