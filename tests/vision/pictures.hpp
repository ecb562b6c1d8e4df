#pragma once

#include "core/picture.hpp"
#include "vision/decode/raster.hpp"
#include "vision/montage.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Makes the pictures that the tests read: rasters, and files of them.
namespace glyphgate::vision::test {

/// A picture without symmetry, so that every orientation of it differs: smooth enough to survive lossy coding.
raster gradient(std::uint32_t width, std::uint32_t height, std::uint32_t channels);

/// Noise, the same at every run: nothing that compresses.
raster noise(std::uint32_t width, std::uint32_t height, std::uint32_t channels);

/// Black capitals on white, RGB, one line each line of `text`, `scale` pixels to a dot of the 5 × 7 letters: the cell
/// of the letter in column c of line l starts at ((1 + c) * 6, (1 + l) * 12) dots. Knows D, E, H, L, O, R, W and the
/// space.
raster drawn_text(std::string_view text, std::uint32_t scale);

struct jpeg_options {
  int quality = 95;
  bool progressive = false;
  bool arithmetic = false;
  /// Rasters of 4 channels are written as CMYK, and as YCCK when this is set.
  bool ycck = false;
  /// Whether CMYK files say that they are Adobe's, with inverted values.
  bool adobe = true;
  /// Whether the Huffman tables are made for the picture.
  bool optimised = false;
  /// The first component's sampling factors; the others have 1 × 1. 0 leaves libjpeg's.
  int across = 0;
  int down = 0;
  /// Whether rasters of 3 channels are written as RGB.
  bool rgb = false;
  /// MCU rows between restart markers; 0 for none.
  int restart_rows = 0;
  /// Whether each of three components has a scan of its own.
  bool separate_scans = false;
};

std::string jpeg_of(const raster& picture, const jpeg_options& options = {});

struct png_options {
  bool interlaced = false;
  /// 16 bits a channel; the low byte repeats the high one.
  bool deep = false;
};

std::string png_of(const raster& picture, const png_options& options = {});

/// A PNG of `width` × `height` palette indices of 1 bit, index (x + y) % 2: first colour opaque red, second the
/// background seen through half transparent black.
std::string palette_png(std::uint32_t width, std::uint32_t height);

std::string webp_of(const raster& picture, bool lossless = true);

/// An EXIF block (TIFF header and one directory) that tells this orientation.
std::string exif_block(std::uint16_t orientation, bool little_endian = true);

/// The file with an EXIF block added: as APP1, as an eXIf chunk before or after the picture data, or as an EXIF chunk.
std::string jpeg_with_exif(std::string jpeg, std::string_view exif);
std::string png_with_exif(std::string png, std::string_view exif, bool after_data = false);
std::string webp_with_exif(const std::string& webp, std::string_view exif, std::uint32_t width, std::uint32_t height);

std::string be16_text(std::uint32_t value);
std::string be32_text(std::uint32_t value);
std::string le32_text(std::uint32_t value);

/// A PNG chunk with its length and checksum.
std::string png_chunk(std::string_view type, std::string_view data);

/// A WebP chunk with its length and padding.
std::string webp_chunk(std::string_view type, std::string_view data);

/// A RIFF file of WebP chunks.
std::string webp_file(std::string_view chunks);

/// The stored raster that its EXIF orientation turns into `upright`: written from the standard's table, one case each.
raster stored_for(const raster& upright, int orientation);

/// The file as a picture of a call, inspected; fails the test when it is refused.
picture picture_of(std::string id, std::string bytes);

/// The montage's file.
std::string file_of(const montage& made);

/// The greatest difference of two rasters' values; 255 when their shapes differ.
int largest_difference(const raster& a, const raster& b);

} // namespace glyphgate::vision::test
