#include "vision/documents/scanned_pages.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <exception>
#include <qpdf/Buffer.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <qpdf/QPDFPageObjectHelper.hh>
#include <string>
#include <vector>

namespace glyphgate::vision {

namespace {

/// What draws one picture is short.
constexpr std::size_t largest_content = 4096;
/// By how much of a side the picture's edges may miss the page's.
constexpr double tolerance = 0.01;

/// A matrix as a PDF has it: x' = a x + c y + e, y' = b x + d y + f.
struct matrix {
  double a = 1, b = 0, c = 0, d = 1, e = 0, f = 0;
};

/// What is done first, and then `next`.
matrix then(const matrix& first, const matrix& next) {
  return {first.a * next.a + first.b * next.c,          first.a * next.b + first.b * next.d,
          first.c * next.a + first.d * next.c,          first.c * next.b + first.d * next.d,
          first.e * next.a + first.f * next.c + next.e, first.e * next.b + first.f * next.d + next.f};
}

/// A rectangle with its lower left corner first.
struct rectangle {
  double left = 0, bottom = 0, right = 0, top = 0;

  double width() const { return right - left; }
  double height() const { return top - bottom; }
};

/// Follows a page's operators for as long as they only place one picture.
class one_picture final : public QPDFObjectHandle::ParserCallbacks {
public:
  void handleObject(QPDFObjectHandle object, std::size_t, std::size_t) override {
    if (!object.isOperator()) {
      operands_.push_back(object);
      if (operands_.size() > most_operands)
        give_up();
      return;
    }
    take(object.getOperatorValue());
    operands_.clear();
  }

  void handleEOF() override {}

  /// Its name, where there is one, and nothing else.
  std::optional<std::string> name() const { return good_ ? name_ : std::nullopt; }
  /// Where its unit square is drawn.
  const matrix& place() const { return place_; }

private:
  static constexpr std::size_t most_operands = 6, most_saved = 16;

  void take(const std::string& name) {
    if (name == "q" && saved_.size() < most_saved)
      saved_.push_back(now_);
    else if (name == "Q" && !saved_.empty()) {
      now_ = saved_.back();
      saved_.pop_back();
    } else if (name == "cm" && operands_.size() == most_operands && std::ranges::all_of(operands_, is_number))
      now_ = then({number(0), number(1), number(2), number(3), number(4), number(5)}, now_);
    else if (name == "Do" && !name_ && operands_.size() == 1 && operands_[0].isName()) {
      name_ = operands_[0].getName();
      place_ = now_;
    } else
      give_up();
  }

  static bool is_number(QPDFObjectHandle& object) { return object.isNumber(); }
  double number(std::size_t i) { return operands_[i].getNumericValue(); }

  void give_up() {
    good_ = false;
    terminateParsing();
  }

  std::vector<QPDFObjectHandle> operands_;
  std::vector<matrix> saved_;
  matrix now_, place_;
  std::optional<std::string> name_;
  bool good_ = true;
};

std::optional<rectangle> rectangle_in(QPDFObjectHandle box) {
  if (!box.isRectangle())
    return std::nullopt;
  const auto r = box.getArrayAsRectangle();
  return rectangle{r.llx, r.lly, r.urx, r.ury};
}

bool is_small(QPDFObjectHandle stream) {
  auto length = stream.getDict().getKey("/Length");
  return length.isInteger() && length.getIntValue() >= 0 && length.getUIntValue() <= largest_content;
}

/// What draws the page: few short streams.
bool has_short_content(QPDFObjectHandle page) {
  constexpr int most_streams = 4;
  auto content = page.getKey("/Contents");
  if (content.isStream())
    return is_small(content);
  if (!content.isArray() || content.getArrayNItems() > most_streams)
    return false;
  for (auto stream : content.aitems())
    if (!stream.isStream() || !is_small(stream))
      return false;
  return true;
}

/// Of so many channels without a palette; 0 for any other.
int channels_of(QPDFObjectHandle colours) {
  if (colours.isName())
    return colours.getName() == "/DeviceGray" ? 1 : colours.getName() == "/DeviceRGB" ? 3 : 0;
  if (!colours.isArray() || colours.getArrayNItems() < 2 || !colours.getArrayItem(0).isName())
    return 0;
  const auto kind = colours.getArrayItem(0).getName();
  if (kind == "/CalGray")
    return 1;
  if (kind == "/CalRGB")
    return 3;
  auto profile = colours.getArrayItem(1);
  if (kind != "/ICCBased" || !profile.isStream() || !profile.getDict().getKey("/N").isInteger())
    return 0;
  const auto channels = profile.getDict().getKey("/N").getIntValueAsInt();
  return channels == 1 || channels == 3 ? channels : 0;
}

/// Whether the picture is its JPEG, and nothing of it is left out or changed.
bool is_plain_jpeg(QPDFObjectHandle picture) {
  if (!picture.isStream())
    return false;
  auto dict = picture.getDict();
  auto filter = dict.getKey("/Filter");
  if (filter.isArray() && filter.getArrayNItems() == 1)
    filter = filter.getArrayItem(0);
  const auto is = [&](const char* key, const char* value) { return dict.getKey(key).isNameAndEquals(value); };
  const bool has_mask = dict.getKey("/ImageMask").isBool() && dict.getKey("/ImageMask").getBoolValue();
  auto bits = dict.getKey("/BitsPerComponent");
  return is("/Subtype", "/Image") && filter.isNameAndEquals("/DCTDecode") && !has_mask &&
         std::ranges::none_of(std::array{"/Decode", "/DecodeParms", "/Mask", "/SMask", "/OC"},
                              [&](const char* key) { return !dict.getKey(key).isNull(); }) &&
         bits.isInteger() && bits.getIntValue() == 8 && channels_of(dict.getKey("/ColorSpace")) != 0;
}

bool covers(const matrix& picture, const rectangle& page) {
  const auto near = [](double a, double b, double side) { return std::abs(a - b) <= tolerance * side; };
  return picture.b == 0 && picture.c == 0 && near(picture.e, page.left, page.width()) &&
         near(picture.a, page.width(), page.width()) && near(picture.f, page.bottom, page.height()) &&
         near(picture.d, page.height(), page.height());
}

/// The EXIF orientation that turns as a page does; 0 where it turns by no quarters.
std::uint8_t orientation_of(QPDFObjectHandle turn) {
  if (turn.isNull())
    return 1;
  if (!turn.isInteger())
    return 0;
  switch ((turn.getIntValue() % 360 + 360) % 360) {
  case 0: return 1;
  case 90: return 6;
  case 180: return 3;
  case 270: return 8;
  default: return 0;
  }
}

} // namespace

struct scanned_pages::document {
  QPDF file;
  std::vector<QPDFObjectHandle> pages;
  /// Where the last JPEG ended: the next one follows it nearly always.
  std::size_t looked_at = 0;
};

scanned_pages::scanned_pages(std::string_view bytes) : bytes_{bytes} {
  try {
    auto opened = std::make_unique<document>();
    opened->file.setSuppressWarnings(true);
    opened->file.setAttemptRecovery(false);
    opened->file.processMemoryFile("", bytes.data(), bytes.size());
    if (opened->file.isEncrypted())
      return;
    opened->pages = opened->file.getAllPages();
    document_ = std::move(opened);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    // The page is drawn then.
  }
}

scanned_pages::~scanned_pages() = default;

std::optional<page_scan> scanned_pages::find(std::uint32_t number) {
  if (!document_ || number >= document_->pages.size())
    return std::nullopt;
  try {
    QPDFPageObjectHelper page{document_->pages[number]};
    auto annotations = page.getObjectHandle().getKey("/Annots");
    const auto shown = rectangle_in(page.getAttribute("/CropBox", false)),
               whole = rectangle_in(page.getAttribute("/MediaBox", false));
    const auto orientation = orientation_of(page.getAttribute("/Rotate", false));
    if (!whole || orientation == 0 || !has_short_content(page.getObjectHandle()) ||
        (annotations.isArray() && annotations.getArrayNItems() != 0))
      return std::nullopt;
    one_picture drawn;
    page.parseContents(&drawn);
    const auto name = drawn.name();
    if (!name || !covers(drawn.place(), shown ? *shown : *whole))
      return std::nullopt;
    auto picture = page.getAttribute("/Resources", false).getKey("/XObject").getKey(*name);
    if (!is_plain_jpeg(picture))
      return std::nullopt;
    const auto jpeg = picture.getRawStreamData();
    const std::string_view file{reinterpret_cast<const char*>(jpeg->getBuffer()), jpeg->getSize()};
    auto at = bytes_.find(file, document_->looked_at);
    if (at == std::string_view::npos)
      at = bytes_.find(file);
    if (file.empty() || at == std::string_view::npos)
      return std::nullopt;
    document_->looked_at = at + file.size();
    return page_scan{at, file.size(), orientation};
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

} // namespace glyphgate::vision
