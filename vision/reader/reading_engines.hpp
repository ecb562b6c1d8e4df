#pragma once

#include "core/recognition.hpp"
#include "vision/decode/raster.hpp"
#include "vision/ppocr/ppocr_recogniser.hpp"
#include "vision/reader/reading_request.hpp"
#include "vision/tesseract/tesseract_recogniser.hpp"

#include <optional>
#include <string>
#include <variant>

namespace glyphgate::vision {

/// The engines of a reader, behind one door. Used on one thread at a time.
class reading_engines {
public:
  /// Both must outlive it.
  reading_engines(tesseract_recogniser& tesseract, ppocr_recogniser& ppocr) : tesseract_{tesseract}, ppocr_{ppocr} {}

  /// Makes ready what the request needs. Says why an engine cannot be used, for people to read.
  std::optional<std::string> load(const reading_request& how);

  /// Reads an upright raster, with what `load` made ready for the same request. Why nothing can be read, for the
  /// client.
  std::variant<recognition, std::string> read(raster pixels, const reading_request& how);

private:
  std::variant<recognition, std::string> read_with_tesseract(raster pixels);

  tesseract_recogniser& tesseract_;
  ppocr_recogniser& ppocr_;
};

} // namespace glyphgate::vision
