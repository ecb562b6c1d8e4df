#pragma once

#include "actors/interfaces.hpp"

namespace glyphgate {

/// The cleanup timer's behaviour: tells the registry to sweep, once an interval of the actor clock.
cleanup_timer_actor::behavior_type cleanup_timer(cleanup_timer_actor::pointer self, job_registry_actor registry,
                                                 caf::timespan interval);

} // namespace glyphgate
