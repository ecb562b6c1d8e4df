#include "vision/ppocr/reading_order.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace glyphgate::vision {

namespace {

struct line_place {
  float left, middle, height;
};

line_place place_of(const quad& corners) {
  const auto left = std::ranges::min(corners, {}, &point::x).x;
  const auto middle = (corners[0].y + corners[1].y + corners[2].y + corners[3].y) / 4;
  return {left, middle, std::min(distance(corners[0], corners[1]), distance(corners[1], corners[2]))};
}

} // namespace

std::vector<std::vector<std::size_t>> rows_of(const std::vector<quad>& lines) {
  std::vector<line_place> places;
  std::ranges::transform(lines, std::back_inserter(places), place_of);
  std::vector<std::size_t> down(lines.size());
  std::iota(down.begin(), down.end(), std::size_t{0});
  std::ranges::stable_sort(down, {}, [&](std::size_t i) { return places[i].middle; });
  std::vector<std::vector<std::size_t>> rows;
  // Compared with the row's first line, so that a row cannot wander down the page.
  for (const auto line : down) {
    const auto& here = places[line];
    const auto* first = rows.empty() ? nullptr : &places[rows.back().front()];
    if (first != nullptr && here.middle - first->middle < std::min(here.height, first->height) / 2)
      rows.back().push_back(line);
    else
      rows.push_back({line});
  }
  for (auto& row : rows)
    std::ranges::stable_sort(row, {}, [&](std::size_t i) { return places[i].left; });
  return rows;
}

} // namespace glyphgate::vision
