#pragma once

#include "core/recognition.hpp"

#include <string>
#include <string_view>

namespace glyphgate {

/// The binary form of what was read in a picture (`core/packed.hpp`), which begins with a byte that tells its version.
/// It is kept on disks: what an older program has written is read.
std::string encode(const recognition& value);

/// The bytes may be anybody's: takes at most about twelve times their size. Coordinates are within ±max_coordinate, and
/// levels cover each other. Throws damaged_bytes.
recognition decode_recognition(std::string_view bytes);

} // namespace glyphgate
