#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

namespace glyphgate {

/// US dollars, in millionths.
using micro_dollars = std::uint64_t;

/// The nearest millionth; `dollars` is not negative.
inline micro_dollars to_micro_dollars(double dollars) {
  return static_cast<micro_dollars>(std::llround(dollars * 1'000'000));
}

/// US dollars such as "5" or "0.0015": digits, and at most six after a point. Exact, as no binary fraction comes in
/// between. Nothing for any other text, and above a billion.
std::optional<micro_dollars> micro_dollars_in(std::string_view text);

} // namespace glyphgate
