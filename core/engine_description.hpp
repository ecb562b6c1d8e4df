#pragma once

#include "core/price.hpp"

#include <string>
#include <vector>

namespace glyphgate {

/// What the service notes of the engine that is there.
struct engine_description {
  /// "google", "local", …
  std::string name;
  /// Whatever, besides a picture and its hints, decides what is read in it.
  std::string scope;
  /// Of one call.
  micro_dollars call_price = 0;
  /// Jobs that were accepted for these need not wait for them: this one reads what they read, and costs as little.
  std::vector<std::string> stands_for{};
  /// Whether what is read for one owner is remembered for all.
  bool shares_results = false;
};

} // namespace glyphgate
