#pragma once

#include "core/picture.hpp"
#include "vision/montage.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// What a montage may measure, pixels.
struct montage_bounds {
  std::uint64_t height = 0;
  std::uint64_t pixels = 0;
};

/// What the file takes up in a montage that is spliced. Looks at the whole file: only a picture that `splice` will take
/// has a kin. `info` is what `inspect` told of it.
joinable joins_of(std::string_view file, const picture_info& info);

/// Joins at least two upright baseline JPEGs that agree in width, rows of units, sampling and tables, without decoding
/// them: one header, and their scans with a restart marker between two of them, each an interval of its own (ITU-T
/// T.81, E.1.4). A scan begins with all predictions 0 and ends at a whole byte, which is what a restart means, so each
/// picture is decoded as it would be by itself; an upsampling decoder mixes the colours of outermost rows.
///
/// Where a picture's height is no multiple of a unit's, the rows that fill its last unit up are the seam. Else each
/// picture has a row of plain units above it, where that keeps `bounds`; else they abut. The plain row is in the
/// picture's own interval, as all intervals are equal: see docs/montage.md.
///
/// Nothing where it cannot be done: a picture is of another kind, damaged or turned, an interval would have more than
/// 65,535 units, or the whole would exceed `bounds` or 65,500 rows. What a scan holds is not looked at: damage in it
/// stays in its picture. Holds the files' bytes where they lie, and of its own the header and a few bytes a picture.
/// Usable from any thread. Throws nothing but std::bad_alloc.
std::optional<montage> splice(const std::vector<picture>& pictures, const montage_bounds& bounds);

} // namespace glyphgate::vision
