#pragma once

#include "vision/decode.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The decoders of the formats, each to a raster as stored: not yet upright, maybe with alpha. `width` and `height` are
/// as stored; a picture that turns out to be of another size is refused.
namespace glyphgate::vision {

decoded decode_jpeg(std::string_view bytes, std::uint32_t width, std::uint32_t height);
decoded decode_png(std::string_view bytes, std::uint32_t width, std::uint32_t height);
decoded decode_webp(std::string_view bytes, std::uint32_t width, std::uint32_t height);

/// The refusal of a picture that does not decode, e.g. "the JPEG cannot be decoded: …".
picture_refusal undecodable(std::string_view format, std::string_view reason);

/// The reason when a decoder finds another size than the header told.
constexpr char other_size[] = "its size is not the one that its header tells";

} // namespace glyphgate::vision
