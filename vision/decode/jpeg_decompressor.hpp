#pragma once

// jpeglib.h needs FILE.
// clang-format off
#include <cstdio>
#include <jpeglib.h>
// clang-format on

#include <csetjmp>
#include <cstdint>
#include <optional>
#include <string_view>

namespace glyphgate::vision {

/// What becomes of a file whose picture data libjpeg finds damaged.
enum class jpeg_damage : std::uint8_t {
  /// The method fails.
  fails,
  /// libjpeg reads on, and `first_loss_` has where.
  is_noted,
};

/// libjpeg's decompressor for one file that is not trusted: the base of whatever reads JPEG. The work is bounded.
/// Damage in the header is a failure always; damage that loses picture data where the derived class wants it so.
///
/// libjpeg reports errors by longjmp. So a method of a derived class that calls it begins with
/// `if (setjmp(escape_)) return false;`, and neither it nor what it calls holds anything with a destructor.
class jpeg_decompressor {
public:
  jpeg_decompressor(const jpeg_decompressor&) = delete;
  jpeg_decompressor& operator=(const jpeg_decompressor&) = delete;

  /// Why the last method failed, for the client to read.
  const char* message() const { return message_; }
  /// Whether it was for lack of memory.
  bool is_out_of_memory() const { return out_of_memory_; }

protected:
  static constexpr char too_many_scans[] = "it has too many scans";

  explicit jpeg_decompressor(jpeg_damage damage = jpeg_damage::fails);
  ~jpeg_decompressor();

  /// Once: reads the header. Fails where the size, as stored, is not that one. `bytes` must outlive the reading.
  void open(std::string_view bytes, std::uint32_t width, std::uint32_t height);

  [[noreturn]] void fail(const char* what);

  /// More than any encoder makes. Methods fail then, unless they read scan by scan and have to ask.
  bool has_too_many_scans() const;

  /// What libjpeg has not read yet.
  std::string_view bytes_left() const {
    return {reinterpret_cast<const char*>(decompressor_.src->next_input_byte), decompressor_.src->bytes_in_buffer};
  }

  /// Called where libjpeg reads the whole file at once and is about to read a scan's data. May fail, and throws
  /// nothing.
  virtual void scan_begins() {}

  jpeg_decompress_struct decompressor_{};
  std::jmp_buf escape_;
  /// The row of MCUs that libjpeg was reading when it first found picture data lost.
  std::optional<std::uint32_t> first_loss_;

private:
  static jpeg_decompressor& of(j_common_ptr c) { return *static_cast<jpeg_decompressor*>(c->client_data); }

  /// Fails with libjpeg's current message.
  [[noreturn]] void fail();
  void note(int level);
  void look_at_progress();

  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  char message_[JMSG_LENGTH_MAX] = "";
  const jpeg_damage damage_;
  bool out_of_memory_ = false;
  int scans_begun_ = 0;
};

} // namespace glyphgate::vision
