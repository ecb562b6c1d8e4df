#include "vision/ppocr/ppocr_recogniser.hpp"

#include "core/digest.hpp"
#include "core/reading/derived_layout.hpp"
#include "core/reading/layout_writer.hpp"
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

/// The corners of a part of a line, within a raster of this size.
bounding_quad quad_of(const perspective& line, float left, float right, const raster& within) {
  const auto corner = [&](float along, float across) {
    const auto at = line.at(along, across);
    const auto pixel = [](float value, std::uint32_t size) {
      return static_cast<std::int32_t>(std::lround(std::clamp(value, 0.0F, static_cast<float>(size))));
    };
    return pixel_point{pixel(at.x, within.width), pixel(at.y, within.height)};
  };
  return {{{corner(left, 0), corner(right, 0), corner(right, 1), corner(left, 1)}}};
}

/// Whether a line runs to the right, and does not climb or fall by more than half its height.
bool is_level(const quad& corners) {
  const auto right = corners[1].x - corners[0].x, down = corners[1].y - corners[0].y;
  return right > 0 && std::abs(down) <= distance(corners[0], corners[3]) / 2;
}

struct placed_symbol {
  symbol what;
  bounding_quad where;
};

/// A line that was read, and where it lies.
struct line_of_text {
  quad corners;
  std::vector<placed_symbol> symbols;
};

std::vector<placed_symbol> symbols_of(const std::vector<read_character>& line, const character_set& characters,
                                      const quad& corners, std::uint32_t line_width, const raster& within) {
  std::vector<character_place> places;
  places.reserve(line.size());
  for (const auto& one : line)
    places.push_back({characters[one.index], one.centre, one.space_after});
  const auto width = static_cast<float>(line_width);
  const auto extents = spread_characters(places, width);
  const perspective place{corners};
  const bool runs_across = std::abs(corners[1].x - corners[0].x) >= std::abs(corners[1].y - corners[0].y);
  const bool level = is_level(corners);
  std::vector<placed_symbol> symbols;
  symbols.reserve(line.size());
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto left = extents[i].left / width, right = extents[i].right / width;
    const auto box = box_of(place, runs_across, left, right, within);
    symbols.push_back({{characters[line[i].index], box, std::clamp(calibrated(line[i].probability), 0.0F, 1.0F),
                        line[i].space_after ? text_break::space : text_break::none},
                       level ? glyphgate::quad_of(box) : quad_of(place, left, right, within)});
  }
  return symbols;
}

/// How often a picture has to be turned anticlockwise by 90°, so that most of its text runs to the right, by the length
/// of the lines.
int quarters_of(const std::vector<line_of_text>& lines) {
  std::array<float, 4> lengths{};
  for (const auto& line : lines) {
    const auto right = line.corners[1].x - line.corners[0].x, down = line.corners[1].y - line.corners[0].y;
    const bool across = std::abs(right) >= std::abs(down);
    const std::size_t quarters = across ? (right >= 0 ? 0 : 2) : (down >= 0 ? 1 : 3);
    lengths[quarters] += distance(line.corners[0], line.corners[1]);
  }
  return static_cast<int>(std::ranges::max_element(lengths) - lengths.begin());
}

/// A place in a picture that is turned so, as seen from its own origin.
template <class Point>
Point turned(const Point& at, int quarters) {
  switch (quarters) {
  case 1: return {at.y, -at.x};
  case 2: return {-at.x, -at.y};
  case 3: return {-at.y, at.x};
  default: return at;
  }
}

/// The smallest rectangle around lines side by side in the turned picture.
bounding_box box_around(const std::vector<line_of_text>& lines, const std::vector<std::size_t>& row, int quarters) {
  std::vector<bounding_quad> quads;
  for (const auto at : row)
    for (const auto& one : lines[at].symbols) {
      auto quad = glyphgate::quad_of(one.what.box);
      for (auto& corner : quad.corners)
        corner = turned(corner, quarters);
      quads.push_back(glyphgate::quad_of(hull_of(quad)));
    }
  return hull_of(quad_around(quads));
}

/// Rows become lines, and rows close below each other paragraphs, as most of the text runs.
recognition in_order(std::vector<line_of_text> lines) {
  const auto quarters = quarters_of(lines);
  std::vector<quad> corners;
  corners.reserve(lines.size());
  for (const auto& line : lines) {
    corners.push_back(line.corners);
    for (auto& corner : corners.back())
      corner = turned(corner, quarters);
  }
  layout_writer writer;
  bounding_box before;
  for (const auto& row : rows_of(corners)) {
    const auto box = box_around(lines, row, quarters);
    if (!writer.is_empty()) {
      const bool goes_on = glyphgate::goes_on(before, box);
      writer.last_break() = goes_on ? text_break::wrap : text_break::line;
      if (!goes_on)
        writer.end_block();
    }
    before = box;
    for (const auto at : row) {
      const bool ends_wide = is_wide_punctuation(lines[at].symbols.back().what.text);
      for (auto& [what, where] : lines[at].symbols) {
        const bool ends_word = what.after != text_break::none;
        writer.add(std::move(what), where);
        if (ends_word)
          writer.end_word();
      }
      if (!ends_wide)
        writer.last_break() = text_break::space;
      writer.end_word();
    }
    writer.last_break() = text_break::line;
    writer.end_line();
  }
  auto result = writer.take();
  result.engine = "ppocr";
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
