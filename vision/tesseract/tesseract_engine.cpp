#include "vision/tesseract/tesseract_engine.hpp"

#include "vision/decode/decode.hpp"
#include "vision/tesseract/api.hpp"

#include <tesseract/baseapi.h>
#include <tesseract/ocrclass.h>
#include <tesseract/resultiterator.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
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

call_failure failure(ec code, std::string detail, bool sent) {
  return {code, std::move(detail), sent, std::nullopt};
}

call_failure stopped(bool sent) {
  return failure(ec::cancelled, "stopped while the call ran", sent);
}

picture_outcome unreadable(std::string error) {
  return {nullptr, std::move(error)};
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// What stands between the iterator's symbol and the one before it.
text_break break_before(const tess::ResultIterator& at) {
  if (at.IsAtBeginningOf(tess::RIL_TEXTLINE))
    return text_break::line;
  // Without a blank, a word ends where a dictionary says so: within a run of Chinese, say.
  if (at.IsAtBeginningOf(tess::RIL_WORD) && at.BlanksBeforeWord() > 0)
    return text_break::space;
  return text_break::none;
}

recognition collect(tess::TessBaseAPI& api) {
  recognition result;
  const std::unique_ptr<tess::ResultIterator> at{api.GetIterator()};
  if (!at || at->Empty(tess::RIL_SYMBOL))
    return result;
  auto before = text_break::none;
  do {
    before = std::max(before, break_before(*at));
    const std::unique_ptr<const char[]> text{at->GetUTF8Text(tess::RIL_SYMBOL)};
    int left, top, right, bottom;
    if (!text || is_blank(text.get()) || !at->BoundingBox(tess::RIL_SYMBOL, &left, &top, &right, &bottom))
      continue;
    if (!result.symbols.empty())
      result.symbols.back().after = before;
    before = text_break::none;
    result.symbols.push_back({text.get(),
                              {left, top, right - left, bottom - top},
                              std::clamp(at->Confidence(tess::RIL_SYMBOL) / 100, 0.0F, 1.0F),
                              text_break::none});
  } while (at->Next(tess::RIL_SYMBOL));
  if (!result.symbols.empty())
    result.symbols.back().after = text_break::line;
  return result;
}

} // namespace

tesseract_engine::tesseract_engine(std::shared_ptr<const tesseract_languages> languages,
                                   std::vector<std::string> default_languages)
    : languages_{std::move(languages)},
      default_languages_{std::move(default_languages)} {}

tesseract_engine::~tesseract_engine() = default;

std::optional<call_failure> tesseract_engine::load(const std::vector<std::string>& languages) {
  for (const auto& language : languages)
    if (auto reason = languages_->refuse(language))
      return failure(ec::request_rejected, std::move(*reason), false);
  const auto wanted = languages_->join(languages);
  if (loaded_ == wanted)
    return std::nullopt;

  loaded_.clear();
  api_ = make_tesseract_api();
  const bool started = api_->Init(nullptr, wanted.c_str(), tess::OEM_LSTM_ONLY) == 0;
  // Init is content with some of the languages.
  std::vector<std::string> present;
  if (started)
    api_->GetLoadedLanguagesAsVector(&present);
  for (const auto& code : split_languages(wanted))
    if (std::ranges::find(present, code) == present.end())
      return failure(ec::engine_unavailable, "Tesseract cannot load its data for " + code, false);
  api_->SetPageSegMode(tess::PSM_AUTO);
  loaded_ = wanted;
  return std::nullopt;
}

std::optional<picture_outcome> tesseract_engine::read(const picture& picture, const std::stop_token& stop) {
  {
    const auto result = decode(picture.bytes->hold().view, picture.info);
    if (const auto* refusal = std::get_if<picture_refusal>(&result))
      return unreadable(refusal->detail);
    const auto& pixels = std::get<decoded_picture>(result).pixels;
    if (pixels.width < min_side || pixels.height < min_side)
      return picture_outcome{std::make_shared<const recognition>(), {}};
    if (pixels.width > max_side || pixels.height > max_side)
      return unreadable("Tesseract reads images of at most " + std::to_string(max_side) + " px a side");
    api_->SetImage(pixels.pixels.data(), static_cast<int>(pixels.width), static_cast<int>(pixels.height),
                   static_cast<int>(pixels.channels), static_cast<int>(pixels.row_bytes()));
    // It has a copy now; this one's memory is free for the recognition.
  }
  api_->SetSourceResolution(source_resolution_dpi);

  tess::ETEXT_DESC monitor;
  monitor.cancel_this = const_cast<std::stop_token*>(&stop);
  monitor.cancel = [](void* token, int) { return static_cast<const std::stop_token*>(token)->stop_requested(); };
  const bool recognised = api_->Recognize(&monitor) == 0;
  std::optional<picture_outcome> outcome;
  if (recognised)
    outcome = picture_outcome{std::make_shared<const recognition>(collect(*api_)), {}};
  else if (!stop.stop_requested())
    outcome = unreadable("Tesseract cannot read the image");
  api_->Clear();
  return outcome;
}

call_outcome tesseract_engine::annotate(const planned_call& call, std::stop_token stop, const progress_fn& progress) {
  if (auto failed = load(call.language_hints.empty() ? default_languages_ : call.language_hints))
    return std::move(*failed);

  annotation result;
  for (const auto& picture : call.pictures) {
    if (stop.stop_requested())
      return stopped(!result.pictures.empty());
    auto outcome = read(picture, stop);
    if (!outcome)
      return stopped(true);
    result.pictures.push_back(std::move(*outcome));
    if (progress)
      progress(result.pictures.size());
  }
  return result;
}

} // namespace glyphgate::vision
