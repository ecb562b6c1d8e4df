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

/// Recognises JPEG, PNG and WebP by content and reads size and orientation.
/// Refuses other formats, variants that cannot be decoded (12-bit, lossless and hierarchical JPEG) and animated WebP as
/// unsupported_format; a damaged or cut header as invalid_picture. An animated PNG is read as its default picture.
std::variant<picture_info, picture_refusal> inspect(std::string_view bytes);

/// Refuses, as picture_too_large, a picture of `size_in_bytes` whose file, pixels, height or side exceeds the limits.
/// What passes fits a call by itself.
std::optional<picture_refusal> check_limits(const picture_info& info, std::size_t size_in_bytes,
                                            const call_limits& limits);

} // namespace glyphgate::vision
