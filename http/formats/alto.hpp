#pragma once

#include "http/formats/renderer.hpp"

namespace glyphgate::http {

/// ALTO 4.4 (github.com/altoxml/schema), in pixels: a ComposedBlock for each block, a TextBlock for each paragraph, a
/// polygon where text is turned; and with `symbols` a Glyph for each symbol of one character. What is said of pictures,
/// their names and why they failed, is in Processing, to which the pages refer.
std::unique_ptr<renderer> make_alto_renderer(job_extract job, bool symbols);

} // namespace glyphgate::http
