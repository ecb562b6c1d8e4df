#pragma once

#include "core/keys/caller.hpp"
#include "http/wire/problem.hpp"

#include <variant>

namespace glyphgate::http {

/// Whom a request comes from.
struct visitor {
  caller who;
  /// Whether the service knows who it is. Where it has no keys, it knows everybody.
  bool known = false;
};

/// Whether a request is let in: whom it comes from, or why it is refused.
using admittance = std::variant<visitor, problem>;

} // namespace glyphgate::http
