#include "vision/make_montage.hpp"

#include "vision/compose.hpp"
#include "vision/jpeg/soundness.hpp"
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
  auto file = one.bytes->hold();
  if (one.info.format != picture_format::jpeg || one.info.orientation != 1 || file.view.size() > limits.bytes ||
      !jpeg::is_common_and_whole(file.view))
    return std::nullopt;
  montage made;
  made.way = montage_way::as_sent;
  made.width = one.info.width;
  made.height = one.info.height;
  made.placements.push_back({0, 0, made.width, made.height});
  made.parts.push_back(std::move(file));
  return made;
}

/// Whether all, which are JPEGs, may be passed on without being decoded. Whoever looks at a job's pictures beforehand
/// begins with the first; this begins with the last.
bool are_sound(const std::vector<picture>& pictures, const std::stop_token& stop) {
  return std::all_of(pictures.rbegin(), pictures.rend(),
                     [&](const picture& p) { return !stop.stop_requested() && is_sound(p); });
}

bool keeps(const montage_size& size, const montage_bounds& bounds) {
  return size.width <= max_side_px && size.height <= std::min<std::uint64_t>(bounds.height, max_side_px) &&
         size.width * size.height <= bounds.pixels;
}

} // namespace

std::variant<montage, no_montage> make_montage(const std::vector<picture>& pictures, const montage_limits& limits,
                                               const std::stop_token& stop) {
  const auto may_be = [&](const std::optional<montage>& made) {
    return made && keeps({made->width, made->height}, limits.bounds) && made->size() <= limits.bytes;
  };
  const auto is_good = [&](const std::optional<montage>& made) { return may_be(made) && are_sound(pictures, stop); };
  if (pictures.size() == 1)
    if (auto made = as_sent(pictures.front(), limits); is_good(made))
      return std::move(*made);
  if (auto made = splice(pictures, limits.bounds); is_good(made))
    return std::move(*made);
  if (auto made = transcode(pictures, stop); may_be(made))
    return std::move(*made);
  const auto size = montage_size_of(pictures);
  if (!keeps(size, limits.bounds))
    if (auto made = splice(pictures, limits.bounds, joint::none); is_good(made))
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
