#include "vision/ppocr/detector.hpp"

#include "vision/ppocr/resize.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

namespace glyphgate::vision {

namespace {

// The model halves its input five times.
constexpr std::uint32_t grid = 32;
constexpr double longest_of_one_tile = 3;
// Mean and spread of ImageNet's colours, with which the model was taught.
constexpr std::array<float, 3> mean{0.485F, 0.456F, 0.406F}, spread{0.229F, 0.224F, 0.225F};

std::uint32_t on_grid(double size) {
  return std::max(grid, static_cast<std::uint32_t>(std::lround(size / grid)) * grid);
}

/// The numbers that the model takes for a part of the picture: three planes.
std::vector<float> input_of(const raster& pixels, const scaled_window& window) {
  const std::size_t plane = std::size_t{window.width} * window.height;
  std::vector<float> values(3 * plane);
  resize(pixels, window, [&](std::uint32_t y, std::span<const float> row) {
    for (std::size_t c = 0; c < 3; ++c) {
      const float scale = 1 / (255 * spread[c]), shift = -mean[c] / spread[c];
      const auto* from = row.data() + (pixels.channels == 3 ? c : 0);
      auto* to = values.data() + c * plane + std::size_t{y} * window.width;
      for (std::uint32_t x = 0; x < window.width; ++x, from += pixels.channels)
        to[x] = *from * scale + shift;
    }
  });
  return values;
}

/// 0–255 for 0–1; what is no number is nothing.
std::uint8_t as_byte(float value) {
  return value > 0 ? static_cast<std::uint8_t>(std::lround(std::min(value, 1.0F) * 255)) : std::uint8_t{0};
}

/// Where tiles lie along a side of the plan.
struct place {
  std::uint32_t first;
  /// The part of the result that is this tile's, within the whole.
  std::uint32_t own_first, own_end;
};

std::vector<place> places(std::uint32_t whole, std::uint32_t tile) {
  std::vector<place> made{{0, 0, tile}};
  while (made.back().own_end < whole) {
    auto& before = made.back();
    const auto first = std::min(before.first + tile - detection_overlap, whole - tile);
    before.own_end = (first + before.first + tile) / 2;
    made.push_back({first, before.own_end, first + tile});
  }
  return made;
}

} // namespace

detection_plan plan_detection(std::uint32_t width, std::uint32_t height, std::uint32_t side_limit) {
  const double most = std::max(side_limit / grid, std::uint32_t{8}) * grid;
  const double longer = std::max(width, height), shorter = std::min(width, height);
  const double fit = longer <= longest_of_one_tile * shorter ? most / longer : most / longest_of_one_tile / shorter;
  const double scale = std::min(fit, 1.0);
  const auto scaled_width = on_grid(width * scale), scaled_height = on_grid(height * scale);
  const auto tile = static_cast<std::uint32_t>(most);
  return {scaled_width, scaled_height, std::min(scaled_width, tile), std::min(scaled_height, tile)};
}

std::variant<std::vector<text_region>, std::string> detector::find(const raster& pixels, std::uint32_t side_limit) {
  const auto plan = plan_detection(pixels.width, pixels.height, side_limit);
  text_map map{plan.width, plan.height, std::vector<std::uint8_t>(std::size_t{plan.width} * plan.height)};
  for (const auto& down : places(plan.height, plan.tile_height))
    for (const auto& across : places(plan.width, plan.tile_width)) {
      auto values =
          input_of(pixels, {plan.width, plan.height, across.first, down.first, plan.tile_width, plan.tile_height});
      const std::array<std::int64_t, 4> shape{1, 3, plan.tile_height, plan.tile_width};
      const auto result = model_.run(shape, values);
      if (const auto* error = std::get_if<std::string>(&result))
        return *error;
      const auto& sure = std::get<tensor>(result).values;
      if (sure.size() != std::size_t{plan.tile_width} * plan.tile_height)
        return std::string{"the detector gives a map of another size"};
      for (auto y = down.own_first; y < down.own_end; ++y)
        for (auto x = across.own_first; x < across.own_end; ++x) {
          const float value = sure[std::size_t{y - down.first} * plan.tile_width + (x - across.first)];
          map.values[std::size_t{y} * map.width + x] = as_byte(value);
        }
    }
  return find_regions(map, pixels.width, pixels.height);
}

} // namespace glyphgate::vision
