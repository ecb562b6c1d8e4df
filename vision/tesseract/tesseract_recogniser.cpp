#include "vision/tesseract/tesseract_recogniser.hpp"

#include "core/reading/layout_writer.hpp"
#include "vision/tesseract/languages.hpp"
#include "vision/tesseract/silence.hpp"

#include <allheaders.h>
#include <tesseract/baseapi.h>
#include <tesseract/resultiterator.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace glyphgate::vision {

namespace {

namespace tess = ::tesseract;

// Tesseract's coordinates have 16 bits.
constexpr std::uint32_t max_side = std::numeric_limits<std::int16_t>::max();
// Nothing can be read in less, and Leptonica cannot scale less.
constexpr std::uint32_t min_side = 3;
// Pictures' own resolutions are not to be trusted. This is the least that Tesseract believes; it estimates the size of
// the text anyhow, and 150 and 300 read no better.
constexpr int source_resolution_dpi = 70;

// When a reading is doubted and done again on the turned picture: docs/tesseract.md has what was measured. Strips are
// cut from something whose top is known; few symbols say little.
constexpr std::uint32_t min_page_side = 200;
constexpr std::size_t min_page_symbols = 10;
constexpr float doubtful_confidence = 0.65F;

constexpr std::string_view model_directory = "models/";

/// Whence Tesseract, which takes a plain function, gets its models on this thread.
thread_local const model_source* current_source = nullptr;

/// Makes a comment of a model's wish for further languages: Tesseract 5.3.0, following it, walks a list that it has let
/// go of, and loads none of them.
void ignore_further_languages(std::vector<char>& model) {
  constexpr std::string_view setting = "tessedit_load_sublangs";
  if (const auto at = std::search(model.begin(), model.end(), setting.begin(), setting.end()); at != model.end())
    *at = '#';
}

bool read_model(const char* file, std::vector<char>* bytes) {
  std::string_view code{file};
  if (!code.starts_with(model_directory) || !code.ends_with(model_extension))
    return false;
  code.remove_prefix(model_directory.size());
  code.remove_suffix(model_extension.size());
  auto model = (*current_source)(code);
  if (!model)
    return false;
  ignore_further_languages(*model);
  *bytes = std::move(*model);
  return true;
}

std::string join(const std::vector<std::string>& codes) {
  std::string joined;
  for (const auto& code : codes)
    joined += (joined.empty() ? "" : "+") + code;
  return joined;
}

/// A copy as Leptonica holds it; null when there is no memory for it.
Pix* copy_of(const raster& pixels) {
  const auto width = static_cast<int>(pixels.width), height = static_cast<int>(pixels.height);
  Pix* copy = pixCreate(width, height, pixels.channels == 1 ? 8 : 32);
  if (copy == nullptr)
    return nullptr;
  l_uint32* row = pixGetData(copy);
  const auto* from = pixels.pixels.data();
  for (int y = 0; y < height; ++y, row += pixGetWpl(copy))
    for (int x = 0; x < width; ++x, from += pixels.channels)
      if (pixels.channels == 1)
        SET_DATA_BYTE(row, x, *from);
      else
        composeRGBPixel(from[0], from[1], from[2], row + x);
  return copy;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// What stands between the iterator's symbol and the one before it.
text_break break_before(const tess::ResultIterator& at) {
  if (at.IsAtBeginningOf(tess::RIL_PARA))
    return text_break::line;
  if (at.IsAtBeginningOf(tess::RIL_TEXTLINE))
    return text_break::wrap;
  // Without a blank, a word ends where a dictionary says so: within a run of Chinese, say.
  if (at.IsAtBeginningOf(tess::RIL_WORD) && at.BlanksBeforeWord() > 0)
    return text_break::space;
  return text_break::none;
}

float fraction(float percent) {
  return std::clamp(percent / 100, 0.0F, 1.0F);
}

float confidence(const tess::ResultIterator& at) {
  return fraction(std::min(at.Confidence(tess::RIL_SYMBOL), at.Confidence(tess::RIL_WORD)));
}

/// Whether the iterator's line runs from the top to the bottom.
bool runs_down(const tess::PageIterator& at) {
  tess::Orientation orientation;
  tess::WritingDirection direction;
  tess::TextlineOrder order;
  float deskew_angle;
  at.Orientation(&orientation, &direction, &order, &deskew_angle);
  return direction == tess::WRITING_DIRECTION_TOP_TO_BOTTOM;
}

bounding_box box_of(const tess::PageIterator& at, tess::PageIteratorLevel level) {
  int left = 0, top = 0, right = 0, bottom = 0;
  at.BoundingBox(level, &left, &top, &right, &bottom);
  return {left, top, right - left, bottom - top};
}

/// Tesseract misplaces the symbols of lines that run down, but not their words: each of a word's symbols gets an equal
/// share of the word.
void share_word(std::vector<symbol>& symbols, const bounding_box& word) {
  const auto count = static_cast<std::int32_t>(symbols.size());
  for (std::int32_t i = 0; i < count; ++i) {
    const auto top = word.height * i / count, bottom = word.height * (i + 1) / count;
    symbols[static_cast<std::size_t>(i)].box = {word.x, word.y + top, word.width, bottom - top};
  }
}

/// What the iterator tells of the unit that it is in.
unit_facts facts_of(const tess::ResultIterator& at, tess::PageIteratorLevel level) {
  return {quad_of(box_of(at, level)), fraction(at.Confidence(level)), {}};
}

unit_facts facts_of_word(const tess::ResultIterator& at) {
  auto facts = facts_of(at, tess::RIL_WORD);
  if (const char* language = at.WordRecognitionLanguage(); language != nullptr && *language != '\0')
    facts.languages.push_back({language, 0});
  return facts;
}

recognition collect(tess::TessBaseAPI& api) {
  const std::unique_ptr<tess::ResultIterator> at{api.GetIterator()};
  if (!at || at->Empty(tess::RIL_SYMBOL))
    return {};
  layout_writer writer;
  // What the symbols that were added so far are parted by from those to come.
  auto before = text_break::none;
  std::vector<symbol> word;
  const auto ends = [&](tess::PageIteratorLevel level) { return at->IsAtFinalElement(level, tess::RIL_SYMBOL); };
  do {
    if (word.empty())
      before = std::max(before, break_before(*at));
    const std::unique_ptr<const char[]> text{at->GetUTF8Text(tess::RIL_SYMBOL)};
    if (text && !is_blank(text.get()))
      word.push_back({text.get(), box_of(*at, tess::RIL_SYMBOL), confidence(*at), text_break::none});
    if (!ends(tess::RIL_WORD))
      continue;
    if (runs_down(*at))
      share_word(word, box_of(*at, tess::RIL_WORD));
    if (!word.empty()) {
      if (!writer.is_empty())
        writer.last_break() = before;
      before = text_break::none;
    }
    for (auto& one : word)
      writer.add(std::move(one));
    word.clear();
    writer.end_word(facts_of_word(*at));
    if (ends(tess::RIL_TEXTLINE))
      writer.end_line(facts_of(*at, tess::RIL_TEXTLINE));
    if (ends(tess::RIL_PARA))
      writer.end_paragraph(facts_of(*at, tess::RIL_PARA));
    if (ends(tess::RIL_BLOCK))
      writer.end_block(facts_of(*at, tess::RIL_BLOCK));
  } while (at->Next(tess::RIL_SYMBOL));
  if (!writer.is_empty())
    writer.last_break() = text_break::line;
  return writer.take();
}

/// Whether most of the text in the picture that is set runs down, by the length of the lines.
bool most_lines_run_down(tess::TessBaseAPI& api) {
  std::int64_t down = 0, across = 0;
  const std::unique_ptr<tess::PageIterator> at{api.AnalyseLayout()};
  if (!at || at->Empty(tess::RIL_TEXTLINE))
    return false;
  do {
    const auto box = box_of(*at, tess::RIL_TEXTLINE);
    (runs_down(*at) ? down : across) += std::max(box.width, box.height);
  } while (at->Next(tess::RIL_TEXTLINE));
  return down > across;
}

/// Reads the picture that is set.
std::optional<recognition> recognise(tess::TessBaseAPI& api) {
  if (api.Recognize(nullptr) != 0)
    return std::nullopt;
  return collect(api);
}

/// How many of the symbols are right, by the confidences.
float probably_right(const recognition& read) {
  float sum = 0;
  for (const auto& one : read.symbols)
    sum += one.confidence;
  return sum;
}

bool is_doubtful(const recognition& read) {
  const auto count = read.symbols.size();
  return count >= min_page_symbols && probably_right(read) < doubtful_confidence * static_cast<float>(count);
}

/// Turns the picture that is set clockwise; false when there is no memory for it.
bool turn_picture(tess::TessBaseAPI& api, int quarters) {
  Pix* turned = pixRotateOrth(api.GetInputImage(), quarters);
  if (turned == nullptr)
    return false;
  api.Clear();
  api.SetImage(turned);
  pixDestroy(&turned);
  api.SetSourceResolution(source_resolution_dpi);
  return true;
}

/// Where corners in a turned picture lie in the one of this size that was turned clockwise.
bounding_quad turned_back(const bounding_quad& quad, int quarters, std::int32_t width, std::int32_t height) {
  bounding_quad result;
  for (std::size_t i = 0; i < quad.corners.size(); ++i) {
    const auto [x, y] = quad.corners[i];
    switch (quarters) {
    case 1: result.corners[i] = {y, height - x}; break;
    case 2: result.corners[i] = {width - x, height - y}; break;
    case 3: result.corners[i] = {width - y, x}; break;
    default: result.corners[i] = {x, y}; break;
    }
  }
  return result;
}

void turn_back(recognition& read, int quarters, std::int32_t width, std::int32_t height) {
  if (quarters == 0)
    return;
  std::vector<bounding_quad> quads;
  quads.reserve(read.symbols.size());
  for (std::size_t i = 0; i < read.symbols.size(); ++i) {
    quads.push_back(turned_back(quad_of_symbol(read, i), quarters, width, height));
    read.symbols[i].box = hull_of(quads.back());
  }
  auto& layout = read.layout;
  layout.symbol_quads = std::move(quads);
  for (auto* level : {&layout.words, &layout.lines, &layout.paragraphs, &layout.blocks})
    for (auto& unit : *level)
      unit.box = turned_back(unit.box, quarters, width, height);
}

} // namespace

tesseract_recogniser::tesseract_recogniser(model_source models) : models_{std::move(models)} {
  silence_tesseract();
}

tesseract_recogniser::~tesseract_recogniser() = default;

std::optional<std::string> tesseract_recogniser::load(const std::vector<std::string>& codes) {
  if (codes.empty())
    return "no language is named";
  if (api_ && loaded_ == codes)
    return std::nullopt;

  // The old models' memory is free for the new ones.
  api_.reset();
  auto api = std::make_unique<tess::TessBaseAPI>();
  current_source = &models_;
  // It is given a directory that is not there, and reads by `read_model`.
  const bool started = api->Init(model_directory.data(), 0, join(codes).c_str(), tess::OEM_LSTM_ONLY, nullptr, 0,
                                 nullptr, nullptr, false, read_model) == 0;
  current_source = nullptr;
  // Init is content with some of the languages.
  std::vector<std::string> present;
  if (started)
    api->GetLoadedLanguagesAsVector(&present);
  for (const auto& code : codes)
    if (std::ranges::find(present, code) == present.end())
      return "Tesseract cannot load its data for " + code;
  api->SetPageSegMode(tess::PSM_AUTO);
  api_ = std::move(api);
  loaded_ = codes;
  return std::nullopt;
}

std::variant<recognition, std::string> tesseract_recogniser::read(raster pixels) {
  if (!api_)
    return "no language is loaded";
  const auto width = pixels.width, height = pixels.height;
  if (width < min_side || height < min_side)
    return recognition{};
  if (width > max_side || height > max_side)
    return "Tesseract reads images of at most " + std::to_string(max_side) + " px a side";
  // Tesseract copies what it is given: so there are never more than two of the three at once.
  Pix* picture = copy_of(pixels);
  pixels = {};
  if (picture == nullptr)
    return "Tesseract cannot read the image";
  api_->SetImage(picture);
  pixDestroy(&picture);
  api_->SetSourceResolution(source_resolution_dpi);

  // Tesseract reads lines that run down as if they were turned by three quarters; as it misplaces their symbols, it
  // gets them turned.
  int quarters = most_lines_run_down(*api_) && turn_picture(*api_, 3) ? 3 : 0;
  auto read = recognise(*api_);
  if (read && std::min(width, height) >= min_page_side && is_doubtful(*read) && turn_picture(*api_, 2))
    if (auto turned = recognise(*api_); turned && probably_right(*turned) > probably_right(*read)) {
      read = std::move(turned);
      quarters = (quarters + 2) % 4;
    }
  api_->Clear();
  if (!read)
    return "Tesseract cannot read the image";
  turn_back(*read, quarters, static_cast<std::int32_t>(width), static_cast<std::int32_t>(height));
  return std::move(*read);
}

} // namespace glyphgate::vision
