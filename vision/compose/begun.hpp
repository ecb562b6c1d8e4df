#pragma once

#include <cstddef>
#include <functional>

namespace glyphgate::vision {

/// Told which picture of several is begun, by its index.
using begun_fn = std::function<void(std::size_t picture)>;

} // namespace glyphgate::vision
