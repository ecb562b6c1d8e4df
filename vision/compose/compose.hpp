#pragma once

#include "core/picture.hpp"
#include "vision/compose/begun.hpp"
#include "vision/montage.hpp"

#include <cstddef>
#include <optional>
#include <stop_token>
#include <vector>

namespace glyphgate::vision {

/// Makes a montage from pixels: `separator_px` rows between two pictures, in one JPEG of at most `max_bytes`. At least
/// one picture; their montage's sides are at most `max_side_px`. Usable from any thread. Throws nothing but
/// std::bad_alloc, and that only where the montage itself finds no memory.
///
/// Quality is 95 where the file then fits, else 90, 85, 80 or 75: the first at which it does, as far as can be told. An
/// encoding that becomes too large ends there, and what share of the rows it held decides which qualities are tried
/// next: not those at which even a picture that shrinks most would not fit, if its rest is like its beginning. Where 75
/// is too much too, it is `too_large`.
///
/// Rows go from the decoder to the encoder one by one: memory is what one `row_reader` holds and the file, so it is
/// bounded by `max_bytes` where pictures decode row by row. A picture that is refused, cannot be decoded, or not in the
/// memory that there is, is in `unplaced`; the rows that it has not given are plain. One of which little is missing is
/// in `incomplete`. There are no parts when none can be decoded. Nothing when it was stopped, which it notices before
/// every picture.
std::optional<montage> compose(const std::vector<picture>& pictures, std::size_t max_bytes,
                               const std::stop_token& stop = {}, const begun_fn& begun = {});

} // namespace glyphgate::vision
