#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glyphgate::vision {

/// Which of the engines that come with the service reads a picture.
enum class reading_engine : std::uint8_t {
  tesseract,
  ppocr,
  /// ppocr; where that is in doubt also Tesseract, and the surer reading is taken: docs/ppocr.md.
  surer,
  /// As `surer`, but Tesseract always reads too, and its reading is taken where it has letters that ppocr does not
  /// know.
  both,
};

/// How a reader is to read a picture.
struct reading_request {
  reading_engine engine = reading_engine::tesseract;
  /// Tesseract's own codes, in order of preference; empty with ppocr.
  std::vector<std::string> languages;

  bool needs_ppocr() const { return engine != reading_engine::tesseract; }
  friend bool operator==(const reading_request&, const reading_request&) = default;
};

} // namespace glyphgate::vision
