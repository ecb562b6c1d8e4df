#pragma once

#include "core/picture_bytes.hpp"
#include "http/formats/outbox.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::http {

/// The frame of a PDF file (ISO 32000-1, 7.5): numbered objects as they come, and at the end the table of where they
/// are. All goes into one outbox, which is used for nothing else.
class pdf_file {
public:
  explicit pdf_file(outbox& out) : out_{out} {}

  void begin();

  /// A number for an object that is to be written, once.
  int reserve();

  /// Writes an object; `value` is what stands between `obj` and `endobj`.
  void write(int number, std::string_view value);
  /// A stream. `entries` are those of its dictionary beside the length.
  void write_stream(int number, std::string_view entries, held_bytes bytes);
  void write_stream(int number, std::string_view entries, std::string_view bytes);
  /// A stream that is compressed here.
  void write_packed(int number, std::string_view entries, std::string_view bytes);

  /// The table and the trailer. `id` is 16 bytes in hexadecimal digits. Every number that was reserved has been
  /// written.
  void end(int catalogue, std::string_view id);

private:
  void open(int number);

  outbox& out_;
  /// Of each object, from the file's beginning.
  std::vector<std::uint64_t> offsets_;
};

/// "7 0 R"
std::string reference(int number);

/// A text as a PDF has it in its dictionaries: UTF-16 with its mark, in hexadecimal digits.
std::string pdf_text(std::string_view utf8);

/// Its code points; what is no UTF-8 is U+FFFD.
std::u32string code_points(std::string_view utf8);

/// UTF-16, the highest byte first, in hexadecimal digits.
std::string utf16_hex(char32_t code_point);

} // namespace glyphgate::http
