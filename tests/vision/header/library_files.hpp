#pragma once

#include "vision/decode/raster.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// Files of pictures that the formats' own libraries write, for the tests of the headers.
namespace glyphgate::vision::test {

/// A GIF of grey levels; `picture` has one channel.
std::string gif_by_giflib(const raster& picture);

struct tiff_kind {
  /// Of libtiff's COMPRESSION_….
  std::uint16_t compression = 1;
  /// As TIFFOpen takes it: "w", "wl" and "wb" for the byte order, "w8" for BigTIFF.
  const char* mode = "w";
  std::uint16_t orientation = 1;
  /// 0 for strips; else the side of the tiles.
  std::uint32_t tile = 0;
};

/// A TIFF whose pages are the pictures, grey or RGB.
std::string tiff_by_libtiff(const std::vector<raster>& pages, const tiff_kind& kind = {});

/// A lossless JPEG 2000 of 1 to 4 channels: a JP2 file or a bare codestream.
std::string jpeg2000_by_openjpeg(const raster& picture, bool in_container);

struct heif_kind {
  bool av1 = false;
  /// As EXIF's; libheif writes it as irot and imir.
  int orientation = 1;
  /// Whether odd sizes are cropped by a grid of one tile, or else by clap.
  bool grid = false;
};

/// A HEIC or AVIF of an RGB picture.
std::string heif_by_libheif(const raster& picture, const heif_kind& kind = {});

struct heif_size {
  int width = 0;
  int height = 0;
};

/// What libheif says of the primary picture.
heif_size size_by_libheif(const std::string& file);

} // namespace glyphgate::vision::test
