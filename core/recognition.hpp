#pragma once

#include "core/reading/bounding_box.hpp"
#include "core/reading/text_layout.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate {

/// What follows a symbol in the text; the later ones are the stronger.
enum class text_break : std::uint8_t {
  none,
  space,
  /// A wide one.
  sure_space,
  /// The line ends where the page does, and its paragraph goes on; the text gets a line break.
  wrap,
  /// The line ends; the text gets a line break.
  line,
  /// The line ends within a word; the text gets a hyphen and a line break.
  hyphen,
};

/// Whether a line ends with it.
constexpr bool ends_line(text_break b) {
  return b >= text_break::wrap;
}

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
  /// Of the upright picture, pixels; 0 where an older program noted none.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  /// Words, lines, paragraphs and blocks. Without any where an older program noted none: `layout_of`.
  text_layout layout{};
  friend bool operator==(const recognition&, const recognition&) = default;
};

/// The symbols with the spaces, hyphens and line breaks that the engine saw. No space or line break at the end; a
/// hyphen there is text.
std::string text_of(const recognition& r);

/// The same of a run of symbols. No space or line break at its end, either.
std::string text_of(const recognition& r, child_range symbols);

/// Its layout; where it has none, the one that breaks and boxes suggest.
text_layout layout_of(const recognition& r);

/// The corners of the symbol at position `i`, which is in `r`.
bounding_quad quad_of_symbol(const recognition& r, std::size_t i);

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
