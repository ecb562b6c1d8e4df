#include "vision/decode/stored_picture.hpp"

#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>
#include <cstdio>
#include <vector>

namespace glyphgate::vision {

namespace {

// A progressive file may ask for any number of passes over the whole picture; encoders make about ten.
constexpr int max_scans = 64;

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

/// libjpeg's decompressor. It reports errors by longjmp, so every method that calls it holds nothing with a destructor.
class jpeg_rows final : public row_reader {
public:
  jpeg_rows() {
    decompressor_.err = jpeg_std_error(&errors_);
    decompressor_.client_data = this;
    errors_.error_exit = [](j_common_ptr c) { of(c).fail(); };
    errors_.emit_message = [](j_common_ptr c, int level) { of(c).note(level); };
    errors_.output_message = [](j_common_ptr) {};
    progress_.progress_monitor = [](j_common_ptr c) { of(c).count_scans(); };
  }

  ~jpeg_rows() override { jpeg_destroy_decompress(&decompressor_); }

  jpeg_rows(const jpeg_rows&) = delete;
  jpeg_rows& operator=(const jpeg_rows&) = delete;

  /// Reads the header and begins the picture, which takes all of a progressive file.
  std::optional<picture_refusal> start(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
    if (!try_start(bytes, width, height))
      return undecodable(format_name, message_);
    if (is_cmyk())
      cmyk_row_.resize(std::size_t{width} * cmyk_channels);
    return std::nullopt;
  }

  std::uint32_t channels() const override {
    return is_cmyk() ? 3 : static_cast<std::uint32_t>(decompressor_.output_components);
  }

  std::optional<picture_refusal> next(std::uint8_t* row) override {
    if (!try_read(is_cmyk() ? cmyk_row_.data() : row))
      return undecodable(format_name, message_);
    // Adobe's programs store CMYK values inverted.
    if (is_cmyk())
      to_rgb(cmyk_row_, decompressor_.saw_Adobe_marker, row);
    return std::nullopt;
  }

private:
  static jpeg_rows& of(j_common_ptr c) { return *static_cast<jpeg_rows*>(c->client_data); }

  bool is_cmyk() const { return decompressor_.out_color_space == JCS_CMYK; }

  bool try_start(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
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

  /// The next row; with the last one also the rest of the file.
  bool try_read(std::uint8_t* row) {
    if (setjmp(escape_))
      return false;
    jpeg_read_scanlines(&decompressor_, &row, 1);
    if (decompressor_.output_scanline == decompressor_.output_height)
      jpeg_finish_decompress(&decompressor_);
    return true;
  }

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
