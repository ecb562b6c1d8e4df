#pragma once

#include "core/ids.hpp"

#include <string>
#include <vector>

namespace glyphgate {

/// Who travels together: pictures may share a call only where all of this is equal.
struct company {
  std::vector<std::string> language_hints;
  /// The engine's `recognition_scope()`.
  std::string scope;
  /// The engine that their jobs were accepted for, whichever reads them: each may wait for it, and for no other.
  std::string accepted_for;
  /// Whose jobs they are; empty where owners share calls.
  owner_name owner{};

  bool operator==(const company&) const = default;
};

} // namespace glyphgate
