#pragma once

#include "core/secret.hpp"

#include <array>
#include <cstdint>
#include <string_view>

/// An API key in the clear is 31 characters: "gg_", then 22 digits that hold 128 random bits, then 6 digits that hold a
/// checksum. The digits are those of base 62, in the order 0-9, A-Z, a-z, the highest first. The checksum is the CRC-32
/// (IEEE 802.3, as zlib has it) of the 25 characters before it: a key that was mistyped or cut off is told from one
/// that nobody knows, and programs that look for leaked secrets find keys without mistaking other words for them.
///
/// The service keeps the SHA-256 of the 31 characters only. With 128 random bits behind it, nobody gets back from
/// there.
namespace glyphgate {

/// The key of those bits.
secret api_key_of(const std::array<std::uint8_t, 16>& bits);

/// A key of bits that the operating system's random generator has drawn (getrandom). Throws std::system_error when the
/// system has none.
secret make_api_key();

/// Whether it has a key's form, its checksum included. Says nothing of whether the service knows it.
bool is_api_key(std::string_view text);

} // namespace glyphgate
