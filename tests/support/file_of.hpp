#pragma once

#include "core/picture.hpp"

#include <string>

namespace glyphgate {

/// A copy of the picture's file.
inline std::string file_of(const picture& p) {
  return std::string{p.bytes->hold().view};
}

} // namespace glyphgate
