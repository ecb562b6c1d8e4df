#pragma once

#include "core/clock.hpp"
#include "http/gateway.hpp"

#include <memory>

namespace caf {
class actor_system;
}

namespace glyphgate {
struct service_actors;
}

namespace glyphgate::http {

/// The gateway to the service's actors: an actor of its own turns every call into messages, and the replies back into
/// calls. It ends with the object, after which calls are dropped unanswered.
std::unique_ptr<gateway> make_actor_gateway(caf::actor_system& system, const service_actors& actors, clock_fn clock);

} // namespace glyphgate::http
