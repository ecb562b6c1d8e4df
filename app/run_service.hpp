#pragma once

#include "core/config.hpp"
#include "core/keys/live_keys.hpp"
#include "vision/engine.hpp"

#include <memory>
#include <string>

namespace glyphgate {

/// Opens the store, serves until a signal, the death of an actor that holds state, or the end of the idle time, and
/// stops in stages. Returns the exit code: 0 after a signal or the idle time. Throws std::runtime_error when it cannot
/// start, with what the operator must know. With keys, SIGHUP has their file read again. Called before any other thread
/// exists.
int run_service(const config& settings, const std::string& version,
                std::shared_ptr<const vision::engine_provider> engines, std::shared_ptr<live_keys> keys);

} // namespace glyphgate
