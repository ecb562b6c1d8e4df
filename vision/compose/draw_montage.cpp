#include "vision/compose/draw_montage.hpp"

#include "vision/compose/compose.hpp"
#include "vision/compose/transcode.hpp"
#include "vision/decode/row_reader.hpp"
#include "vision/jpeg/structure.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace glyphgate::vision {

namespace {

bool is_complete(std::string_view file, const picture_info& info) {
  auto opened = read_rows(file, info);
  const auto* rows = std::get_if<std::unique_ptr<row_reader>>(&opened);
  if (rows == nullptr)
    return false;
  std::vector<std::uint8_t> row(std::size_t{info.width} * (*rows)->channels());
  for (std::uint32_t y = 0; y < info.height; ++y)
    if ((*rows)->next(row.data()))
      return false;
  return (*rows)->warning().empty();
}

/// The picture's own file, if an engine may have it.
std::optional<montage> as_sent(const picture& one) {
  auto file = one.bytes->hold();
  // A baseline file that comes here is not sound: `make_montage`.
  if (one.info.format != picture_format::jpeg || one.info.orientation != 1 || jpeg::read_baseline(file.view) ||
      !jpeg::is_common_and_whole(file.view) || !is_complete(file.view, one.info))
    return std::nullopt;
  return sent_as_it_is(one.info, std::move(file));
}

/// A way that is not taken where it finds no memory: `compose` takes less, and finds out which picture takes too much.
template <class Make>
std::optional<montage> if_memory_suffices(Make make) {
  try {
    return make();
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
}

} // namespace

made_montage draw_montage(const std::vector<picture>& pictures, const montage_limits& limits,
                          const std::stop_token& stop, const begun_fn& begun) {
  const bool all_wanted = std::ranges::all_of(pictures, [](const picture& p) { return p.refused.empty(); });
  if (begun)
    begun(0);
  if (all_wanted && pictures.size() == 1 && pictures.front().bytes->size() <= limits.bytes)
    if (auto made = if_memory_suffices([&] { return as_sent(pictures.front()); }); made && keeps(*made, limits))
      return std::move(*made);
  if (all_wanted)
    if (auto made = if_memory_suffices([&] { return transcode(pictures, stop, begun); }); made && keeps(*made, limits))
      return std::move(*made);
  const auto size = montage_size_of(pictures);
  if (!keeps(size, limits.bounds))
    return no_montage{"the image of " + std::to_string(size.width) + " x " + std::to_string(size.height) +
                          " px exceeds Google Vision's limits",
                      true};
  auto made = compose(pictures, limits.bytes, stop, begun);
  if (!made)
    return no_montage{};
  if (made->too_large)
    return no_montage{"the image's file would exceed Google Vision's limit of " + std::to_string(limits.bytes) +
                      " bytes even at low quality"};
  if (made->parts.empty())
    return no_montage{made->unplaced.front().text};
  return std::move(*made);
}

} // namespace glyphgate::vision
