#include "vision/decode_formats.hpp"

#include <png.h>

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <vector>

namespace glyphgate::vision {

namespace {

// What colour profiles, texts and the like may take while libpng passes them; the picture does not need them.
constexpr png_alloc_size_t max_chunk_bytes = 4 * 1024 * 1024;
constexpr png_uint_32 max_cached_chunks = 128;

/// libpng's reader. It reports errors by longjmp, so every method that calls it holds nothing with a destructor.
class png_decoder {
public:
  explicit png_decoder(std::string_view bytes) : rest_{bytes} {}
  ~png_decoder() { png_destroy_read_struct(&png_, &info_, nullptr); }

  png_decoder(const png_decoder&) = delete;
  png_decoder& operator=(const png_decoder&) = delete;

  /// Reads the header and sets up 8 bits a channel, grey or RGB, with alpha where the file has it; false on failure.
  bool start(std::uint32_t width, std::uint32_t height) {
    if (setjmp(escape_))
      return false;
    png_ = png_create_read_struct(
        PNG_LIBPNG_VER_STRING, this, [](png_structp p, png_const_charp what) { of(p).fail(what); },
        [](png_structp, png_const_charp) {});
    if (png_ == nullptr)
      return false;
    info_ = png_create_info_struct(png_);
    if (info_ == nullptr)
      return false;
    png_set_read_fn(png_, this, [](png_structp p, png_bytep to, std::size_t count) { of(p).give(to, count); });
    png_set_user_limits(png_, width, height);
    png_set_chunk_cache_max(png_, max_cached_chunks);
    png_set_chunk_malloc_max(png_, max_chunk_bytes);
    png_read_info(png_, info_);
    if (png_get_image_width(png_, info_) != width || png_get_image_height(png_, info_) != height)
      fail(other_size);
    png_set_expand(png_);
    png_set_scale_16(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  std::uint32_t channels() const { return png_get_channels(png_, info_); }

  /// Reads the picture, to one pointer a row, and the rest of the file; false on failure.
  bool read(png_bytepp rows) {
    if (setjmp(escape_))
      return false;
    png_read_image(png_, rows);
    png_read_end(png_, nullptr);
    return true;
  }

  const char* message() const { return message_; }

private:
  static png_decoder& of(png_structp png) { return *static_cast<png_decoder*>(png_get_error_ptr(png)); }

  [[noreturn]] void fail(const char* what) {
    std::snprintf(message_, sizeof message_, "%s", what);
    std::longjmp(escape_, 1);
  }

  void give(png_bytep to, std::size_t count) {
    if (count > rest_.size())
      fail("it is cut short");
    std::memcpy(to, rest_.data(), count);
    rest_.remove_prefix(count);
  }

  std::string_view rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf escape_;
  char message_[128] = "out of memory";
};

} // namespace

decoded decode_png(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  constexpr std::string_view format = "PNG";
  png_decoder decoder{bytes};
  if (!decoder.start(width, height))
    return undecodable(format, decoder.message());
  auto picture = make_raster(width, height, decoder.channels());
  std::vector<png_bytep> rows(height);
  for (std::size_t y = 0; y < height; ++y)
    rows[y] = picture.pixels.data() + y * picture.row_bytes();
  if (!decoder.read(rows.data()))
    return undecodable(format, decoder.message());
  return picture;
}

} // namespace glyphgate::vision
