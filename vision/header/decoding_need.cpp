#include "vision/header/decoding_need.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace glyphgate::vision::header {

namespace {

constexpr std::uint64_t kib = 1024;

struct weight {
  picture_format format;
  unfolding how;
  /// The decoder's tables and buffers, whatever the picture's size; bytes.
  std::uint64_t fixed;
  /// So many rows of pixels are on their way at a time.
  std::uint64_t rows;
  /// Eighths of a byte for each unit of `picture_shape::held`.
  std::uint64_t held;
  /// Bytes for each pixel of a picture with alpha, besides.
  std::uint64_t alpha;
};

// clang-format off
constexpr std::array weights{
    //     format                    unfolding             fixed       rows  held  alpha
    weight{picture_format::jpeg,     unfolding::rows,      512 * kib,  64,   0,    0},
    // A coefficient: 16 bits, and one that tells what the scans have said of it.
    weight{picture_format::jpeg,     unfolding::passes,    512 * kib,  64,   17,   0},
    weight{picture_format::png,      unfolding::rows,      256 * kib,  64,   0,    0},
    // A sample of 8 bits, alpha included.
    weight{picture_format::png,      unfolding::passes,    256 * kib,  64,   8,    0},
    // libwebp unfolds a lossy picture with alpha as a whole.
    weight{picture_format::webp,     unfolding::rows,      512 * kib,  128,  0,    8},
    // A pixel of 32 bits, and its tables.
    weight{picture_format::webp,     unfolding::lossless,  512 * kib,  128,  36,   0},
    // A pixel of the canvas: of 32 bits there and in the frame.
    weight{picture_format::webp,     unfolding::canvas,    512 * kib,  128,  64,   8},
    // A pixel of the canvas: RGB there, and an index in the frame.
    weight{picture_format::gif,      unfolding::canvas,    256 * kib,  4,    32,   0},
    weight{picture_format::bmp,      unfolding::rows,      64 * kib,   4,    0,    4},
    // A pixel: an index.
    weight{picture_format::bmp,      unfolding::passes,    64 * kib,   4,    8,    0},
    // A byte of the pixels of a strip or of a row of tiles: as stored, and as RGBA.
    weight{picture_format::tiff,     unfolding::block,     512 * kib,  4,    8,    0},
    // A sample: 32 bits in openjpeg, 8 in the picture made of it, and the tiles' own.
    weight{picture_format::jpeg2000, unfolding::block,     1024 * kib, 4,    56,   0},
    // A pixel of the page: RGB in poppler's bitmap and in its copy. What the page's fonts
    // and pictures take is not known beforehand.
    weight{picture_format::pdf,      unfolding::block,     65536 * kib, 4,   48,   0},
    // A pixel as coded, before it is cropped and turned: YCbCr, RGB, and the decoder's reference.
    weight{picture_format::heif,     unfolding::block,     8192 * kib, 4,    64,   5},
    weight{picture_format::avif,     unfolding::block,     8192 * kib, 4,    144,  5},
};
// clang-format on

/// The heaviest stands for a pair that the table does not have.
const weight& weight_of(const picture_shape& shape) {
  const auto* found =
      std::ranges::find_if(weights, [&](const weight& w) { return w.format == shape.format && w.how == shape.how; });
  return found != weights.end() ? *found : weights.back();
}

} // namespace

std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::uint64_t>::max() : product;
}

std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::uint64_t>::max() : sum;
}

decoding_need need_of(const picture_shape& shape) {
  const auto& weight = weight_of(shape);
  const auto pixels = std::uint64_t{shape.width} * shape.height;
  const std::uint64_t result_channels = shape.channels == 1 ? 1 : 3;
  const std::uint64_t sample_bytes = (std::uint64_t{shape.bits} + 7) / 8;
  const auto pixel_bytes = (std::uint64_t{shape.channels} + (shape.alpha ? 1 : 0)) * sample_bytes;
  const auto result = saturating_product(pixels, result_channels);

  auto rows = weight.fixed;
  rows = saturating_sum(rows, saturating_product(weight.rows * shape.width, pixel_bytes));
  rows = saturating_sum(rows, saturating_product(weight.held / 8, shape.held));
  rows = saturating_sum(rows, weight.held % 8 * (shape.held / 8));
  if (shape.alpha)
    rows = saturating_sum(rows, saturating_product(weight.alpha, pixels));
  // The first upright row needs the last stored one, or all.
  if (shape.orientation >= 3)
    rows = saturating_sum(rows, result);
  return {rows, saturating_sum(rows, result)};
}

} // namespace glyphgate::vision::header
