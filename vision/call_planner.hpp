#pragma once

#include "core/config.hpp"
#include "core/extent.hpp"
#include "core/job.hpp"
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

/// Whether pictures that take up so much fit in one call: composed, with a file size that is estimated by pixels as in
/// `capacity`, or joined, with the true one.
bool fits(const extent& load, const call_limits& limits);

/// Splits pictures into calls that respect the limits: for each call the positions of its pictures, at least one,
/// ascending. Calls come in the order of their first pictures. A picture that fits no call has one to itself. A montage
/// counts as wide as its widest picture. For pictures of one size that cannot be joined, every call but the last holds
/// `max(1, capacity::max_images)` neighbours.
///
/// Takes the plan of fewest calls, the first of equals: next fit by kin, where there are several; neighbours share
/// calls; next fit and first fit, the widest picture first; first fit, the highest first. So there are never more calls
/// than with neighbours only. There are at most 8 × n − 7, where n is the fewest possible without joining, and at most
/// (11 × n + 6) / 9 for pictures of one width where height or pixels are the only limit. docs/planning.md has the
/// proof, the sources (Johnson 1973; Coffman, Garey, Johnson and Tarjan 1980; Dósa 2007) and what is usual: the fewest,
/// or hardly more.
///
/// The same pictures always have the same plan. The work is bounded whatever their sizes.
std::vector<picture_indices> plan_calls(const std::vector<picture>& pictures, const call_limits& limits);

/// The least that a lot holds, unless it is all there is: less than a second's work for Tesseract.
constexpr std::uint64_t min_lot_pixels = 1'000'000;

/// As `plan_calls`, for an engine that reads each picture by itself: spreads the pictures over at most `most_lots` ≥ 1
/// calls of about equal pixels, so that as many workers share the work. Fewer, where each would have less than
/// `min_lot_pixels`; as many as `plan_calls`, where the limits need more. Where equal lots do not keep the limits, the
/// plan is that of `plan_calls`.
///
/// Each picture goes into the lot that has the fewest pixels yet, the largest picture first: Graham's rule of the
/// longest processing time (Bounds on multiprocessing timing anomalies, SIAM Journal on Applied Mathematics 17, 1969).
/// The largest lot has at most a third more pixels than in the best possible plan of as many lots.
std::vector<picture_indices> plan_lots(const std::vector<picture>& pictures, const call_limits& limits,
                                       std::size_t most_lots);

} // namespace glyphgate::vision
