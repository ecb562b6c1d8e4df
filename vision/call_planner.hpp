#pragma once

#include "core/config.hpp"
#include "core/picture.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

/// How pictures share calls: stacked vertically in one montage. Pure; usable from any thread.
namespace glyphgate::vision {

/// Rows between two pictures of a montage.
constexpr std::uint32_t separator_px = 2;

/// How many pictures of one size fit in a call.
struct capacity {
  /// The least of the following four.
  std::uint64_t max_images = 0;
  std::uint64_t by_height = 0;
  std::uint64_t by_pixels = 0;
  std::uint64_t by_file_size = 0;
  std::uint64_t by_config = 0;
  /// "config_limit", "height", "total_pixels" or "file_size": the first that equals `max_images`.
  std::string_view limiting_factor;
  /// What `max_images` of them are taken to need, MiB; not rounded.
  double estimated_file_size_mb = 0;
};

/// The capacity for pictures of `width` × `height` pixels, both ≥ 1, however large.
capacity capacity_of(std::uint64_t width, std::uint64_t height, const call_limits& limits);

/// The pictures of one call: `count` of them from index `first` on.
struct call_range {
  std::size_t first = 0;
  std::size_t count = 0;
  friend bool operator==(const call_range&, const call_range&) = default;
};

/// Splits pictures, in their order, into the fewest calls that respect the limits; calls hold neighbours only, at least
/// one each. A montage counts as wide as its widest picture. File size is estimated by pixels, as in `capacity`: for
/// pictures of one size, every call but the last holds `max(1, capacity::max_images)`.
std::vector<call_range> plan_calls(const std::vector<picture>& pictures, const call_limits& limits);

} // namespace glyphgate::vision
