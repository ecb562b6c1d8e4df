#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace tesseract {
class TessBaseAPI;
}

namespace glyphgate::fake {

/// How the fake reads pictures.
enum class reading : std::uint8_t {
  /// Each band between two seams of RGB(220,220,220) reads as "#" and three hexadecimal digits: the colour at the left
  /// of its middle, four bits each of red, green and blue. A box is a quarter of the band's width and all of its
  /// height.
  bands,
  /// With Tesseract.
  ocr,
  /// No picture holds any text.
  blank,
};

struct picture_size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

/// A picture's size from its header; nothing when it is no picture.
std::optional<picture_size> size_of(std::string_view file);

/// Whether a picture has a spot of that colour, as JPEG leaves it.
bool has_colour(std::string_view file, const std::array<std::uint8_t, 3>& colour);

/// Reads pictures and answers as Google does. Usable from any thread; Tesseract reads one at a time.
class picture_reader {
public:
  /// `languages` are Tesseract's codes joined with '+'.
  picture_reader(reading how, std::string languages);
  ~picture_reader();

  /// The JSON of one response: {"fullTextAnnotation":…}, or {} without text; nothing when it cannot be decoded.
  std::optional<std::string> read(std::string_view file);

private:
  const reading how_;
  const std::string languages_;
  std::mutex mutex_;
  std::unique_ptr<::tesseract::TessBaseAPI> api_;
};

} // namespace glyphgate::fake
