#include "vision/ppocr/resize.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace glyphgate::vision {

namespace {

/// What a result is made of: these sources, in a row from `first`.
struct taps {
  std::uint32_t first = 0;
  std::vector<float> weights;
};

/// For the `index`th of `to` places in a row of `from`.
taps taps_of(std::uint32_t index, std::uint32_t from, std::uint32_t to) {
  const double scale = static_cast<double>(from) / to;
  const double reach = std::max(scale, 1.0);
  const double centre = (index + 0.5) * scale;
  const auto first = static_cast<std::int64_t>(std::floor(centre - reach));
  const auto last = static_cast<std::int64_t>(std::ceil(centre + reach));
  taps made;
  double sum = 0;
  for (auto at = std::max<std::int64_t>(first, 0); at < std::min<std::int64_t>(last, from); ++at) {
    const double weight = 1 - std::abs(static_cast<double>(at) + 0.5 - centre) / reach;
    if (weight <= 0)
      continue;
    if (made.weights.empty())
      made.first = static_cast<std::uint32_t>(at);
    made.weights.push_back(static_cast<float>(weight));
    sum += weight;
  }
  for (auto& weight : made.weights)
    weight = static_cast<float>(weight / sum);
  return made;
}

} // namespace

void resize(const raster& from, const scaled_window& window, const take_row& take) {
  const std::size_t channels = from.channels;
  std::vector<taps> columns;
  columns.reserve(window.width);
  for (std::uint32_t x = 0; x < window.width; ++x)
    columns.push_back(taps_of(window.x + x, from.width, window.whole_width));
  const std::size_t begin = columns.front().first;
  const std::size_t end = columns.back().first + columns.back().weights.size();
  std::vector<float> summed((end - begin) * channels), row(window.width * channels);
  for (std::uint32_t y = 0; y < window.height; ++y) {
    const auto lines = taps_of(window.y + y, from.height, window.whole_height);
    std::ranges::fill(summed, 0.0F);
    for (std::size_t i = 0; i < lines.weights.size(); ++i) {
      const auto* source = from.pixels.data() + (lines.first + i) * from.row_bytes() + begin * channels;
      const float weight = lines.weights[i];
      for (std::size_t k = 0; k < summed.size(); ++k)
        summed[k] += weight * static_cast<float>(source[k]);
    }
    for (std::uint32_t x = 0; x < window.width; ++x) {
      const auto& column = columns[x];
      for (std::size_t c = 0; c < channels; ++c) {
        const float* at = summed.data() + (column.first - begin) * channels + c;
        float sum = 0;
        for (const float weight : column.weights) {
          sum += weight * *at;
          at += channels;
        }
        row[x * channels + c] = sum;
      }
    }
    take(y, row);
  }
}

} // namespace glyphgate::vision
