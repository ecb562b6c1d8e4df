#include "core/packed.hpp"

#include <bit>
#include <limits>

namespace glyphgate {

void packed_writer::number(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    byte(static_cast<std::uint8_t>(value | 0x80));
  byte(static_cast<std::uint8_t>(value));
}

void packed_writer::signed_number(std::int32_t value) {
  const auto bits = static_cast<std::uint32_t>(value);
  number((bits << 1) ^ (value < 0 ? ~std::uint32_t{0} : 0));
}

void packed_writer::text(std::string_view value) {
  number(value.size());
  bytes_ += value;
}

void packed_writer::real(float value) {
  for (auto bits = std::bit_cast<std::uint32_t>(value); const int shift : {0, 8, 16, 24})
    byte(static_cast<std::uint8_t>(bits >> shift));
}

std::uint8_t packed_reader::byte() {
  return static_cast<std::uint8_t>(take(1).front());
}

std::uint64_t packed_reader::number() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto b = byte();
    value |= static_cast<std::uint64_t>(b & 0x7f) << shift;
    if ((b & 0x80) == 0)
      return value;
  }
  throw damaged_bytes{};
}

std::uint32_t packed_reader::number32() {
  const auto value = number();
  if (value > std::numeric_limits<std::uint32_t>::max())
    throw damaged_bytes{};
  return static_cast<std::uint32_t>(value);
}

std::int32_t packed_reader::signed_number() {
  const auto bits = number32();
  return static_cast<std::int32_t>((bits >> 1) ^ ((bits & 1) != 0 ? ~std::uint32_t{0} : 0));
}

std::size_t packed_reader::count(std::size_t size) {
  const auto value = number();
  if (value > rest_.size() / size)
    throw damaged_bytes{};
  return static_cast<std::size_t>(value);
}

std::string_view packed_reader::text() {
  return take(count(1));
}

std::string_view packed_reader::bytes(std::uint64_t size) {
  return take(size);
}

float packed_reader::real() {
  std::uint32_t bits = 0;
  for (const int shift : {0, 8, 16, 24})
    bits |= std::uint32_t{byte()} << shift;
  return std::bit_cast<float>(bits);
}

void packed_reader::finish() const {
  if (!rest_.empty())
    throw damaged_bytes{};
}

std::string_view packed_reader::take(std::size_t size) {
  if (size > rest_.size())
    throw damaged_bytes{};
  const auto taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

} // namespace glyphgate
