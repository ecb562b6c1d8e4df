#include "fake_vision/reader.hpp"

#include "fake_vision/annotation_json.hpp"

#include <leptonica/allheaders.h>
#include <tesseract/baseapi.h>
#include <tesseract/resultiterator.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace glyphgate::fake {

namespace {

namespace tess = ::tesseract;

// JPEG keeps the brightness of two rows; colour bleeds into them from their neighbours.
constexpr int seam_grey = 220, brightness_tolerance = 12, bleeding_tolerance = 120;
constexpr int colour_tolerance = 16;
// What Tesseract can take: its coordinates have 16 bits, and Leptonica cannot scale less.
constexpr std::uint32_t least_side = 3, most_side = 32'767;
constexpr int source_resolution_dpi = 70;

struct free_pix {
  void operator()(Pix* pix) const { pixDestroy(&pix); }
};
using pix_ptr = std::unique_ptr<Pix, free_pix>;

using rgb = std::array<std::uint8_t, 3>;

/// A decoded picture with 32 bits a pixel.
class pixels {
public:
  explicit pixels(std::string_view file) {
    const pix_ptr stored{pixReadMem(reinterpret_cast<const l_uint8*>(file.data()), file.size())};
    if (stored)
      pix_.reset(pixConvertTo32(stored.get()));
  }

  explicit operator bool() const { return pix_ != nullptr; }
  Pix* get() const { return pix_.get(); }
  std::uint32_t width() const { return static_cast<std::uint32_t>(pixGetWidth(pix_.get())); }
  std::uint32_t height() const { return static_cast<std::uint32_t>(pixGetHeight(pix_.get())); }

  rgb at(std::uint32_t x, std::uint32_t y) const {
    const auto* row = pixGetData(pix_.get()) + std::size_t{y} * static_cast<std::size_t>(pixGetWpl(pix_.get()));
    const auto value = row[x];
    return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
            static_cast<std::uint8_t>(value >> 8)};
  }

private:
  pix_ptr pix_;
};

bool near(const rgb& a, const rgb& b, int tolerance) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::abs(a[i] - b[i]) > tolerance)
      return false;
  return true;
}

bool is_plain(const rgb& colour) {
  const auto brightness = (299 * colour[0] + 587 * colour[1] + 114 * colour[2]) / 1000;
  return std::abs(brightness - seam_grey) <= brightness_tolerance &&
         near(colour, {seam_grey, seam_grey, seam_grey}, bleeding_tolerance);
}

struct band {
  std::uint32_t top = 0;
  std::uint32_t bottom = 0;
};

/// The rows between seams.
std::vector<band> bands_of(const pixels& picture) {
  std::vector<band> bands;
  bool inside = false;
  for (std::uint32_t y = 0; y < picture.height(); ++y) {
    bool seam = true;
    for (std::uint32_t x = 0; x < picture.width() && seam; ++x)
      seam = is_plain(picture.at(x, y));
    if (!seam && !inside)
      bands.push_back({y, y});
    inside = !seam;
    if (inside)
      bands.back().bottom = y + 1;
  }
  return bands;
}

std::vector<read_symbol> read_bands(const pixels& picture) {
  std::vector<read_symbol> symbols;
  for (const auto& band : bands_of(picture)) {
    const auto middle = (band.top + band.bottom) / 2;
    auto width = picture.width();
    while (width > 1 && is_plain(picture.at(width - 1, middle)))
      --width;
    const auto colour = picture.at(std::min(4U, width - 1), middle);
    std::string text = "#";
    for (const auto part : colour)
      text += "0123456789abcdef"[(part * 15 + 127) / 255];
    for (std::uint32_t i = 0; i < text.size(); ++i) {
      read_symbol symbol;
      symbol.text = text.substr(i, 1);
      symbol.left = static_cast<int>(width * i / 4);
      symbol.right = static_cast<int>(width * (i + 1) / 4);
      symbol.top = static_cast<int>(band.top);
      symbol.bottom = static_cast<int>(band.bottom);
      symbol.confidence = 1;
      symbol.begins_block = symbol.begins_paragraph = symbol.begins_word = i == 0;
      if (i + 1 == text.size())
        symbol.break_type = "LINE_BREAK";
      symbols.push_back(std::move(symbol));
    }
  }
  return symbols;
}

/// Reads one band by itself: Tesseract's layout analysis is much slower and less sure of hundreds of them at once, and
/// Google's is not.
void read_band(tess::TessBaseAPI& api, const pixels& picture, const band& rows, std::vector<read_symbol>& to) {
  Box* area = boxCreate(0, static_cast<int>(rows.top), static_cast<int>(picture.width()),
                        static_cast<int>(rows.bottom - rows.top));
  const pix_ptr clipped{pixClipRectangle(picture.get(), area, nullptr)};
  boxDestroy(&area);
  api.SetImage(clipped.get());
  api.SetSourceResolution(source_resolution_dpi);
  if (api.Recognize(nullptr) != 0)
    return;
  const std::unique_ptr<tess::ResultIterator> at{api.GetIterator()};
  if (!at || at->Empty(tess::RIL_SYMBOL))
    return;
  const auto before = to.size();
  do {
    const std::unique_ptr<const char[]> text{at->GetUTF8Text(tess::RIL_SYMBOL)};
    int left, top, right, bottom;
    if (!text || !at->BoundingBox(tess::RIL_SYMBOL, &left, &top, &right, &bottom))
      continue;
    const auto begins = [&](tess::PageIteratorLevel level) { return at->IsAtBeginningOf(level); };
    if (to.size() > before && begins(tess::RIL_TEXTLINE))
      to.back().break_type = begins(tess::RIL_PARA) ? "LINE_BREAK" : "EOL_SURE_SPACE";
    else if (to.size() > before && begins(tess::RIL_WORD) && at->BlanksBeforeWord() > 0)
      to.back().break_type = "SPACE";
    const auto offset = static_cast<int>(rows.top);
    to.push_back({text.get(),
                  left,
                  top + offset,
                  right,
                  bottom + offset,
                  at->Confidence(tess::RIL_SYMBOL) / 100.0,
                  {},
                  begins(tess::RIL_BLOCK),
                  begins(tess::RIL_PARA),
                  begins(tess::RIL_WORD)});
  } while (at->Next(tess::RIL_SYMBOL));
  if (to.size() > before)
    to.back().break_type = "LINE_BREAK";
}

} // namespace

std::optional<picture_size> size_of(std::string_view file) {
  int format, width, height, bits, samples, has_map;
  if (pixReadHeaderMem(reinterpret_cast<const l_uint8*>(file.data()), file.size(), &format, &width, &height, &bits,
                       &samples, &has_map) != 0)
    return std::nullopt;
  return picture_size{static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height)};
}

bool has_colour(std::string_view file, const std::array<std::uint8_t, 3>& colour) {
  const pixels picture{file};
  if (!picture)
    return false;
  for (std::uint32_t y = 0; y < picture.height(); ++y)
    for (std::uint32_t x = 0; x < picture.width(); ++x)
      if (near(picture.at(x, y), colour, colour_tolerance))
        return true;
  return false;
}

picture_reader::picture_reader(reading how, std::string languages) : how_{how}, languages_{std::move(languages)} {
  setMsgSeverity(L_SEVERITY_NONE);
  if (how_ != reading::ocr)
    return;
  api_ = std::make_unique<tess::TessBaseAPI>();
  if (api_->Init(nullptr, languages_.c_str(), tess::OEM_LSTM_ONLY) != 0)
    throw std::runtime_error{"Tesseract cannot load " + languages_};
  api_->SetPageSegMode(tess::PSM_AUTO);
  // It is talkative otherwise.
  api_->SetVariable("debug_file", "/dev/null");
}

picture_reader::~picture_reader() = default;

std::optional<std::string> picture_reader::read(std::string_view file) {
  if (how_ == reading::blank)
    return size_of(file) ? std::optional{std::string{"{}"}} : std::nullopt;
  const pixels picture{file};
  if (!picture)
    return std::nullopt;
  if (how_ == reading::bands)
    return annotation_json(read_bands(picture), picture.width(), picture.height());
  if (picture.width() < least_side || picture.width() > most_side)
    return "{}";
  const std::lock_guard lock{mutex_};
  std::vector<read_symbol> symbols;
  for (const auto& band : bands_of(picture))
    if (const auto rows = band.bottom - band.top; rows >= least_side && rows <= most_side)
      read_band(*api_, picture, band, symbols);
  api_->Clear();
  return annotation_json(symbols, picture.width(), picture.height());
}

} // namespace glyphgate::fake
