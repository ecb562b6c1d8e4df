#pragma once

#include <string>

namespace glyphgate::http {

/// An ICC profile of sRGB (IEC 61966-2-1), for the output intent of a PDF/A: three primaries and the curve, by the
/// ICC's specification ICC.1:2001-04 (version 2).
const std::string& srgb_profile();

} // namespace glyphgate::http
