#pragma once

#include "core/picture.hpp"
#include "vision/montage.hpp"

#include <optional>
#include <stop_token>
#include <vector>

namespace glyphgate::vision {

/// Makes a montage from pixels: `separator_px` rows between two pictures, JPEG of quality 95. At least one picture;
/// their montage's sides are at most `max_side_px`. Pictures are decoded one at a time and their rows go straight to
/// the encoder: at the peak it holds the largest picture's pixels and the JPEG. The rows of a picture that cannot be
/// decoded are plain. There are no parts when none can be decoded. Nothing when it was stopped, which it notices before
/// every picture. Usable from any thread. Throws nothing but std::bad_alloc.
std::optional<montage> compose(const std::vector<picture>& pictures, const std::stop_token& stop = {});

} // namespace glyphgate::vision
