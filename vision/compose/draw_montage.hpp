#pragma once

#include "core/picture.hpp"
#include "vision/compose/begun.hpp"
#include "vision/montage.hpp"

#include <stop_token>
#include <vector>

namespace glyphgate::vision {

/// Makes one JPEG of at least one picture with a decoder: from the coefficients where that can be, else from the
/// pixels. A JPEG by itself travels as it is where it is upright, complete and of a kind that every decoder reads.
/// `begun` is told which picture is decoded, before it is; a picture may be decoded several times. Nothing where it
/// would exceed the limits, no picture can be decoded, or it was stopped. A picture whose decoder finds no memory is
/// unplaced, as one that cannot be decoded. Usable from any thread. Throws nothing but std::bad_alloc.
made_montage draw_montage(const std::vector<picture>& pictures, const montage_limits& limits,
                          const std::stop_token& stop = {}, const begun_fn& begun = {});

} // namespace glyphgate::vision
