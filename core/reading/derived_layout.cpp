#include "core/reading/derived_layout.hpp"

#include "core/reading/layout_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace glyphgate {

namespace {

bounding_box around(const bounding_box& a, const bounding_box& b) {
  const auto left = std::min(a.x, b.x), top = std::min(a.y, b.y);
  return {left, top, std::max(a.x + a.width, b.x + b.width) - left, std::max(a.y + a.height, b.y + b.height) - top};
}

/// The box of the line that begins at position `i`.
bounding_box line_from(const std::vector<symbol>& symbols, std::size_t i) {
  auto box = symbols[i].box;
  for (; i < symbols.size(); ++i) {
    box = around(box, symbols[i].box);
    if (ends_line(symbols[i].after))
      break;
  }
  return box;
}

} // namespace

bool goes_on(const bounding_box& line, const bounding_box& next) {
  const auto gap = next.y - (line.y + line.height);
  return next.y > line.y && gap < std::min(line.height, next.height) && next.x < line.x + line.width &&
         line.x < next.x + next.width;
}

text_layout derived_layout(const std::vector<symbol>& symbols, const std::vector<bounding_quad>& quads) {
  layout_writer writer;
  std::optional<bounding_box> line;
  bool at_line_start = true;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    if (at_line_start) {
      const auto next = line_from(symbols, i);
      if (line && !goes_on(*line, next))
        writer.end_block();
      line = next;
    }
    if (quads.empty())
      writer.add(symbols[i]);
    else
      writer.add(symbols[i], quads[i]);
    at_line_start = ends_line(symbols[i].after);
    if (at_line_start)
      writer.end_line();
    else if (symbols[i].after != text_break::none)
      writer.end_word();
  }
  return writer.take().layout;
}

} // namespace glyphgate
