#include "vision/compose.hpp"

#include "vision/call_planner.hpp"
#include "vision/decode.hpp"
#include "vision/jpeg/encoder.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <variant>

namespace glyphgate::vision {

namespace {

constexpr int jpeg_quality = 95;
constexpr std::size_t channels = 3;

/// Copies a picture's row to the left of a montage's.
void copy_row(const raster& picture, std::uint32_t y, std::uint8_t* to) {
  const auto* from = picture.pixels.data() + y * picture.row_bytes();
  if (picture.channels == channels)
    std::memcpy(to, from, picture.row_bytes());
  else
    for (std::uint32_t x = 0; x < picture.width; ++x, to += channels)
      std::fill_n(to, channels, from[x]);
}

} // namespace

std::optional<montage> compose(const std::vector<picture>& pictures, const std::stop_token& stop) {
  const auto size = montage_size_of(pictures);
  montage result;
  result.width = static_cast<std::uint32_t>(size.width);
  result.height = static_cast<std::uint32_t>(size.height);
  const std::vector<std::uint8_t> plain_row(result.width * channels, plain_level);
  jpeg_encoder encoder{result.width, result.height, jpeg_quality, std::numeric_limits<std::size_t>::max()};
  std::uint32_t top = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (stop.stop_requested())
      return std::nullopt;
    if (i > 0) {
      for (std::uint32_t y = 0; y < separator_px; ++y)
        encoder.write(plain_row.data());
      top += separator_px;
    }
    const auto& info = pictures[i].info;
    const auto pixels = decode(pictures[i].bytes->hold().view, info);
    if (const auto* refusal = std::get_if<picture_refusal>(&pixels)) {
      // The rows that it was promised are in the JPEG's header already.
      for (std::uint32_t y = 0; y < info.height; ++y)
        encoder.write(plain_row.data());
      result.unplaced.push_back({i, refusal->detail});
    } else {
      auto row = plain_row;
      for (std::uint32_t y = 0; y < info.height; ++y) {
        copy_row(std::get<raster>(pixels), y, row.data());
        encoder.write(row.data());
      }
    }
    result.placements.push_back({i, top, info.width, info.height});
    top += info.height;
  }
  if (result.unplaced.size() < pictures.size())
    result.parts.push_back(*encoder.finish());
  return result;
}

} // namespace glyphgate::vision
