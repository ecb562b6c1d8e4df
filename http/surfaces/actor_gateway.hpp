#pragma once

#include "core/clock.hpp"
#include "http/surfaces/gateway.hpp"

#include <caf/actor.hpp>

#include <memory>

namespace caf {
class actor_system;
}

namespace glyphgate {
struct service_actors;
}

namespace glyphgate::http {

/// The actor that asks the others on behalf of a gateway, and knows what is open. Whoever spawns it watches it and ends
/// it; what is open then gets ec::no_answer. It acknowledges `(flush)` when whatever came to it before has been replied
/// to as far as it was answered.
caf::actor spawn_gateway_bridge(caf::actor_system& system);

/// The gateway to the service's actors: the bridge turns every call into messages, and the answers back into replies.
/// It may outlive them, but not the actor system; what it is asked for once the bridge has ended gets ec::no_answer.
std::shared_ptr<gateway> make_actor_gateway(caf::actor bridge, const service_actors& actors, clock_fn clock);

} // namespace glyphgate::http
