#include "vision/compose/encoder.hpp"

#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

namespace glyphgate::vision {

namespace {

constexpr std::size_t first_capacity = 64 * 1024;
constexpr int channels = 3;

template <class Common>
jpeg_encoder& of(Common* c) {
  return *static_cast<jpeg_encoder*>(c->client_data);
}

} // namespace

jpeg_encoder::jpeg_encoder(std::uint32_t width, std::uint32_t height, int quality, std::size_t max_bytes)
    : pixels_(rows_at_a_time * width * channels),
      max_bytes_{max_bytes} {
  for (std::size_t i = 0; i < rows_at_a_time; ++i)
    rows_[i] = pixels_.data() + i * width * channels;
  compressor_.err = jpeg_std_error(&errors_);
  compressor_.client_data = this;
  errors_.error_exit = [](j_common_ptr c) { of(c).fail(); };
  errors_.output_message = [](j_common_ptr) {};
  if (!try_start(width, height, quality) && !too_large_) {
    release();
    throw std::bad_alloc{};
  }
}

jpeg_encoder::~jpeg_encoder() {
  release();
}

bool jpeg_encoder::push_row() {
  return ++waiting_ < rows_at_a_time || encode_waiting();
}

std::optional<held_bytes> jpeg_encoder::finish() {
  if (!encode_waiting() || !fits(try_finish()))
    return std::nullopt;
  const std::shared_ptr<const unsigned char> file{std::exchange(bytes_, nullptr), [](auto* p) { std::free(p); }};
  return held_bytes{{reinterpret_cast<const char*>(file.get()), capacity_ - destination_.free_in_buffer}, file};
}

bool jpeg_encoder::encode_waiting() {
  const bool done = !too_large_ && fits(try_encode_waiting());
  waiting_ = 0;
  return done;
}

bool jpeg_encoder::fits(bool done) const {
  // Within libjpeg's limits of size, memory is all else that it can lack.
  if (!done && !too_large_)
    throw std::bad_alloc{};
  return done;
}

void jpeg_encoder::fail() {
  std::longjmp(escape_, 1);
}

/// Called when the buffer is full, with the file's last byte too: all of it is used, whatever `destination_` tells.
void jpeg_encoder::grow() {
  const auto used = capacity_;
  if (used > max_bytes_) {
    too_large_ = true;
    fail();
  }
  const auto larger = used == 0 ? first_capacity : 2 * used;
  const auto wanted = larger <= max_bytes_ ? larger : max_bytes_ + 1;
  auto* bytes = static_cast<unsigned char*>(std::realloc(bytes_, wanted));
  if (bytes == nullptr)
    fail();
  bytes_ = bytes;
  capacity_ = wanted;
  destination_.next_output_byte = bytes_ + used;
  destination_.free_in_buffer = capacity_ - used;
}

bool jpeg_encoder::try_start(std::uint32_t width, std::uint32_t height, int quality) {
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
  jpeg_set_quality(&compressor_, quality, TRUE);
  jpeg_start_compress(&compressor_, TRUE);
  return true;
}

bool jpeg_encoder::try_encode_waiting() {
  if (setjmp(escape_))
    return false;
  if (waiting_ > 0)
    jpeg_write_scanlines(&compressor_, rows_.data(), waiting_);
  return true;
}

bool jpeg_encoder::try_finish() {
  if (setjmp(escape_))
    return false;
  jpeg_finish_compress(&compressor_);
  return true;
}

void jpeg_encoder::release() {
  jpeg_destroy_compress(&compressor_);
  std::free(bytes_);
}

} // namespace glyphgate::vision
