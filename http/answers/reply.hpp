#pragma once

#include "core/error.hpp"

#include <functional>
#include <variant>

namespace glyphgate::http {

/// Takes a reply of the service's, or why there is none.
template <class T>
using reply = std::function<void(std::variant<T, ec>)>;

} // namespace glyphgate::http
