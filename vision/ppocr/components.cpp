#include "vision/ppocr/components.hpp"

#include <algorithm>
#include <cstddef>

namespace glyphgate::vision {

namespace {

/// Pixels of a row that were found and whose neighbours above and below were not looked at.
struct run {
  std::uint32_t y;
  std::uint32_t first;
};

class finder {
public:
  finder(const text_map& map, std::uint8_t threshold)
      : map_{map},
        threshold_{threshold},
        seen_(map.values.size(), false) {}

  /// Whether a pixel is text and in no component yet.
  bool is_new(std::uint32_t x, std::uint32_t y) const {
    const auto at = index(x, y);
    return map_.values[at] >= threshold_ && !seen_[at];
  }

  component component_from(std::uint32_t x, std::uint32_t y) {
    component found{.top = y};
    add(found, x, y);
    while (!waiting_.empty()) {
      const auto [row, first] = waiting_.back();
      waiting_.pop_back();
      const auto last = end_of_run(first, row);
      const auto from = first == 0 ? 0 : first - 1, to = std::min(last + 1, map_.width - 1);
      // The component starts in its top row, so nothing of it is above that.
      if (row > found.top)
        look(found, from, to, row - 1);
      if (row + 1 < map_.height)
        look(found, from, to, row + 1);
    }
    return found;
  }

private:
  std::size_t index(std::uint32_t x, std::uint32_t y) const { return std::size_t{y} * map_.width + x; }

  /// A run was marked from its first pixel to its last, so it ends where text ends.
  std::uint32_t end_of_run(std::uint32_t first, std::uint32_t y) const {
    auto last = first;
    while (last + 1 < map_.width && map_.values[index(last + 1, y)] >= threshold_)
      ++last;
    return last;
  }

  void look(component& found, std::uint32_t from, std::uint32_t to, std::uint32_t y) {
    for (auto x = from; x <= to; ++x)
      if (is_new(x, y))
        x = add(found, x, y);
  }

  /// Adds the run that a pixel belongs to; gives its last pixel.
  std::uint32_t add(component& found, std::uint32_t x, std::uint32_t y) {
    auto first = x;
    while (first > 0 && map_.values[index(first - 1, y)] >= threshold_)
      --first;
    const auto last = end_of_run(first, y);
    for (auto at = first; at <= last; ++at)
      seen_[index(at, y)] = true;
    const auto row = y - found.top;
    if (row == found.rows.size())
      found.rows.push_back({first, last});
    auto& extent = found.rows[row];
    extent.first = std::min(extent.first, first);
    extent.last = std::max(extent.last, last);
    waiting_.push_back({y, first});
    return last;
  }

  const text_map& map_;
  const std::uint8_t threshold_;
  std::vector<bool> seen_;
  std::vector<run> waiting_;
};

} // namespace

std::vector<point> outline(const component& one) {
  std::vector<point> corners;
  corners.reserve(one.rows.size() * 4);
  for (std::size_t row = 0; row < one.rows.size(); ++row) {
    const auto top = static_cast<float>(one.top + row);
    const auto left = static_cast<float>(one.rows[row].first), right = static_cast<float>(one.rows[row].last + 1);
    corners.insert(corners.end(), {{left, top}, {right, top}, {left, top + 1}, {right, top + 1}});
  }
  return corners;
}

void find_components(const text_map& map, std::uint8_t threshold, const std::function<bool(const component&)>& take) {
  finder found{map, threshold};
  for (std::uint32_t y = 0; y < map.height; ++y)
    for (std::uint32_t x = 0; x < map.width; ++x)
      if (found.is_new(x, y) && !take(found.component_from(x, y)))
        return;
}

} // namespace glyphgate::vision
