#pragma once

#include "vision/decode/raster.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Files of the formats besides JPEG, PNG and WebP, made of rasters.
namespace glyphgate::vision::test {

/// A picture of few colours, as a palette holds them: every level is a multiple of 51.
raster few_colours(std::uint32_t width, std::uint32_t height, std::uint32_t channels);

/// Black and white, irregular.
raster bilevel(std::uint32_t width, std::uint32_t height);

struct gif_options {
  bool interlaced = false;
  /// Where the frame lies, and the canvas; 0 for a canvas as large as the frame.
  std::uint16_t left = 0, top = 0, canvas_width = 0, canvas_height = 0;
  /// How many frames follow, each black.
  int more_frames = 0;
};

/// Of grey or RGB with at most 255 colours; of 4 channels, pixels with alpha 0 are transparent.
std::string gif_of(const raster& picture, const gif_options& options = {});

struct bmp_options {
  /// 1, 4, 8: a palette. 16: 5 bits a channel, unless bitfields. 24, 32.
  unsigned bits = 24;
  /// Of its header: 12, 40, 52, 56, 108, 124.
  std::uint32_t header_bytes = 40;
  bool top_down = false;
  /// RLE of 4 or 8 bits.
  bool run_lengths = false;
  /// Of 16 bits 5-6-5; of 32 bits red in the lowest byte, and alpha in the highest one where the raster has it.
  bool bitfields = false;
};

std::string bmp_of(const raster& picture, const bmp_options& options = {});

struct tiff_options {
  /// As libtiff names them.
  int compression = 1;
  /// Grey: 1, 2, 4, 8, 16; colours: 8, 16.
  int bits = 8;
  bool white_is_zero = false;
  /// Pixels are indices of a palette.
  bool palette = false;
  /// Four channels are ink.
  bool cmyk = false;
  bool separate_planes = false;
  /// Alpha has been multiplied with the colours, by the caller.
  bool premultiplied = false;
  bool predictor = false;
  /// RGB becomes YCbCr: of JPEG, else of single samples.
  bool ycbcr = false;
  /// 0 for strips.
  std::uint32_t tile_side = 0;
  std::uint32_t rows_per_strip = 16;
  bool big_endian = false;
  bool big_tiff = false;
  int group3_options = 0;
  /// Whether a thumbnail precedes each page.
  bool thumbnails = false;
};

/// One page for each picture.
std::string tiff_of(const std::vector<raster>& pages, const tiff_options& options = {});

struct jp2_options {
  bool codestream_only = false;
  unsigned bits = 8;
  /// Three channels are written as sYCC, green and blue's place sampled by `chroma_step` each way.
  bool sycc = false;
  std::uint32_t chroma_step = 1;
  bool is_signed = false;
  std::uint32_t tile_side = 0;
};

/// Lossless. Of 2 and 4 channels, the last one is alpha.
std::string jp2_of(const raster& picture, const jp2_options& options = {});

struct heif_options {
  bool avif = false;
  /// 8; HEIF also 10, AVIF also 12.
  int bits = 8;
  /// EXIF orientation, told by the container.
  int orientation = 1;
  bool premultiplied = false;
};

/// Of 3 or 4 channels; lossless, nearly. Nothing where libheif has no encoder.
std::optional<std::string> heif_of(const raster& picture, const heif_options& options = {});

struct webp_frame_place {
  std::uint32_t left = 0, top = 0, canvas_width = 0, canvas_height = 0;
};

/// An animation of two frames: `first`, a WebP file, and the same again.
std::string animated_webp(std::string_view first, std::uint32_t width, std::uint32_t height, webp_frame_place place);

/// A PNG with the chunks of an animation, of which its own picture is the first frame.
std::string animated_png(const raster& picture);

} // namespace glyphgate::vision::test
