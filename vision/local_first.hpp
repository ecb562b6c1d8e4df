#pragma once

#include "core/sieve.hpp"
#include "vision/engine.hpp"

#include <memory>

namespace glyphgate::vision {

/// The same engine behind its sieve, which answers what `mode` says (not `off`) with at least that confidence: what the
/// two read is remembered under a scope of its own. So nothing that was read here is served as the engine's when the
/// sieve is taken away, or asks for more.
std::shared_ptr<const engine_provider> local_first(std::shared_ptr<const engine_provider> engines, sieve_mode mode,
                                                   double confidence);

} // namespace glyphgate::vision
