#pragma once

#include "http/formats/renderer.hpp"

namespace glyphgate::http {

/// PAGE XML of 2019-07-15 (github.com/PRImA-Research-Lab/PAGE-XML): a TextRegion for each paragraph, and an ordered
/// group for each block; with `symbols` a Glyph for each symbol. The format has one page a file: the extract is one
/// picture. Why that failed is in Comments.
std::unique_ptr<renderer> make_page_xml_renderer(job_extract job, bool symbols);

} // namespace glyphgate::http
