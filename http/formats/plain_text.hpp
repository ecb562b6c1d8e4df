#pragma once

#include "http/formats/renderer.hpp"

namespace glyphgate::http {

/// text/plain: the text of each picture, and a form feed between two pictures, as Tesseract writes it. A picture that
/// failed is a line in brackets, with its name and the reason.
std::unique_ptr<renderer> make_text_renderer(job_extract job);

} // namespace glyphgate::http
