#pragma once

#include "http/formats/page.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace glyphgate::http {

/// The numbers (CIDs) that a document's text has its characters under: each in the order in which it first appears.
class character_numbers {
public:
  /// From 1; 0, which stands for none, for what comes when there are 65,535.
  std::uint16_t number_of(char32_t code_point);

  /// The CMap that says which characters they stand for (ISO 32000-1, 9.10.3).
  std::string to_unicode() const;

private:
  std::unordered_map<char32_t, std::uint16_t> numbers_;
  std::vector<char32_t> characters_;
};

/// The operators that write a page's words where they are, unseen (text rendering mode 3), in the font /F whose glyphs
/// are `glyph_width` wide. Each word stands on the lower side of its box and is stretched to its width; a space behind
/// it fills the gap. Text that runs from right to left is written from its right end. `scale` is points for a pixel.
std::string text_layer(const page& p, double scale, character_numbers& characters);

} // namespace glyphgate::http
