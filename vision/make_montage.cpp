#include "vision/make_montage.hpp"

#include "vision/jpeg/soundness.hpp"
#include "vision/jpeg/splice.hpp"
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
  if (one.info.format != picture_format::jpeg || one.info.orientation != 1 || file.view.size() > limits.bytes)
    return std::nullopt;
  return sent_as_it_is(one.info, std::move(file));
}

/// Whether all, which are JPEGs, may be passed on without being decoded. Whoever looks at a job's pictures beforehand
/// begins with the first; this begins with the last.
bool are_sound(const std::vector<picture>& pictures, const std::stop_token& stop) {
  return std::all_of(pictures.rbegin(), pictures.rend(),
                     [&](const picture& p) { return !stop.stop_requested() && is_sound(p); });
}

} // namespace

made_montage make_montage(const std::vector<picture>& pictures, const montage_limits& limits, const draw_fn& draw,
                          const std::stop_token& stop) {
  const auto is_good = [&](const std::optional<montage>& made) {
    return made && keeps(*made, limits) && are_sound(pictures, stop);
  };
  if (pictures.size() == 1)
    if (auto made = as_sent(pictures.front(), limits); is_good(made))
      return std::move(*made);
  if (auto made = splice(pictures, limits.bounds); is_good(made))
    return std::move(*made);
  auto drawn = draw(pictures, limits, stop);
  if (const auto* none = std::get_if<no_montage>(&drawn); none != nullptr && none->too_many_pixels)
    if (auto made = splice(pictures, limits.bounds, joint::none); is_good(made))
      return std::move(*made);
  return drawn;
}

} // namespace glyphgate::vision
