#pragma once

#include "core/reading/bounding_box.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace glyphgate {

/// A language that an engine saw.
struct detected_language {
  /// As the engine names it: BCP 47 from Google ("en"), a model's name from Tesseract ("eng").
  std::string code;
  /// 0–1; 0 where the engine tells none.
  float confidence = 0;
  friend bool operator==(const detected_language&, const detected_language&) = default;
};

/// A word, line, paragraph or block: its children are a run of the level below, which is symbols for words, words for
/// lines, lines for paragraphs, paragraphs for blocks.
struct text_unit {
  /// One past its last child. The first one is where the unit before ends. Every unit has a child.
  std::uint32_t end = 0;
  bounding_quad box;
  /// 0–1.
  float confidence = 0;
  /// 1 + the position in `text_layout::languages` of what languages it is in; 0 where the engine told none.
  std::uint32_t languages = 0;
  friend bool operator==(const text_unit&, const text_unit&) = default;
};

/// How the symbols of a reading hang together. Each level is in reading order, and covers all of the level below.
struct text_layout {
  std::vector<text_unit> words;
  std::vector<text_unit> lines;
  std::vector<text_unit> paragraphs;
  std::vector<text_unit> blocks;
  /// Sets of languages that units refer to.
  std::vector<std::vector<detected_language>> languages;
  /// The corners of each symbol; empty where all of them are upright, and their boxes say it.
  std::vector<bounding_quad> symbol_quads;
  friend bool operator==(const text_layout&, const text_layout&) = default;
};

/// The children of a unit, as positions in the level below.
struct child_range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Those of the unit at position `i` of its level.
inline child_range children_of(const std::vector<text_unit>& level, std::size_t i) {
  return {i == 0 ? 0 : level[i - 1].end, level[i].end};
}

} // namespace glyphgate
