#pragma once

#include "core/call.hpp"
#include "core/registry/registry_events.hpp"
#include "core/transaction.hpp"

#include <string>
#include <vector>

/// What a trace calls things.
namespace glyphgate::simulation {

std::string name_of(const planned_call& call);
std::string name_of(const call_outcome& outcome);
std::string name_of(const any_registry_event& event);
std::string names_of(const std::vector<transaction>& unit);

} // namespace glyphgate::simulation
