#include "vision/decode/jpeg_decompressor.hpp"
#include "vision/decode/stored_picture.hpp"

#include <vector>

namespace glyphgate::vision {

namespace {

constexpr std::string_view format_name = "JPEG";
constexpr std::uint32_t cmyk_channels = 4;

std::uint8_t product(unsigned a, unsigned b) {
  return static_cast<std::uint8_t>((a * b + 127) / 255);
}

/// Turns CMYK into RGB.
void to_rgb(const std::vector<std::uint8_t>& row, bool inverted, std::uint8_t* to) {
  const unsigned flip = inverted ? 0 : 255;
  for (const auto *from = row.data(), *end = from + row.size(); from != end; from += cmyk_channels, to += 3) {
    const unsigned light = from[3] ^ flip;
    for (std::size_t c = 0; c < 3; ++c)
      to[c] = product(from[c] ^ flip, light);
  }
}

/// As `jpeg_decompressor` says, the methods that call libjpeg hold nothing with a destructor.
class jpeg_rows final : public row_reader, private jpeg_decompressor {
public:
  /// Reads the header and begins the picture, which takes all of a progressive file.
  std::optional<picture_refusal> start(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
    if (!try_start(bytes, width, height))
      return undecodable(format_name, message());
    if (is_cmyk())
      cmyk_row_.resize(std::size_t{width} * cmyk_channels);
    return std::nullopt;
  }

  std::uint32_t channels() const override {
    return is_cmyk() ? 3 : static_cast<std::uint32_t>(decompressor_.output_components);
  }

  std::optional<picture_refusal> next(std::uint8_t* row) override {
    if (!try_read(is_cmyk() ? cmyk_row_.data() : row))
      return undecodable(format_name, message());
    // Adobe's programs store CMYK values inverted.
    if (is_cmyk())
      to_rgb(cmyk_row_, decompressor_.saw_Adobe_marker, row);
    return std::nullopt;
  }

private:
  bool is_cmyk() const { return decompressor_.out_color_space == JCS_CMYK; }

  bool try_start(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
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

  /// The next row; with the last one also the rest of the file.
  bool try_read(std::uint8_t* row) {
    if (setjmp(escape_))
      return false;
    jpeg_read_scanlines(&decompressor_, &row, 1);
    if (decompressor_.output_scanline == decompressor_.output_height)
      jpeg_finish_decompress(&decompressor_);
    return true;
  }

  std::vector<std::uint8_t> cmyk_row_;
};

} // namespace

stored_picture open_jpeg(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  auto rows = std::make_unique<jpeg_rows>();
  if (auto refusal = rows->start(bytes, width, height))
    return *std::move(refusal);
  return rows;
}

} // namespace glyphgate::vision
