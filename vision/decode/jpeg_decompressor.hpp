#pragma once

// jpeglib.h needs FILE.
// clang-format off
#include <cstdio>
#include <jpeglib.h>
// clang-format on

#include <csetjmp>
#include <cstdint>
#include <string_view>

namespace glyphgate::vision {

/// libjpeg's decompressor for one file that is not trusted: the base of whatever reads JPEG. Damage that loses picture
/// data is a failure, not a warning, and the work is bounded.
///
/// libjpeg reports errors by longjmp. So a method of a derived class that calls it begins with
/// `if (setjmp(escape_)) return false;`, and neither it nor what it calls holds anything with a destructor.
class jpeg_decompressor {
public:
  jpeg_decompressor(const jpeg_decompressor&) = delete;
  jpeg_decompressor& operator=(const jpeg_decompressor&) = delete;

  /// Why the last method failed, for the client to read.
  const char* message() const { return message_; }

protected:
  jpeg_decompressor();
  ~jpeg_decompressor();

  /// Once: reads the header. Fails where the size, as stored, is not that one. `bytes` must outlive the reading.
  void open(std::string_view bytes, std::uint32_t width, std::uint32_t height);

  [[noreturn]] void fail(const char* what);

  jpeg_decompress_struct decompressor_{};
  std::jmp_buf escape_;

private:
  static jpeg_decompressor& of(j_common_ptr c) { return *static_cast<jpeg_decompressor*>(c->client_data); }

  /// Fails with libjpeg's current message.
  [[noreturn]] void fail();
  void note(int level);
  void count_scans();

  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  char message_[JMSG_LENGTH_MAX] = "";
};

} // namespace glyphgate::vision
