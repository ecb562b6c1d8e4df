#pragma once

#include "core/recognition.hpp"

#include <vector>

namespace glyphgate {

/// The layout that breaks and boxes suggest, where an engine told none. Words end at a break, lines at a line break.
/// Paragraphs are lines below each other, hardly further apart than they are high; each is a block. `quads` are the
/// symbols' corners, or empty where all are upright.
text_layout derived_layout(const std::vector<symbol>& symbols, const std::vector<bounding_quad>& quads = {});

/// Whether a line of text goes on with the paragraph of the line before it: it lies below, by less than the height of
/// the lower one of them, and the two overlap from side to side.
bool goes_on(const bounding_box& line, const bounding_box& next);

} // namespace glyphgate
