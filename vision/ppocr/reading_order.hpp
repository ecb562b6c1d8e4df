#pragma once

#include "vision/ppocr/geometry.hpp"

#include <cstddef>
#include <vector>

namespace glyphgate::vision {

/// The rows that lines of text lie in, from the top, and the lines of each from the left, by their places in `lines`.
/// Lines are in one row where their middles lie less than half the lower one's height apart. Columns of a page are not
/// told from columns of a table: their lines share rows.
std::vector<std::vector<std::size_t>> rows_of(const std::vector<quad>& lines);

} // namespace glyphgate::vision
