#include "vision/ppocr/regions.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

namespace glyphgate::vision {

namespace {

// What is likely text: 0.3.
constexpr std::uint8_t likely = 77;
// A region that is less sure than this is none.
constexpr float least_score = 0.5F;
// How a rectangle grows: its area over its circumference by this. DB shrinks by its like.
constexpr float growth = 1.6F;
// Further at both ends of a line, in its heights: end letters get lost without.
constexpr float growth_at_ends = 0.15F;
// Shorter sides than these, in pixels of the map, are specks: before they grow and after.
constexpr float least_side = 3, least_grown_side = 5;
// From this height over its width on, text is thought to run down, as in PaddleOCR.
constexpr float running_down = 1.5F;
// How far a part of a line may stand out above and below it, in the line's heights.
constexpr float room_in_row = 0.25F;
// No more rows of a region are looked at for its score.
constexpr std::uint32_t most_scored_rows = 256;

/// From where to where a row through the middle of pixels meets the quadrilateral.
struct crossing {
  float left = std::numeric_limits<float>::infinity(), right = -std::numeric_limits<float>::infinity();
};

crossing cross(const quad& corners, float y) {
  crossing found;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const auto &a = corners[i], &b = corners[(i + 1) % corners.size()];
    if ((a.y <= y) == (b.y <= y))
      continue;
    const float x = a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x);
    found.left = std::min(found.left, x);
    found.right = std::max(found.right, x);
  }
  return found;
}

/// A pixel whose middle is not left of `at`, within the map.
std::uint32_t pixel_from(float at, std::uint32_t size) {
  return static_cast<std::uint32_t>(std::clamp(std::ceil(at - 0.5F), 0.0F, static_cast<float>(size)));
}

/// The mean of the map within, 0–1.
float score_of(const text_map& map, const quad& corners) {
  const auto [low, high] = std::ranges::minmax(corners, {}, &point::y);
  const auto first = pixel_from(low.y, map.height), last = pixel_from(high.y, map.height);
  const auto step = (last - first) / most_scored_rows + 1;
  std::uint64_t sum = 0, count = 0;
  for (auto y = first; y < last; y += step) {
    const auto [left, right] = cross(corners, static_cast<float>(y) + 0.5F);
    if (!(left < right))
      continue;
    const auto end = pixel_from(right, map.width);
    for (auto x = pixel_from(left, map.width); x < end; ++x, ++count)
      sum += map.at(x, y);
  }
  return count == 0 ? 0 : static_cast<float>(sum) / (255 * static_cast<float>(count));
}

float shorter_side(const quad& rectangle) {
  return std::min(distance(rectangle[0], rectangle[1]), distance(rectangle[1], rectangle[2]));
}

quad grown_as_taught(const quad& rectangle) {
  const float width = distance(rectangle[0], rectangle[1]), height = distance(rectangle[1], rectangle[2]);
  const float all_round = width * height * growth / (2 * (width + height));
  const float ends = growth_at_ends * (std::min(width, height) + 2 * all_round);
  return width >= height ? grown(rectangle, all_round + ends, all_round)
                         : grown(rectangle, all_round, all_round + ends);
}

quad within(const quad& corners, float width, float height) {
  quad made = corners;
  for (auto& corner : made)
    corner = {std::clamp(corner.x, 0.0F, width), std::clamp(corner.y, 0.0F, height)};
  return made;
}

/// The least rectangle around both, as the larger one lies, where the smaller one overlaps it and lies in its row.
std::optional<quad> joined(const quad& larger, const quad& smaller) {
  const float width = distance(larger[0], larger[1]), height = distance(larger[0], larger[3]);
  if (width == 0 || height == 0)
    return std::nullopt;
  const point along{(larger[1].x - larger[0].x) / width, (larger[1].y - larger[0].y) / width};
  const point across{-along.y, along.x};
  float left = 0, right = width, top = 0, bottom = height;
  float first = std::numeric_limits<float>::infinity(), last = -first;
  for (const auto& corner : smaller) {
    const point from{corner.x - larger[0].x, corner.y - larger[0].y};
    const float u = from.x * along.x + from.y * along.y, v = from.x * across.x + from.y * across.y;
    first = std::min(first, u);
    last = std::max(last, u);
    top = std::min(top, v);
    bottom = std::max(bottom, v);
  }
  if (first >= width || last <= 0 || top < -room_in_row * height || bottom > (1 + room_in_row) * height)
    return std::nullopt;
  left = std::min(left, first);
  right = std::max(right, last);
  const auto place = [&](float u, float v) {
    return point{larger[0].x + u * along.x + v * across.x, larger[0].y + u * along.y + v * across.y};
  };
  return quad{place(left, top), place(right, top), place(right, bottom), place(left, bottom)};
}

/// Without those that are parts of others.
std::vector<text_region> join_parts(std::vector<text_region> found, float width, float height) {
  std::ranges::stable_sort(found, std::ranges::greater{}, [](const text_region& one) { return area(one.corners); });
  std::vector<text_region> whole;
  for (const auto& next : found) {
    const auto taken = std::ranges::find_if(whole, [&](text_region& larger) {
      const auto both = joined(larger.corners, next.corners);
      if (both)
        larger.corners = within(*both, width, height);
      return both.has_value();
    });
    if (taken == whole.end())
      whole.push_back(next);
  }
  return whole;
}

/// Clockwise from the text's top left.
quad as_text_runs(const quad& corners) {
  auto result = from_top_left(corners);
  if (distance(result[1], result[2]) >= running_down * distance(result[0], result[1]))
    std::rotate(result.begin(), result.begin() + 1, result.end());
  return result;
}

std::optional<text_region> region_of(const component& one, const text_map& map, float width, float height) {
  const auto rectangle = smallest_rectangle(convex_hull(outline(one)));
  if (shorter_side(rectangle) < least_side)
    return std::nullopt;
  const float score = score_of(map, rectangle);
  if (score < least_score)
    return std::nullopt;
  auto corners = grown_as_taught(rectangle);
  if (shorter_side(corners) < least_grown_side)
    return std::nullopt;
  const float across = width / static_cast<float>(map.width), down = height / static_cast<float>(map.height);
  for (auto& corner : corners)
    corner = {corner.x * across, corner.y * down};
  return text_region{as_text_runs(within(corners, width, height)), score};
}

} // namespace

std::vector<text_region> find_regions(const text_map& map, std::uint32_t width, std::uint32_t height) {
  const auto across = static_cast<float>(width), down = static_cast<float>(height);
  std::vector<text_region> found;
  find_components(map, likely, [&](const component& one) {
    if (auto region = region_of(one, map, across, down))
      found.push_back(*region);
    return found.size() < most_regions;
  });
  return join_parts(std::move(found), across, down);
}

} // namespace glyphgate::vision
