#pragma once

#include "core/price.hpp"

#include <string>

namespace glyphgate {

/// What the service notes of the engine that is there.
struct engine_description {
  /// "google", "tesseract", …
  std::string name;
  /// Whatever, besides a picture and its hints, decides what is read in it.
  std::string scope;
  /// Of one call.
  micro_dollars call_price = 0;
};

} // namespace glyphgate
