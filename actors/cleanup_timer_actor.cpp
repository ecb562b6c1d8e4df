#include "actors/cleanup_timer_actor.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <memory>

namespace glyphgate {

cleanup_timer_actor::behavior_type cleanup_timer(cleanup_timer_actor::pointer self, job_registry_actor registry,
                                                 caf::timespan interval) {
  // A longer pending delay would hold up the actor system's shutdown.
  const auto step = std::min<caf::timespan>(interval, std::chrono::seconds{1});
  auto left = std::make_shared<caf::timespan>(interval);
  self->delayed_send(self, step, tick_atom::value);
  return {
      [=](tick_atom) {
        *left -= step;
        if (*left <= caf::timespan::zero()) {
          *left = interval;
          self->send(registry, sweep_atom::value);
        }
        self->delayed_send(self, step, tick_atom::value);
      },
  };
}

} // namespace glyphgate
