#pragma once

#include <cstddef>
#include <functional>

namespace glyphgate::vision {

/// Told how many of the pictures are done, from the thread that works on them.
using progress_fn = std::function<void(std::size_t pictures_done)>;

} // namespace glyphgate::vision
