#pragma once

#include "vision/jpeg/structure.hpp"

#include <cstdint>
#include <string>

namespace glyphgate::vision::jpeg {

/// All that stands before the scan of a baseline JFIF file with the components and tables of `like`, whose scan does
/// not matter. `interval` counts the units between restart markers; 0 for a file without them.
std::string header_of(const baseline& like, std::uint32_t height, std::uint32_t interval);

} // namespace glyphgate::vision::jpeg
