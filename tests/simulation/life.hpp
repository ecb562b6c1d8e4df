#pragma once

#include "plan.hpp"

#include <cstdint>
#include <string>

namespace glyphgate::simulation {

/// How a life went.
struct life_result {
  /// Empty when everything held.
  std::string failure;
  std::uint64_t events = 0;
  /// As long as clients did something.
  std::uint64_t events_before_rest = 0;
  std::uint64_t processes = 0;
  std::uint64_t calls = 0;
  std::uint64_t jobs = 0;
  std::uint64_t store_operations = 0;
};

/// Lives that life to its end, or to the first thing that does not hold.
life_result live(const life_plan& plan, bool trace);

} // namespace glyphgate::simulation
