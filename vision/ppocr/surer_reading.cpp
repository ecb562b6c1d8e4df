#include "vision/ppocr/surer_reading.hpp"

#include "core/utf8.hpp"

#include <algorithm>

namespace glyphgate::vision {

namespace {

double mean_confidence(const recognition& read) {
  double sum = 0;
  for (const auto& s : read.symbols)
    sum += s.confidence;
  return read.symbols.empty() ? 0 : sum / static_cast<double>(read.symbols.size());
}

/// Beyond ASCII, and neither punctuation nor a symbol.
bool is_marked_letter(std::string_view text) {
  const auto point = text.empty() ? U'\0' : first_code_point(text);
  const bool is_symbol = point == 0xD7 || point == 0xF7 || (point >= 0x2000 && point < 0x2C00);
  return point >= 0xC0 && !is_symbol;
}

} // namespace

bool is_in_doubt(const recognition& by_ppocr) {
  constexpr float sure = 0.95F;
  return std::ranges::any_of(by_ppocr.symbols, [](const symbol& s) { return s.confidence < sure; });
}

bool is_sure(const recognition& by_tesseract) {
  // Over photographs, where ppocr's doubts are better than Tesseract's readings, it hardly ever reaches this.
  constexpr double sure = 0.95;
  return mean_confidence(by_tesseract) >= sure;
}

bool has_letters_beyond(const recognition& by_tesseract, const std::function<bool(std::string_view)>& ppocr_knows) {
  constexpr double not_unsure = 0.85;
  return mean_confidence(by_tesseract) >= not_unsure && std::ranges::any_of(by_tesseract.symbols, [&](const symbol& s) {
           return is_marked_letter(s.text) && !ppocr_knows(s.text);
         });
}

} // namespace glyphgate::vision
