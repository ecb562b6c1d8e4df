#include "vision/make_montage.hpp"

#include "vision/compose.hpp"
#include "vision/jpeg/structure.hpp"
#include "vision/jpeg/transcode.hpp"
#include "vision/picture_header.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace glyphgate::vision {

namespace {

/// The picture's own file, if an engine may have it.
std::optional<montage> as_sent(const picture& one, const montage_limits& limits) {
  if (one.info.format != picture_format::jpeg || one.info.orientation != 1)
    return std::nullopt;
  auto file = one.bytes->hold();
  if (file.view.size() > limits.bytes || !jpeg::is_common_and_whole(file.view))
    return std::nullopt;
  montage made;
  made.way = montage_way::as_sent;
  made.width = one.info.width;
  made.height = one.info.height;
  made.placements.push_back({0, 0, made.width, made.height});
  made.parts.push_back(std::move(file));
  return made;
}

bool keeps(const montage_size& size, const montage_bounds& bounds) {
  return size.width <= max_side_px && size.height <= std::min<std::uint64_t>(bounds.height, max_side_px) &&
         size.width * size.height <= bounds.pixels;
}

} // namespace

std::variant<montage, no_montage> make_montage(const std::vector<picture>& pictures, const montage_limits& limits,
                                               const std::stop_token& stop) {
  const auto size = montage_size_of(pictures);
  if (pictures.size() == 1 && keeps(size, limits.bounds))
    if (auto made = as_sent(pictures.front(), limits))
      return std::move(*made);
  if (auto made = splice(pictures, limits.bounds); made && made->size() <= limits.bytes)
    return std::move(*made);
  if (auto made = transcode(pictures, stop);
      made && keeps({made->width, made->height}, limits.bounds) && made->size() <= limits.bytes)
    return std::move(*made);
  if (!keeps(size, limits.bounds))
    return no_montage{"the image of " + std::to_string(size.width) + " x " + std::to_string(size.height) +
                      " px exceeds Google Vision's limits"};
  auto made = compose(pictures, limits.bytes, stop);
  if (!made)
    return no_montage{};
  if (made->too_large)
    return no_montage{"the image's file would exceed Google Vision's limit of " + std::to_string(limits.bytes) +
                      " bytes even at low quality"};
  if (made->parts.empty())
    return no_montage{made->unplaced.front().error};
  return std::move(*made);
}

} // namespace glyphgate::vision
