#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace glyphgate {

/// A span of a trace, for what is done on its behalf: as in W3C Trace Context, whose ids they are.
struct trace_context {
  /// All 0: there is no trace.
  std::array<std::uint8_t, 16> trace{};
  std::array<std::uint8_t, 8> span{};

  bool is_there() const {
    return std::ranges::any_of(trace, [](auto byte) { return byte != 0; });
  }
  friend bool operator==(const trace_context&, const trace_context&) = default;
};

} // namespace glyphgate
