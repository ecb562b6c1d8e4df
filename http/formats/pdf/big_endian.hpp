#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace glyphgate::http {

/// Writes the binary numbers of fonts and colour profiles, the highest byte first.
class big_endian_writer {
public:
  big_endian_writer& u8(std::uint32_t value) { return put(value, 1); }
  big_endian_writer& u16(std::uint32_t value) { return put(value, 2); }
  big_endian_writer& u32(std::uint32_t value) { return put(value, 4); }
  big_endian_writer& text(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  big_endian_writer& zeros(std::size_t count) {
    bytes_.append(count, '\0');
    return *this;
  }
  /// Zeros up to a multiple of four bytes.
  big_endian_writer& pad() { return zeros((4 - bytes_.size() % 4) % 4); }

  std::size_t size() const { return bytes_.size(); }
  const std::string& bytes() const { return bytes_; }

private:
  big_endian_writer& put(std::uint32_t value, unsigned size) {
    for (auto shift = size; shift-- != 0;)
      bytes_ += static_cast<char>(value >> (8 * shift));
    return *this;
  }

  std::string bytes_;
};

} // namespace glyphgate::http
