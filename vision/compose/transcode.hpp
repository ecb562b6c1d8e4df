#pragma once

#include "core/picture.hpp"
#include "vision/montage.hpp"

#include <optional>
#include <stop_token>
#include <vector>

namespace glyphgate::vision {

/// Makes a montage from the DCT coefficients of JPEGs, without their pixels: docs/montage.md. They must be of one
/// upright width and one sampling, all grey or all YCbCr. They may differ in height, quantisation and coding (Huffman
/// or arithmetic, baseline or progressive), and be turned by EXIF. Where their quantisation is one, the coefficients
/// stay exactly what they are.
///
/// Every picture starts at an MCU row; the rows between two pictures, one MCU row at least, are plain, except that the
/// blocks with a picture's last rows go on below it as its encoder filled them. The montage ends with the last picture.
///
/// Nothing where that does not apply, where the montage would be higher than `max_side_px`, where any picture is
/// damaged (composing finds out what is wrong with it), or when it was stopped, which it notices before every picture.
/// At the peak it holds the largest picture's coefficients, two bytes each, and the file. Usable from any thread.
/// Throws nothing but std::bad_alloc.
std::optional<montage> transcode(const std::vector<picture>& pictures, const std::stop_token& stop = {});

} // namespace glyphgate::vision
