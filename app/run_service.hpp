#pragma once

#include "core/config.hpp"
#include "vision/engine.hpp"

#include <memory>
#include <string>

namespace glyphgate {

/// Opens the store, serves until a signal, the death of an actor that holds state, or the end of the idle time, and
/// stops in stages. Returns the exit code: 0 after a signal or the idle time. Throws std::runtime_error when it cannot
/// start, with what the operator must know. Called before any other thread exists.
int run_service(const config& settings, const std::string& version,
                std::shared_ptr<const vision::engine_provider> engines);

} // namespace glyphgate
