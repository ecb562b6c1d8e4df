#pragma once

#include "vision/header/inspection.hpp"

#include <cstdint>
#include <string_view>

/// The readers of the formats' headers. Each is given bytes that its `is_` has recognised, and refuses as `inspect`
/// tells.
namespace glyphgate::vision::header {

bool is_jpeg(std::string_view bytes);
bool is_png(std::string_view bytes);
bool is_webp(std::string_view bytes);
bool is_gif(std::string_view bytes);
bool is_bmp(std::string_view bytes);
/// TIFF and BigTIFF.
bool is_tiff(std::string_view bytes);
/// A JP2 file or a bare codestream.
bool is_jpeg2000(std::string_view bytes);
/// HEIC, AVIF and their relatives, sequences among them.
bool is_heif(std::string_view bytes);

/// Baseline, extended and progressive, with Huffman or arithmetic coding, 8 bits, 1, 3 or 4 components. What follows
/// the header of the first scan is not looked at.
inspection read_jpeg(std::string_view bytes);

/// All kinds. The whole chain of chunks is passed: a file that is cut is refused. Of an APNG, the default image.
inspection read_png(std::string_view bytes);

/// Lossy, lossless, with alpha. Of an animation, the first frame, as large as the canvas.
inspection read_webp(std::string_view bytes);

/// The first frame on the logical screen. A frame that reaches beyond the screen is refused.
inspection read_gif(std::string_view bytes);

/// Windows' headers of 12, 40, 52, 56, 108 and 124 bytes; 1, 4, 8, 16, 24 and 32 bits; uncompressed, run lengths and
/// bit fields. Rows from the bottom or from the top.
inspection read_bmp(std::string_view bytes);

/// The page `page`, from 0. Pages are the directories of the main chain that are no thumbnails; all are counted, though
/// only that one's kind is checked.
inspection read_tiff(std::string_view bytes, std::uint32_t page);

/// 1 to 5 components of at most 16 bits.
inspection read_jpeg2000(std::string_view bytes);

/// The primary picture: HEVC or AV1, also as a grid. Its size is that after cropping and turning, as libheif gives it;
/// so the orientation is 1.
inspection read_heif(std::string_view bytes);

/// The refusal of a file that none of these reads: names what it is, and what is supported.
picture_refusal other_format(std::string_view bytes);

} // namespace glyphgate::vision::header
