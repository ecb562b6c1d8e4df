#pragma once

#include "core/picture_bytes.hpp"

#include <jpeglib.h>

#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <vector>

namespace glyphgate::vision {

/// Encodes rows of RGB to a baseline JPEG in memory, and gives up as soon as the file is larger than it may be. Not
/// thread-safe; each has its own memory. Throws nothing but std::bad_alloc.
class jpeg_encoder {
public:
  /// Both sides are 1 to `max_side_px`. `quality` is libjpeg's, 1 to 100. The file may have `max_bytes`, which is also
  /// what the encoder's buffer never exceeds by more than a byte.
  jpeg_encoder(std::uint32_t width, std::uint32_t height, int quality, std::size_t max_bytes);
  ~jpeg_encoder();

  jpeg_encoder(const jpeg_encoder&) = delete;
  jpeg_encoder& operator=(const jpeg_encoder&) = delete;

  /// Where the next row is to be written: 3 × width bytes, which hold anything.
  std::uint8_t* next_row() { return rows_[waiting_]; }

  /// It is written. False when the file has become too large: no more rows are to come, nor `finish`.
  bool push_row();

  /// After the last row, once: the file, or nothing when it is too large.
  std::optional<held_bytes> finish();

private:
  // A row of the coder's blocks: libjpeg is faster when it gets them together.
  static constexpr std::size_t rows_at_a_time = 16;

  bool encode_waiting();
  [[noreturn]] void fail();
  void grow();
  bool fits(bool done) const;

  // libjpeg reports errors by longjmp, so what calls it holds nothing with a destructor.
  bool try_start(std::uint32_t width, std::uint32_t height, int quality);
  bool try_encode_waiting();
  bool try_finish();
  void release();

  std::vector<std::uint8_t> pixels_;
  /// Into `pixels_`; so many of them wait to be encoded.
  std::array<std::uint8_t*, rows_at_a_time> rows_;
  std::uint32_t waiting_ = 0;
  jpeg_compress_struct compressor_{};
  jpeg_error_mgr errors_{};
  // Of its own: jpeg_mem_dest knows no bound, and loses its buffer when the picture is given up.
  jpeg_destination_mgr destination_{};
  const std::size_t max_bytes_;
  unsigned char* bytes_ = nullptr;
  std::size_t capacity_ = 0;
  bool too_large_ = false;
  std::jmp_buf escape_;
};

} // namespace glyphgate::vision
