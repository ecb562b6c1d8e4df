#pragma once

#include "core/config.hpp"
#include "vision/engine.hpp"

#include <memory>
#include <string>
#include <variant>

namespace glyphgate {

/// Puts in what the machine tells, where nobody has set it: the memory for pictures.
void fill_in(engine_config& engine);

/// Whether the settings have images read by Google, which costs money, rather than by an engine that comes with the
/// service. "auto" takes Google as soon as any credentials are configured, well or badly.
bool reads_with_google(const config& settings);

/// An engine, or why there is none, for the operator to read.
using engine_choice = std::variant<std::shared_ptr<const vision::engine_provider>, std::string>;

/// The engines of these settings, `fill_in` done, or why they cannot serve, for the operator to read: it names the
/// setting, and shows no secret. Where credentials are configured and broken, "auto" is refused too: who set them wants
/// them used.
engine_choice choose_engines(const config& settings);

/// That engine, behind its sieve where LOCAL_FIRST asks for it; refused where the engine is not Google or has no sieve.
engine_choice with_sieve(engine_choice chosen, const engine_config& settings);

} // namespace glyphgate
