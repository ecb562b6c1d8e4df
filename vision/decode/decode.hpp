#pragma once

#include "core/picture.hpp"
#include "vision/decode/raster.hpp"
#include "vision/picture_refusal.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace glyphgate::vision {

/// A whole picture.
struct decoded_picture {
  /// Upright, grey or RGB.
  raster pixels;
  /// As `row_reader::warning`.
  std::string warning;
};

/// A picture's pixels, or why it has none.
using decoded = std::variant<decoded_picture, picture_refusal>;

/// Decodes a picture to its upright pixels, without transparency: the rows of `read_rows`, all at once. `info` is what
/// `inspect` told of the same bytes; `decoding_need::whole` has the memory that it takes. Damaged and cut pictures are
/// refused as invalid_picture, unless what is missing is little: then there is a warning. Usable from any thread.
/// Throws nothing but std::bad_alloc.
decoded decode(std::string_view bytes, const picture_info& info);

} // namespace glyphgate::vision
