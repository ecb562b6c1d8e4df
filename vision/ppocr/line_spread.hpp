#pragma once

#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// A character of a line: its middle as the recogniser saw it, and what follows. Pixels along the line.
struct character_place {
  std::string_view text;
  float centre;
  bool space_after;
};

/// From where to where a character of a line reaches, pixels.
struct character_extent {
  float left, right;
};

/// Gives each character of a line its part of it. Between two characters of a word the border lies where the usual
/// widths of the two say; at spaces and ends a character reaches as far as its usual width does. Extents do not
/// overlap, and lie within the line. `centres` ascend.
std::vector<character_extent> spread_characters(const std::vector<character_place>& characters, float line_width);

} // namespace glyphgate::vision
