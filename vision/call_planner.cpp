#include "vision/call_planner.hpp"

#include "vision/picture_header.hpp"

#include <algorithm>

namespace glyphgate::vision {

namespace {

// Measured: a montage of 950 captions of 666 x 64 pixels is a JPEG of 15.41 MiB.
constexpr double montage_mib = 15.41;
constexpr std::uint64_t montage_pixels = 950 * 666 * 64;

std::uint64_t max_height(const call_limits& limits) {
  return std::min(limits.height_px, max_side_px);
}

/// How many pixels are taken to fit in a file of the limit's size.
std::uint64_t max_pixels_by_file_size(const call_limits& limits) {
  // In whole numbers, so that the planner and the capacity cannot differ by rounding: 15.41 = 1541 / 100.
  return limits.file_size_mb * (montage_pixels * 100) / 1541;
}

/// What the pictures of one call take up.
struct extent {
  std::uint64_t images = 0;
  std::uint64_t width = 0;
  /// Without separators.
  std::uint64_t height = 0;
  std::uint64_t pixels = 0;

  extent with(const picture_info& info) const {
    return {images + 1, std::max<std::uint64_t>(width, info.width), height + info.height, pixels + info.pixels()};
  }

  bool within(const call_limits& limits) const {
    // Height first: it bounds the factors of the product.
    return images <= limits.max_frames && height + (images - 1) * separator_px <= max_height(limits) &&
           width * height <= limits.pixels && pixels <= max_pixels_by_file_size(limits);
  }
};

} // namespace

capacity capacity_of(std::uint64_t width, std::uint64_t height, const call_limits& limits) {
  capacity result;
  const auto highest = max_height(limits);
  result.by_height = height > highest ? 0 : (highest + separator_px) / (height + separator_px);
  result.by_pixels = limits.pixels / width / height;
  result.by_file_size = max_pixels_by_file_size(limits) / width / height;
  result.by_config = limits.max_frames;
  result.max_images = std::min({result.by_config, result.by_height, result.by_pixels, result.by_file_size});
  if (result.max_images == result.by_config)
    result.limiting_factor = "config_limit";
  else if (result.max_images == result.by_height)
    result.limiting_factor = "height";
  else if (result.max_images == result.by_pixels)
    result.limiting_factor = "total_pixels";
  else
    result.limiting_factor = "file_size";
  const auto images = static_cast<double>(result.max_images);
  result.estimated_file_size_mb = images * static_cast<double>(width) * static_cast<double>(height) * montage_mib /
                                  static_cast<double>(montage_pixels);
  return result;
}

std::vector<call_range> plan_calls(const std::vector<picture>& pictures, const call_limits& limits) {
  std::vector<call_range> calls;
  extent taken;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const auto more = taken.with(pictures[i].info);
    if (calls.empty() || !more.within(limits)) {
      calls.push_back({i, 1});
      taken = extent{}.with(pictures[i].info);
    } else {
      ++calls.back().count;
      taken = more;
    }
  }
  return calls;
}

} // namespace glyphgate::vision
