#include "vision/reader/reading_engines.hpp"

#include "vision/ppocr/surer_reading.hpp"

#include <utility>

namespace glyphgate::vision {

std::optional<std::string> reading_engines::load(const reading_request& how) {
  if (how.needs_ppocr())
    if (auto failed = ppocr_.load())
      return failed;
  return how.languages.empty() ? std::nullopt : tesseract_.load(how.languages);
}

std::variant<recognition, std::string> reading_engines::read(raster pixels, const reading_request& how) {
  if (!how.needs_ppocr())
    return read_with_tesseract(std::move(pixels));
  auto first = ppocr_.read(pixels);
  const auto* read = std::get_if<recognition>(&first);
  // Where ppocr sees no text, Tesseract sees some in texture.
  if (how.engine == reading_engine::ppocr || read == nullptr || read->symbols.empty())
    return first;
  const bool in_doubt = is_in_doubt(*read);
  if (how.engine == reading_engine::surer && !in_doubt)
    return first;
  auto second = read_with_tesseract(std::move(pixels));
  const auto* other = std::get_if<recognition>(&second);
  if (other == nullptr)
    return first;
  const auto known = [this](std::string_view text) { return ppocr_.knows(text); };
  const bool taken =
      (in_doubt && is_sure(*other)) || (how.engine == reading_engine::both && has_letters_beyond(*other, known));
  return taken ? second : first;
}

std::variant<recognition, std::string> reading_engines::read_with_tesseract(raster pixels) {
  auto read = tesseract_.read(std::move(pixels));
  if (auto* symbols = std::get_if<recognition>(&read))
    symbols->engine = "tesseract";
  return read;
}

} // namespace glyphgate::vision
