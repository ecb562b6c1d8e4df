#pragma once

#include "http/formats/picture_times.hpp"
#include "http/formats/renderer.hpp"

namespace glyphgate::http {

/// SubRip subtitles. Consecutive pictures with the same text, apart from white space, are one cue. It ends when the
/// next picture with another text, or without, begins; two seconds after its last picture where none follows; five
/// seconds after it at the latest. A picture that failed says nothing: what was before it goes on. `times` are
/// `times_of(job)`.
std::unique_ptr<renderer> make_srt_renderer(job_extract job, picture_times times);

} // namespace glyphgate::http
