#pragma once

#include "core/picture.hpp"

#include <string_view>

namespace glyphgate::vision {

/// Whether a JPEG is baseline, as `jpeg::read_baseline` takes it, and may be passed on without being decoded: no
/// decoder will find anything missing, damaged or too much in it. Looks at the codes of the whole scan, which must fill
/// it to the last bit; makes no coefficient and no pixel of them. Usable from any thread. Throws nothing but
/// std::bad_alloc.
bool is_sound(std::string_view file);

/// The same of a picture, whose bytes remember it. A picture whose bytes were let go is not looked at: false.
bool is_sound(const picture& jpeg);

} // namespace glyphgate::vision
