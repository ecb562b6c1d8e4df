#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// Numbers in untrusted bytes. Whoever reads one has asked `holds` first.
namespace glyphgate::vision {

/// Whether `bytes` has `count` bytes from `at` on; no sum in it can overflow.
constexpr bool holds(std::string_view bytes, std::size_t at, std::size_t count) {
  return at <= bytes.size() && count <= bytes.size() - at;
}

constexpr std::uint8_t u8(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

constexpr std::uint16_t be16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(u8(bytes, at) << 8 | u8(bytes, at + 1));
}

constexpr std::uint16_t le16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(u8(bytes, at + 1) << 8 | u8(bytes, at));
}

constexpr std::uint32_t be32(std::string_view bytes, std::size_t at) {
  return std::uint32_t{be16(bytes, at)} << 16 | be16(bytes, at + 2);
}

constexpr std::uint32_t le32(std::string_view bytes, std::size_t at) {
  return std::uint32_t{le16(bytes, at + 2)} << 16 | le16(bytes, at);
}

constexpr std::uint64_t be64(std::string_view bytes, std::size_t at) {
  return std::uint64_t{be32(bytes, at)} << 32 | be32(bytes, at + 4);
}

constexpr std::uint64_t le64(std::string_view bytes, std::size_t at) {
  return std::uint64_t{le32(bytes, at + 4)} << 32 | le32(bytes, at);
}

/// The number whose bytes in memory are those of `value` from the highest to the lowest; and the other way.
constexpr std::uint64_t be64(std::uint64_t value) {
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

} // namespace glyphgate::vision
