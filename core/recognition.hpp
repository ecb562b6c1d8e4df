#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate {

/// A rectangle in the upright picture's pixels; x to the right, y down, the origin at the top left corner.
struct bounding_box {
  std::int32_t x = 0;
  std::int32_t y = 0;
  std::int32_t width = 0;
  std::int32_t height = 0;
  friend bool operator==(const bounding_box&, const bounding_box&) = default;
};

/// What follows a symbol in the text; the later ones are the stronger.
enum class text_break : std::uint8_t {
  none,
  space,
  /// The line ends.
  line,
  /// The line ends within a word; the text gets a hyphen and a line break.
  hyphen,
};

/// One recognised symbol (for most scripts a character; UTF-8, may be several code points).
struct symbol {
  std::string text;
  bounding_box box;
  /// 0–1.
  float confidence = 0;
  text_break after = text_break::none;
  friend bool operator==(const symbol&, const symbol&) = default;
};

/// What an engine read in one picture; empty when it holds no text.
struct recognition {
  std::vector<symbol> symbols;
  /// What was missing of the picture, which was read as far as it goes, for the client to read; empty when complete. It
  /// belongs to the picture's bytes: whoever sends the same ones again is told the same.
  std::string warning{};
  /// The engine that read it: "google", "ppocr", "tesseract". Empty where an older program noted none.
  std::string engine{};
  friend bool operator==(const recognition&, const recognition&) = default;
};

/// The symbols with the spaces, hyphens and line breaks that the engine saw. No space or line break at the end; a
/// hyphen there is text.
std::string text_of(const recognition& r);

/// What became of one picture of a call or of a job: recognised, or an error.
struct picture_outcome {
  /// Null when the picture failed.
  std::shared_ptr<const recognition> recognised;
  /// Why it failed, for the client to read; empty when recognised.
  std::string error;
  /// The error is not the picture's own and may pass: the same bytes may succeed another time.
  bool may_pass = false;
};

/// What was missing of a picture that was recognised as far as it goes; empty where nothing was, and where it failed.
inline std::string_view warning_of(const picture_outcome& outcome) {
  return outcome.recognised ? std::string_view{outcome.recognised->warning} : std::string_view{};
}

/// Whether it is known what became of the picture.
inline bool is_decided(const picture_outcome& outcome) {
  return outcome.recognised != nullptr || !outcome.error.empty();
}

/// What was recognised before, one entry a picture, null where nothing was.
using recognitions = std::vector<std::shared_ptr<const recognition>>;

} // namespace glyphgate
