#include "vision/compose.hpp"

#include "vision/call_planner.hpp"
#include "vision/decode.hpp"

#include <jpeglib.h>

#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#include <variant>

namespace glyphgate::vision {

namespace {

constexpr int jpeg_quality = 95;
constexpr std::size_t channels = 3;

/// libjpeg's compressor, RGB to memory. It reports errors by longjmp, so every method that calls it holds nothing with
/// a destructor. Within libjpeg's limits of size, memory is all that it can lack: std::bad_alloc.
class jpeg_encoder {
  static constexpr std::size_t first_capacity = 64 * 1024;

public:
  jpeg_encoder(std::uint32_t width, std::uint32_t height) {
    compressor_.err = jpeg_std_error(&errors_);
    compressor_.client_data = this;
    errors_.error_exit = [](j_common_ptr c) { of(c).fail(); };
    errors_.output_message = [](j_common_ptr) {};
    if (!start(width, height)) {
      release();
      throw std::bad_alloc{};
    }
  }

  ~jpeg_encoder() { release(); }

  jpeg_encoder(const jpeg_encoder&) = delete;
  jpeg_encoder& operator=(const jpeg_encoder&) = delete;

  void write(const std::uint8_t* row) {
    if (!try_write(row))
      throw std::bad_alloc{};
  }

  /// After the last row: the file.
  held_bytes finish() {
    if (!try_finish())
      throw std::bad_alloc{};
    const std::shared_ptr<const unsigned char> file{std::exchange(bytes_, nullptr), [](auto* p) { std::free(p); }};
    return {{reinterpret_cast<const char*>(file.get()), capacity_ - destination_.free_in_buffer}, file};
  }

private:
  template <class Common>
  static jpeg_encoder& of(Common* c) {
    return *static_cast<jpeg_encoder*>(c->client_data);
  }

  [[noreturn]] void fail() { std::longjmp(escape_, 1); }

  /// Called when the buffer is full: all of it is used, whatever `destination_` tells.
  void grow() {
    const auto used = capacity_;
    const auto wanted = used == 0 ? first_capacity : 2 * used;
    auto* bytes = static_cast<unsigned char*>(std::realloc(bytes_, wanted));
    if (bytes == nullptr)
      fail();
    bytes_ = bytes;
    capacity_ = wanted;
    destination_.next_output_byte = bytes_ + used;
    destination_.free_in_buffer = capacity_ - used;
  }

  bool start(std::uint32_t width, std::uint32_t height) {
    if (setjmp(escape_))
      return false;
    jpeg_create_compress(&compressor_);
    destination_.init_destination = [](j_compress_ptr) {};
    destination_.empty_output_buffer = [](j_compress_ptr c) { return of(c).grow(), TRUE; };
    destination_.term_destination = [](j_compress_ptr) {};
    compressor_.dest = &destination_;
    grow();
    compressor_.image_width = width;
    compressor_.image_height = height;
    compressor_.input_components = channels;
    compressor_.in_color_space = JCS_RGB;
    jpeg_set_defaults(&compressor_);
    jpeg_set_quality(&compressor_, jpeg_quality, TRUE);
    jpeg_start_compress(&compressor_, TRUE);
    return true;
  }

  bool try_write(const std::uint8_t* row) {
    if (setjmp(escape_))
      return false;
    auto* start = const_cast<std::uint8_t*>(row);
    jpeg_write_scanlines(&compressor_, &start, 1);
    return true;
  }

  bool try_finish() {
    if (setjmp(escape_))
      return false;
    jpeg_finish_compress(&compressor_);
    return true;
  }

  void release() {
    jpeg_destroy_compress(&compressor_);
    std::free(bytes_);
  }

  jpeg_compress_struct compressor_{};
  jpeg_error_mgr errors_{};
  // Of its own: jpeg_mem_dest loses its buffer when the picture is given up.
  jpeg_destination_mgr destination_{};
  unsigned char* bytes_ = nullptr;
  std::size_t capacity_ = 0;
  std::jmp_buf escape_;
};

/// Copies a picture's row to the left of a montage's.
void copy_row(const raster& picture, std::uint32_t y, std::uint8_t* to) {
  const auto* from = picture.pixels.data() + y * picture.row_bytes();
  if (picture.channels == channels)
    std::memcpy(to, from, picture.row_bytes());
  else
    for (std::uint32_t x = 0; x < picture.width; ++x, to += channels)
      std::fill_n(to, channels, from[x]);
}

} // namespace

std::optional<montage> compose(const std::vector<picture>& pictures, const std::stop_token& stop) {
  const auto size = montage_size_of(pictures);
  montage result;
  result.width = static_cast<std::uint32_t>(size.width);
  result.height = static_cast<std::uint32_t>(size.height);
  const std::vector<std::uint8_t> plain_row(result.width * channels, plain_level);
  jpeg_encoder encoder{result.width, result.height};
  std::uint32_t top = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (stop.stop_requested())
      return std::nullopt;
    if (i > 0) {
      for (std::uint32_t y = 0; y < separator_px; ++y)
        encoder.write(plain_row.data());
      top += separator_px;
    }
    const auto& info = pictures[i].info;
    const auto pixels = decode(pictures[i].bytes->hold().view, info);
    if (const auto* refusal = std::get_if<picture_refusal>(&pixels)) {
      // The rows that it was promised are in the JPEG's header already.
      for (std::uint32_t y = 0; y < info.height; ++y)
        encoder.write(plain_row.data());
      result.unplaced.push_back({i, refusal->detail});
    } else {
      auto row = plain_row;
      for (std::uint32_t y = 0; y < info.height; ++y) {
        copy_row(std::get<raster>(pixels), y, row.data());
        encoder.write(row.data());
      }
    }
    result.placements.push_back({i, top, info.width, info.height});
    top += info.height;
  }
  if (result.unplaced.size() < pictures.size())
    result.parts.push_back(encoder.finish());
  return result;
}

} // namespace glyphgate::vision
