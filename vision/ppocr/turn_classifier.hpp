#pragma once

#include "vision/decode/raster.hpp"
#include "vision/ppocr/geometry.hpp"
#include "vision/ppocr/onnx_session.hpp"

#include <string>
#include <utility>
#include <variant>

namespace glyphgate::vision {

/// Tells whether a line stands on its head, with PP-OCR's classifier.
class turn_classifier {
public:
  explicit turn_classifier(onnx_session model) : model_{std::move(model)} {}

  /// Whether the line of these corners is upside down, by more than nine in ten. The error where the model fails.
  std::variant<bool, std::string> is_upside_down(const raster& pixels, const quad& corners, std::uint32_t line_width);

private:
  onnx_session model_;
};

} // namespace glyphgate::vision
