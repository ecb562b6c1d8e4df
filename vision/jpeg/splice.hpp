#pragma once

#include "core/picture.hpp"
#include "vision/montage.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// What is between two pictures.
enum class joint : std::uint8_t { plain_row, none };

/// What the file takes up in a montage that is spliced. Looks at the whole file: only a picture that `splice` will take
/// has a kin. `info` is what `inspect` told of it.
joinable joins_of(std::string_view file, const picture_info& info);

/// Joins at least two upright baseline JPEGs that agree in width, rows of units, sampling and tables, without decoding
/// them: one header, and their scans with a restart marker between two of them, each an interval of its own (ITU-T
/// T.81, E.1.4). A scan begins with all predictions 0 and ends at a whole byte, which is what a restart means, so each
/// picture is decoded as it would be by itself; an upsampling decoder mixes the colours of outermost rows.
///
/// With `joint::plain_row` each picture has a row of plain units above it. That row is in the picture's own interval,
/// as all intervals are equal: see docs/montage.md. With `joint::none` they abut; the rows that fill up a picture's
/// last unit are all that is between them.
///
/// Nothing where it cannot be done: a picture is of another kind, cut short or turned, its tables lack a code that the
/// plain row needs, an interval would have more than 65,535 units, or the whole would exceed `bounds` or 65,500 rows.
/// What a scan holds is not looked at: damage in it stays in its picture. Holds the files' bytes where they lie, and of
/// its own the header and a few bytes a picture. Usable from any thread. Throws nothing but std::bad_alloc.
std::optional<montage> splice(const std::vector<picture>& pictures, const montage_bounds& bounds,
                              joint between = joint::plain_row);

} // namespace glyphgate::vision
