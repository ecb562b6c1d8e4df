#pragma once

#include "core/picture.hpp"
#include "vision/montage.hpp"

#include <functional>
#include <stop_token>
#include <vector>

namespace glyphgate::vision {

/// Makes a montage of what cannot be joined as it is, which takes a decoder: see `draw_montage`, which runs elsewhere.
using draw_fn = std::function<made_montage(const std::vector<picture>&, const montage_limits&, const std::stop_token&)>;

/// Makes one JPEG of at least one picture by the best way there is: see `montage_way`. Joins what can be joined by the
/// markers of the files; leaves the rest to `draw`. A baseline JPEG by itself travels as it is where it is upright,
/// whole and sound. Nothing where it would exceed the limits whichever way it is made, no picture can be decoded, or it
/// was stopped. Usable from any thread. Throws nothing but std::bad_alloc, and what `draw` throws.
made_montage make_montage(const std::vector<picture>& pictures, const montage_limits& limits, const draw_fn& draw,
                          const std::stop_token& stop = {});

} // namespace glyphgate::vision
