#pragma once

#include "core/config.hpp"
#include "core/picture.hpp"
#include "vision/picture_refusal.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

/// What a picture's header tells, without decoding. Usable from any thread; safe on hostile bytes, and quick on them:
/// the work is bounded whatever the file's size.
namespace glyphgate::vision {

/// No picture may be wider or higher, nor may a montage: what libjpeg takes (JPEG_MAX_DIMENSION).
constexpr std::uint32_t max_side_px = 65500;

/// What decoding a picture takes at its peak, bytes: docs/memory.md has what was measured.
struct decoding_need {
  /// Row by row: what a `row_reader` holds.
  std::uint64_t rows = 0;
  /// As a whole: that, and the upright pixels.
  std::uint64_t whole = 0;
};

/// What the header tells of one picture of a file.
struct picture_header {
  picture_info info;
  decoding_need needs;
  /// How many pictures the file holds: a TIFF's pages, else 1. What more an animation has is not counted.
  std::uint32_t pages = 1;
};

/// Recognises the formats of `picture_format` by content and reads the header of the picture `page`, from 0. Of an
/// animation, that is the first frame, as large as its canvas.
/// Refuses other formats and variants that cannot be decoded (12-bit, lossless and hierarchical JPEG) as
/// unsupported_format; a damaged header, one that is cut short, and a page that is not there as invalid_picture.
std::variant<picture_header, picture_refusal> inspect(std::string_view bytes, std::uint32_t page = 0);

/// The header of a page of a document, which `info` describes as whoever looked at the document found it.
picture_header header_of_page(const picture_info& info);

/// What is to be known of a picture before it is decoded, its bytes given: of a document's page, what `info` says.
std::variant<picture_header, picture_refusal> inspect(std::string_view bytes, const picture_info& info);

/// Refuses, as picture_too_large, a picture of `size_in_bytes` whose file, pixels, height or side exceeds the limits.
/// What passes fits a call by itself.
std::optional<picture_refusal> check_limits(const picture_info& info, std::size_t size_in_bytes,
                                            const call_limits& limits);

} // namespace glyphgate::vision
