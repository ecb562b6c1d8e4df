#pragma once

#include "core/config.hpp"
#include "vision/engine.hpp"

#include <memory>
#include <string>
#include <variant>

namespace glyphgate {

/// Puts in what the machine tells, where nobody has set it: the memory for pictures.
void fill_in(engine_config& engine);

/// The engines of these settings, `fill_in` done, or why they cannot serve, for the operator to read: it names the
/// setting, and shows no secret. Where credentials are configured and broken, "auto" is refused too: who set them wants
/// them used.
std::variant<std::shared_ptr<const vision::engine_provider>, std::string> choose_engines(const config& settings);

} // namespace glyphgate
