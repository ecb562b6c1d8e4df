#pragma once

#include "http/formats/renderer.hpp"

namespace glyphgate::http {

/// hOCR 1.2 (kba.github.io/hocr-spec/1.2) as XHTML, with the tree that Tesseract writes and all tools read: ocr_page,
/// ocr_carea, ocr_par, ocr_line, ocrx_word; and with `symbols` an ocrx_cinfo for each symbol. The page of a picture
/// that failed holds a paragraph of class glyphgate_error with the reason.
std::unique_ptr<renderer> make_hocr_renderer(job_extract job, bool symbols);

} // namespace glyphgate::http
