#pragma once

#include "core/picture.hpp"

#include <string_view>

namespace glyphgate::vision {

/// Whether a JPEG may be passed on without being decoded: no decoder will find anything missing, damaged or too much in
/// it. Looks at all of the file: the usual scan by its codes only, which must fill it to the last bit; any other kind
/// by decoding it. Usable from any thread. Throws nothing but std::bad_alloc.
bool is_sound(std::string_view file, const picture_info& info);

/// The same of a picture, whose bytes remember it. A picture whose bytes were let go is not looked at: false.
bool is_sound(const picture& jpeg);

} // namespace glyphgate::vision
