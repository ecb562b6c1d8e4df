#pragma once

#include <string>
#include <vector>

namespace glyphgate::fake {

/// One symbol as Google tells it, and where it stands in the tree of blocks, paragraphs and words.
struct read_symbol {
  std::string text;
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;
  double confidence = 0;
  /// "SPACE", "EOL_SURE_SPACE", "LINE_BREAK" or empty.
  std::string break_type;
  bool begins_block = false;
  bool begins_paragraph = false;
  bool begins_word = false;
};

/// The response with these symbols on a page of that size, in Google's shape: numbers that are 0 are left out.
std::string annotation_json(const std::vector<read_symbol>& symbols, unsigned width, unsigned height);

} // namespace glyphgate::fake
