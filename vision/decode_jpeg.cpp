#include "vision/decode_formats.hpp"
#include "vision/jpeg/decompressor.hpp"

namespace glyphgate::vision {

namespace {

/// Reads a whole picture's pixels.
class jpeg_decoder : public jpeg_decompressor {
public:
  /// Reads the header and begins the picture; false on failure.
  bool start(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
    if (setjmp(escape_))
      return false;
    open(bytes, width, height);
    if (decompressor_.num_components == 1)
      decompressor_.out_color_space = JCS_GRAYSCALE;
    else if (decompressor_.num_components == 3)
      decompressor_.out_color_space = JCS_RGB;
    else
      decompressor_.out_color_space = JCS_CMYK;
    jpeg_start_decompress(&decompressor_);
    return true;
  }

  std::uint32_t channels() const { return static_cast<std::uint32_t>(decompressor_.output_components); }

  /// Reads every row, each of `row_bytes`, to `rows`; false on failure.
  bool read(std::uint8_t* rows, std::size_t row_bytes) {
    if (setjmp(escape_))
      return false;
    while (decompressor_.output_scanline < decompressor_.output_height) {
      std::uint8_t* row = rows + decompressor_.output_scanline * row_bytes;
      jpeg_read_scanlines(&decompressor_, &row, 1);
    }
    jpeg_finish_decompress(&decompressor_);
    return true;
  }

  /// Whether CMYK values are stored inverted, as Adobe's programs do.
  bool inverted() const { return decompressor_.saw_Adobe_marker; }
};

std::uint8_t product(unsigned a, unsigned b) {
  return static_cast<std::uint8_t>((a * b + 127) / 255);
}

/// Turns CMYK into RGB, in place.
void to_rgb(raster& picture, bool inverted) {
  const unsigned flip = inverted ? 0 : 255;
  const std::size_t count = std::size_t{picture.width} * picture.height;
  auto* to = picture.pixels.data();
  const auto* from = to;
  for (std::size_t i = 0; i < count; ++i, from += 4, to += 3) {
    const unsigned light = from[3] ^ flip;
    for (std::size_t c = 0; c < 3; ++c)
      to[c] = product(from[c] ^ flip, light);
  }
  picture.channels = 3;
  picture.pixels.resize(count * 3);
}

} // namespace

decoded decode_jpeg(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  constexpr std::string_view format = "JPEG";
  jpeg_decoder decoder;
  if (!decoder.start(bytes, width, height))
    return undecodable(format, decoder.message());
  auto picture = make_raster(width, height, decoder.channels());
  if (!decoder.read(picture.pixels.data(), picture.row_bytes()))
    return undecodable(format, decoder.message());
  if (picture.channels == 4)
    to_rgb(picture, decoder.inverted());
  return picture;
}

} // namespace glyphgate::vision
