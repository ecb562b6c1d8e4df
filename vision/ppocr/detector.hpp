#pragma once

#include "vision/decode/raster.hpp"
#include "vision/ppocr/onnx_session.hpp"
#include "vision/ppocr/regions.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace glyphgate::vision {

/// How a picture is laid before the detector: scaled, and in tiles where it is much longer than it is wide.
struct detection_plan {
  /// What the picture is scaled to; multiples of 32.
  std::uint32_t width, height;
  /// A tile's sides, multiples of 32. Tiles overlap by `detection_overlap` along the longer side.
  std::uint32_t tile_width, tile_height;
  friend bool operator==(const detection_plan&, const detection_plan&) = default;
};

/// How much of two neighbouring tiles is the same, pixels. Each has its half of it in the result.
inline constexpr std::uint32_t detection_overlap = 128;

/// The plan for a picture. No side of a tile exceeds `side_limit`, rounded to 32. A picture of up to three times its
/// width is one tile. A longer one is scaled until its shorter side is a third of the limit, if it exceeds that: what
/// 65,500 pixels are scaled to as one tile holds no letter. So a picture has at most 65,500 × a third of the limit
/// pixels to look at, in tiles of the limit times a third of it.
detection_plan plan_detection(std::uint32_t width, std::uint32_t height, std::uint32_t side_limit);

/// Finds text with PP-OCRv4's detector.
class detector {
public:
  explicit detector(onnx_session model) : model_{std::move(model)} {}

  /// The regions of text in an upright raster, grey or RGB; the error, for people to read, where the model fails.
  std::variant<std::vector<text_region>, std::string> find(const raster& pixels, std::uint32_t side_limit);

private:
  onnx_session model_;
};

} // namespace glyphgate::vision
