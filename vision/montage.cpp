#include "vision/montage.hpp"

#include "vision/call_planner.hpp"
#include "vision/picture_header.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace glyphgate::vision {

namespace {

/// Twice the distance from `doubled_row` to the rows of `place`; 0 within.
std::int64_t doubled_distance(std::int64_t doubled_row, const placement& place) {
  const std::int64_t top = 2 * std::int64_t{place.top}, bottom = top + 2 * std::int64_t{place.height};
  return std::max({top - doubled_row, doubled_row - bottom, std::int64_t{0}});
}

std::size_t nearest(const bounding_box& box, const std::vector<placement>& placements) {
  const auto centre = 2 * std::int64_t{box.y} + box.height;
  const auto below =
      std::ranges::upper_bound(placements, centre, {}, [](const placement& p) { return 2 * std::int64_t{p.top}; }) -
      placements.begin();
  const auto next = static_cast<std::size_t>(below);
  if (next == 0)
    return 0;
  if (next < placements.size() &&
      doubled_distance(centre, placements[next]) < doubled_distance(centre, placements[next - 1]))
    return next;
  return next - 1;
}

bounding_box within(const bounding_box& box, const placement& place) {
  const auto clip = [](std::int64_t value, std::uint32_t most) {
    return static_cast<std::int32_t>(std::clamp(value, std::int64_t{0}, std::int64_t{most}));
  };
  const auto top = std::int64_t{box.y} - place.top;
  const auto left = clip(box.x, place.width), right = clip(std::int64_t{box.x} + box.width, place.width);
  const auto upper = clip(top, place.height), lower = clip(top + box.height, place.height);
  return {left, upper, right - left, lower - upper};
}

} // namespace

std::string_view to_string(montage_way way) {
  switch (way) {
  case montage_way::as_sent: return "as_sent";
  case montage_way::spliced: return "spliced";
  case montage_way::transcoded: return "transcoded";
  case montage_way::composed: return "composed";
  }
  return "";
}

std::size_t montage::size() const {
  std::size_t sum = 0;
  for (const auto& part : parts)
    sum += part.view.size();
  return sum;
}

montage_size montage_size_of(const std::vector<picture>& pictures) {
  montage_size size;
  for (const auto& picture : pictures) {
    size.width = std::max<std::uint64_t>(size.width, picture.info.width);
    size.height += picture.info.height + (size.height == 0 ? 0 : separator_px);
  }
  return size;
}

montage sent_as_it_is(const picture_info& info, held_bytes file) {
  montage made;
  made.way = montage_way::as_sent;
  made.width = info.width;
  made.height = info.height;
  made.placements.push_back({0, 0, made.width, made.height});
  made.parts.push_back(std::move(file));
  return made;
}

bool keeps(const montage_size& size, const montage_bounds& bounds) {
  return size.width <= max_side_px && size.height <= std::min<std::uint64_t>(bounds.height, max_side_px) &&
         size.width * size.height <= bounds.pixels;
}

bool keeps(const montage& made, const montage_limits& limits) {
  return keeps({made.width, made.height}, limits.bounds) && made.size() <= limits.bytes;
}

std::vector<recognition> split_by_picture(std::vector<symbol> symbols, const std::vector<placement>& placements) {
  std::vector<recognition> parts(placements.size());
  std::optional<std::size_t> last;
  for (auto& symbol : symbols) {
    const auto i = nearest(symbol.box, placements);
    if (last && *last != i) {
      // No engine knows of the pictures: it may take the lines of two of them for one line or one paragraph.
      auto& before = parts[*last].symbols.back();
      before.after = std::max(before.after, text_break::line);
    }
    last = i;
    symbol.box = within(symbol.box, placements[i]);
    parts[i].symbols.push_back(std::move(symbol));
  }
  return parts;
}

} // namespace glyphgate::vision
