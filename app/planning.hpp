#pragma once

#include "core/config.hpp"
#include "core/registry/registry_core.hpp"
#include "vision/engine.hpp"

#include <cstddef>

namespace glyphgate {

/// How many calls a job is spread over at most, for an engine that reads each picture by itself and keeps a processor
/// busy: two for each worker that has a processor; one where it would be by itself. At most a hundredth of a day's
/// calls and of the queue, so that spreading never is why a job finds no room. `processors` is 0 where their number is
/// not known.
std::size_t most_lots(const config& settings, std::size_t processors);

/// How jobs for that engine are split into calls.
plan_calls_fn planner_for(const config& settings, const vision::engine_provider& engines, std::size_t processors);

/// What looks at pictures before they are packed into that engine's calls: as many portions at once as there are
/// workers that have a processor. None where it has no sieve.
sieve_setup sieve_for(const config& settings, const vision::engine_provider& engines, std::size_t processors);

/// How jobs for that engine share calls: where it reads montages, and packing is on.
call_sharing sharing_for(const config& settings, const vision::engine_provider& engines);

} // namespace glyphgate
