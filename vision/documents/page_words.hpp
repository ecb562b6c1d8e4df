#pragma once

#include "core/recognition.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace glyphgate::vision {

/// A rectangle in a page's pixels; y down. From an untrusted document: any numbers.
struct page_box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

/// A word that a page holds as text. From an untrusted document: any text, any numbers.
struct page_word {
  /// UTF-8, unless it is damaged.
  std::string text;
  page_box box;
  /// A box for each letter, as far as they are known.
  std::vector<page_box> letters;
  /// How often the word is turned clockwise by a quarter.
  int turned = 0;
  bool space_after = false;
};

/// What the words of a page, in reading order, say: a line ends where the next word does not go on beside the last one,
/// a paragraph where the gap to the next line is wide, a block where the text goes on elsewhere. Every symbol is sure.
/// Null where that is less than `least_text` characters, or more than a tenth of it is no text: it stands for glyphs of
/// unknown meaning.
std::shared_ptr<const recognition> reading_of(const std::vector<page_word>& words, std::uint32_t width,
                                              std::uint32_t height);

} // namespace glyphgate::vision
