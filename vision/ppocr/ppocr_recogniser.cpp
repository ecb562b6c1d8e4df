#include "vision/ppocr/ppocr_recogniser.hpp"

#include "core/digest.hpp"
#include "vision/ppocr/calibration.hpp"
#include "vision/ppocr/character_set.hpp"
#include "vision/ppocr/detector.hpp"
#include "vision/ppocr/line_image.hpp"
#include "vision/ppocr/line_reader.hpp"
#include "vision/ppocr/line_spread.hpp"
#include "vision/ppocr/reading_order.hpp"
#include "vision/ppocr/turn_classifier.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace glyphgate::vision {

namespace {

// Lines whose characters are less sure than this on average are no text, as in PaddleOCR.
constexpr float least_mean = 0.5F;

/// Gives a checked model's session, or why there is none.
std::variant<onnx_session, std::string> session_of(const onnx_runtime& runtime, const mapped_model_source& models,
                                                   std::string_view name, std::string_view sums) {
  const auto file = checked_model(models, name, sums);
  if (const auto* error = std::get_if<std::string>(&file))
    return *error;
  auto made = onnx_session::open(runtime, std::get<held_bytes>(file).view);
  if (const auto* error = std::get_if<std::string>(&made))
    return std::string{name} + " cannot be loaded: " + *error;
  return made;
}

/// How sure a line's characters are on average; 0 where there are none.
float mean_of(const std::vector<read_character>& line) {
  float sum = 0;
  for (const auto& one : line)
    sum += one.probability;
  return line.empty() ? 0 : sum / static_cast<float>(line.size());
}

/// The box of a part of a line, within a raster of this size. The way that the line runs, from the middle of one border
/// to that of the other, so that neighbours do not overlap; the other way, around all of it.
bounding_box box_of(const perspective& line, bool runs_across, float left, float right, const raster& within) {
  const quad corners{line.at(left, 0), line.at(right, 0), line.at(right, 1), line.at(left, 1)};
  const std::array middles{line.at(left, 0.5F), line.at(right, 0.5F)};
  const auto range = [&](float point::*axis, bool runs_so, std::uint32_t size) {
    const auto [low, high] = runs_so ? std::ranges::minmax(middles, {}, axis) : std::ranges::minmax(corners, {}, axis);
    const auto pixel = [size](float at) {
      return static_cast<std::int32_t>(std::lround(std::clamp(at, 0.0F, static_cast<float>(size))));
    };
    const auto first = std::min(pixel(low.*axis), static_cast<std::int32_t>(size) - 1);
    return std::pair{first, std::max(pixel(high.*axis) - first, 1)};
  };
  const auto [x, width] = range(&point::x, runs_across, within.width);
  const auto [y, height] = range(&point::y, !runs_across, within.height);
  return {x, y, width, height};
}

/// A line that was read, and where it lies.
struct line_of_text {
  quad corners;
  std::vector<symbol> symbols;
};

std::vector<symbol> symbols_of(const std::vector<read_character>& line, const character_set& characters,
                               const quad& corners, std::uint32_t line_width, const raster& within) {
  std::vector<character_place> places;
  places.reserve(line.size());
  for (const auto& one : line)
    places.push_back({characters[one.index], one.centre, one.space_after});
  const auto width = static_cast<float>(line_width);
  const auto extents = spread_characters(places, width);
  const perspective place{corners};
  const bool runs_across = std::abs(corners[1].x - corners[0].x) >= std::abs(corners[1].y - corners[0].y);
  std::vector<symbol> symbols;
  symbols.reserve(line.size());
  for (std::size_t i = 0; i < line.size(); ++i)
    symbols.push_back({characters[line[i].index],
                       box_of(place, runs_across, extents[i].left / width, extents[i].right / width, within),
                       std::clamp(calibrated(line[i].probability), 0.0F, 1.0F),
                       line[i].space_after ? text_break::space : text_break::none});
  return symbols;
}

recognition in_order(std::vector<line_of_text> lines) {
  std::vector<quad> corners;
  corners.reserve(lines.size());
  for (const auto& line : lines)
    corners.push_back(line.corners);
  recognition result;
  result.engine = "ppocr";
  for (const auto& row : rows_of(corners)) {
    for (const auto at : row) {
      auto& symbols = lines[at].symbols;
      if (!is_wide_punctuation(symbols.back().text))
        symbols.back().after = text_break::space;
      std::ranges::move(symbols, std::back_inserter(result.symbols));
    }
    result.symbols.back().after = text_break::line;
  }
  return result;
}

} // namespace

struct ppocr_recogniser::loaded_models {
  detector find;
  turn_classifier classify;
  line_reader read;

  /// The line in a region; without symbols where there is none. The error where a model fails.
  std::variant<line_of_text, std::string> line_in(const raster& pixels, const text_region& region);
};

std::variant<line_of_text, std::string> ppocr_recogniser::loaded_models::line_in(const raster& pixels,
                                                                                 const text_region& region) {
  line_of_text line{region.corners, {}};
  const auto width = width_of_line(line.corners);
  if (!width)
    return line;
  auto reading = read.read(pixels, line.corners, *width);
  if (const auto* error = std::get_if<std::string>(&reading))
    return *error;
  auto& found = std::get<std::vector<read_character>>(reading);
  const auto upside_down = classify.is_upside_down(pixels, line.corners, *width);
  if (const auto* error = std::get_if<std::string>(&upside_down))
    return *error;
  if (std::get<bool>(upside_down)) {
    // The classifier sees long lines squeezed, and errs: what can be read tells which way is up.
    quad turned = line.corners;
    std::rotate(turned.begin(), turned.begin() + 2, turned.end());
    auto other = read.read(pixels, turned, *width);
    if (const auto* error = std::get_if<std::string>(&other))
      return *error;
    if (auto& characters = std::get<std::vector<read_character>>(other); mean_of(characters) > mean_of(found)) {
      line.corners = turned;
      found = std::move(characters);
    }
  }
  if (mean_of(found) >= least_mean)
    line.symbols = symbols_of(found, read.characters(), line.corners, *width, pixels);
  return line;
}

ppocr_recogniser::ppocr_recogniser(const onnx_runtime& runtime, mapped_model_source models, ppocr_options options)
    : runtime_{runtime},
      models_{std::move(models)},
      options_{options} {
  // The first digest of a process reads OpenSSL's settings.
  sha256({});
}

ppocr_recogniser::~ppocr_recogniser() = default;

std::optional<std::string> ppocr_recogniser::load() {
  if (loaded_)
    return std::nullopt;
  if (!runtime_.failure().empty())
    return runtime_.failure();
  const auto sums = models_("SHA256SUMS");
  if (!sums)
    return "the models' SHA256SUMS is not there; run script/setup";
  const auto keys = checked_model(models_, "keys.txt", sums->view);
  if (const auto* error = std::get_if<std::string>(&keys))
    return *error;
  const auto session = [&](std::string_view name) { return session_of(runtime_, models_, name, sums->view); };
  auto find = session("det.onnx"), classify = session("cls.onnx"), read = session("rec.onnx");
  for (const auto* made : {&find, &classify, &read})
    if (const auto* error = std::get_if<std::string>(made))
      return *error;
  loaded_ = std::make_unique<loaded_models>(loaded_models{
      detector{std::get<onnx_session>(std::move(find))}, turn_classifier{std::get<onnx_session>(std::move(classify))},
      line_reader{std::get<onnx_session>(std::move(read)), character_set{std::get<held_bytes>(keys).view}}});
  return std::nullopt;
}

std::variant<recognition, std::string> ppocr_recogniser::read(const raster& pixels) {
  const auto regions = find(pixels);
  if (const auto* error = std::get_if<std::string>(&regions))
    return *error;
  return read(pixels, std::get<std::vector<text_region>>(regions));
}

std::variant<recognition, std::string> ppocr_recogniser::read(const raster& pixels,
                                                              const std::vector<text_region>& regions) {
  if (auto error = load())
    return *std::move(error);
  std::vector<line_of_text> lines;
  for (const auto& region : regions) {
    auto line = loaded_->line_in(pixels, region);
    if (const auto* error = std::get_if<std::string>(&line))
      return *error;
    if (auto& found = std::get<line_of_text>(line); !found.symbols.empty())
      lines.push_back(std::move(found));
  }
  return in_order(std::move(lines));
}

std::variant<std::vector<text_region>, std::string> ppocr_recogniser::find(const raster& pixels) {
  if (auto error = load())
    return *std::move(error);
  return loaded_->find.find(pixels, options_.side_limit);
}

bool ppocr_recogniser::knows(std::string_view character) const {
  return loaded_ && loaded_->read.characters().has(character);
}

void ppocr_recogniser::rest() {
  loaded_.reset();
}

} // namespace glyphgate::vision
