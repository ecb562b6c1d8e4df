#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace glyphgate {

/// Bytes are not what a `packed_writer` writes.
class damaged_bytes : public std::runtime_error {
public:
  damaged_bytes() : std::runtime_error{"the bytes are damaged"} {}
};

/// Puts values behind each other into bytes. Nothing in them says what they are: who reads them knows their order.
class packed_writer {
public:
  void byte(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }

  /// Seven bits a byte, the least significant first.
  void number(std::uint64_t value);

  /// Small magnitudes of either sign take few bytes.
  void signed_number(std::int32_t value);

  /// Its size, then its bytes, which may be any.
  void text(std::string_view value);

  /// The bytes without their size, which the reader has to know.
  void bytes(std::string_view value) { bytes_.append(value); }

  /// Four bytes, the least significant first.
  void real(float value);

  /// All that was put in.
  std::string take() { return std::move(bytes_); }

private:
  std::string bytes_;
};

/// Takes the values out of bytes again, which may be anybody's: it never reads beyond their end, and allocates no more
/// than they hold. Every function throws damaged_bytes where they are not what it reads.
class packed_reader {
public:
  /// Looks into `bytes`, which must outlive it.
  explicit packed_reader(std::string_view bytes) : rest_{bytes} {}

  std::uint8_t byte();
  std::uint64_t number();
  std::uint32_t number32();
  std::int32_t signed_number();

  /// How many values follow, each of `size` bytes at least (≥ 1). There are bytes for so many.
  std::size_t count(std::size_t size);

  /// A part of the reader's bytes.
  std::string_view text();

  /// The next `size` bytes, which are a part of the reader's.
  std::string_view bytes(std::uint64_t size);

  float real();

  /// Nothing may be left.
  void finish() const;

private:
  std::string_view take(std::size_t size);

  std::string_view rest_;
};

} // namespace glyphgate
