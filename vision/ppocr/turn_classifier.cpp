#include "vision/ppocr/turn_classifier.hpp"

#include "vision/ppocr/line_input.hpp"

#include <algorithm>
#include <array>

namespace glyphgate::vision {

namespace {

constexpr std::uint32_t input_width = 192;
constexpr float sure = 0.9F;

} // namespace

std::variant<bool, std::string> turn_classifier::is_upside_down(const raster& pixels, const quad& corners,
                                                                std::uint32_t line_width) {
  // Longer lines are squeezed, as the model was taught.
  const auto width = std::min(line_width, input_width);
  auto values = line_input(cut_line(pixels, corners, width, 0, width), input_width);
  const std::array<std::int64_t, 4> shape{1, 3, line_height, input_width};
  const auto result = model_.run(shape, values);
  if (const auto* error = std::get_if<std::string>(&result))
    return *error;
  const auto& turned = std::get<tensor>(result).values;
  if (turned.size() != 2)
    return std::string{"the classifier does not tell two classes apart"};
  return turned[1] > sure;
}

} // namespace glyphgate::vision
