#pragma once

#include "core/clock.hpp"

namespace glyphgate {

/// A point of test time: that long after an arbitrary day.
inline timestamp at(duration since) {
  return timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}} + since;
}

} // namespace glyphgate
