#pragma once

#include "http/answers/json_layout.hpp"
#include "http/formats/renderer.hpp"

namespace glyphgate::http {

/// JSON Lines (jsonlines.org): a line for each picture, the object that the job's JSON has for it in `results`.
std::unique_ptr<renderer> make_json_lines_renderer(job_extract job, job_detail detail);

} // namespace glyphgate::http
