#include "vision/ppocr/calibration.hpp"

#include <algorithm>
#include <iterator>

namespace glyphgate::vision {

namespace {

struct knot {
  float raw, right;
};

constexpr knot knots[] = {
#include "vision/ppocr/calibration_knots.inc"
};

} // namespace

float calibrated(float raw) {
  if (!(raw > 0))
    return knots[0].right;
  const auto above = std::lower_bound(std::begin(knots) + 1, std::end(knots) - 1, raw,
                                      [](const knot& one, float value) { return one.raw < value; });
  const auto& below = *std::prev(above);
  const float share = std::min(1.0F, (raw - below.raw) / (above->raw - below.raw));
  return below.right + share * (above->right - below.right);
}

} // namespace glyphgate::vision
