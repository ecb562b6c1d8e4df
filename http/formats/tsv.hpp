#pragma once

#include "http/formats/renderer.hpp"

namespace glyphgate::http {

/// Tab-separated values with the columns and levels of Tesseract (`tesseract … tsv`): 1 page, 2 block, 3 paragraph,
/// 4 line, 5 word; the confidence is in percent, -1 above words. The row of a page has no text, unless its picture
/// failed: then it has the name and the reason, in brackets.
std::unique_ptr<renderer> make_tsv_renderer(job_extract job);

} // namespace glyphgate::http
