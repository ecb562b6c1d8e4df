#pragma once

#include "core/picture.hpp"
#include "vision/picture_header.hpp"

#include <cstdint>

namespace glyphgate::vision::header {

/// What a decoder keeps of a picture while it makes the rows.
enum class unfolding : std::uint8_t {
  /// A few rows: sequential JPEG, PNG without interlacing, lossy WebP, BMP.
  rows,
  /// The whole in a form of the decoder's own, as the file goes over the picture several times or from its end: a JPEG
  /// of several scans, interlaced PNG, BMP of run lengths.
  passes,
  /// The whole, as its pixels are copied from earlier ones: lossless WebP.
  lossless,
  /// The frame and the canvas that it is drawn on: GIF, animated WebP.
  canvas,
  /// What the decoder's library unfolds at once: a TIFF's strip, a JPEG 2000, a HEIC, an AVIF.
  block,
};

/// What the memory of decoding depends on. From untrusted headers: any numbers.
struct picture_shape {
  picture_format format = picture_format::jpeg;
  /// As stored, pixels.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  /// 1–8, as in `picture_info`.
  std::uint8_t orientation = 1;
  /// As decoded, without alpha: 1 grey, 3 colour, 4 CMYK.
  std::uint32_t channels = 3;
  bool alpha = false;
  /// Of a sample in the file.
  std::uint32_t bits = 8;
  unfolding how = unfolding::rows;
  /// How much is kept, in the unit that the table of weights tells for the format and `how`; 0 with `rows`.
  std::uint64_t held = 0;
};

/// An upper bound of the memory that decoding takes, from the table of weights in the source. What exceeds 64 bits is
/// told as their largest number.
decoding_need need_of(const picture_shape& shape);

/// `a * b` and `a + b`; the largest number where they exceed 64 bits.
std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b);
std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b);

} // namespace glyphgate::vision::header
