#pragma once

#include "vision/decode/decode.hpp"
#include "vision/decode/row_reader.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

/// The decoders of the formats: they give pictures as stored, not yet upright. `width` and `height` are as stored; a
/// picture that turns out to be of another size is refused.
///
/// Read with a warning where less than a quarter of the rows is missing: a BMP without alpha, a GIF whose first frame
/// is opaque, whole and in order, a TIFF in strips without alpha and separate planes. Of the other new formats and
/// variants all must be there.
///
/// Rows come one by one from those too, but for a BMP of run lengths, which takes a byte a pixel; the others are
/// rasters.
namespace glyphgate::vision {

/// A picture's rows where its decoder makes one after the other; else the whole, maybe with alpha; or why there is
/// nothing.
using stored_picture = std::variant<std::unique_ptr<row_reader>, raster, picture_refusal>;

/// The rows read `bytes`, which must outlive them.
stored_picture open_jpeg(std::string_view bytes, std::uint32_t width, std::uint32_t height);
stored_picture open_png(std::string_view bytes, std::uint32_t width, std::uint32_t height);
stored_picture open_webp(std::string_view bytes, std::uint32_t width, std::uint32_t height);

/// The first frame on its canvas.
stored_picture open_gif(std::string_view bytes, std::uint32_t width, std::uint32_t height);
stored_picture open_bmp(std::string_view bytes, std::uint32_t width, std::uint32_t height);

/// The picture `page`, from 0; thumbnails are not counted.
stored_picture open_tiff(std::string_view bytes, std::uint32_t width, std::uint32_t height, std::uint32_t page);

/// A JP2 file or a codestream by itself.
stored_picture open_jpeg2000(std::string_view bytes, std::uint32_t width, std::uint32_t height);

/// HEIF and AVIF: the primary picture. It is upright, as the container tells how it is turned: so is its size.
stored_picture open_heif(std::string_view bytes, std::uint32_t width, std::uint32_t height);

/// The page `page` of a PDF, from 0, drawn on white so large, upright: grey where nothing on it is coloured, else RGB.
stored_picture open_pdf(std::string_view bytes, std::uint32_t width, std::uint32_t height, std::uint32_t page);

/// The refusal of a picture that does not decode, e.g. "the JPEG cannot be decoded: …".
picture_refusal undecodable(std::string_view format, std::string_view reason);

/// The reason when a decoder finds another size than the header told.
constexpr char other_size[] = "its size is not the one that its header tells";

} // namespace glyphgate::vision
