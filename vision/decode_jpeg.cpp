#include "vision/decode_formats.hpp"

#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>
#include <cstdio>

namespace glyphgate::vision {

namespace {

// A progressive file may ask for any number of passes over the whole picture; encoders make about ten.
constexpr int max_scans = 64;

/// libjpeg's decompressor. It reports errors by longjmp, so every method that calls it holds nothing with a destructor.
class jpeg_decoder {
public:
  jpeg_decoder() {
    decompressor_.err = jpeg_std_error(&errors_);
    decompressor_.client_data = this;
    errors_.error_exit = [](j_common_ptr c) { of(c).fail(); };
    errors_.emit_message = [](j_common_ptr c, int level) { of(c).note(level); };
    errors_.output_message = [](j_common_ptr) {};
    progress_.progress_monitor = [](j_common_ptr c) { of(c).count_scans(); };
  }

  ~jpeg_decoder() { jpeg_destroy_decompress(&decompressor_); }

  jpeg_decoder(const jpeg_decoder&) = delete;
  jpeg_decoder& operator=(const jpeg_decoder&) = delete;

  /// Reads the header and begins the picture; false on failure.
  bool start(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
    if (setjmp(escape_))
      return false;
    jpeg_create_decompress(&decompressor_);
    decompressor_.progress = &progress_;
    jpeg_mem_src(&decompressor_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&decompressor_, TRUE);
    if (decompressor_.image_width != width || decompressor_.image_height != height)
      fail(other_size);
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

  const char* message() const { return message_; }

private:
  static jpeg_decoder& of(j_common_ptr c) { return *static_cast<jpeg_decoder*>(c->client_data); }

  [[noreturn]] void fail(const char* what) {
    std::snprintf(message_, sizeof message_, "%s", what);
    std::longjmp(escape_, 1);
  }

  /// Fails with libjpeg's current message.
  [[noreturn]] void fail() {
    errors_.format_message(reinterpret_cast<j_common_ptr>(&decompressor_), message_);
    std::longjmp(escape_, 1);
  }

  void note(int level) {
    if (level >= 0)
      return;
    switch (errors_.msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL: return;
    // The others tell of lost picture data, which libjpeg makes up for with grey.
    default: fail();
    }
  }

  void count_scans() {
    if (decompressor_.input_scan_number > max_scans)
      fail("it has too many scans");
  }

  jpeg_decompress_struct decompressor_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf escape_;
  char message_[JMSG_LENGTH_MAX] = "";
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
