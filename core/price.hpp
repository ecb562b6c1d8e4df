#pragma once

#include <cmath>
#include <cstdint>

namespace glyphgate {

/// US dollars, in millionths.
using micro_dollars = std::uint64_t;

/// The nearest millionth; `dollars` is not negative.
inline micro_dollars to_micro_dollars(double dollars) {
  return static_cast<micro_dollars>(std::llround(dollars * 1'000'000));
}

} // namespace glyphgate
