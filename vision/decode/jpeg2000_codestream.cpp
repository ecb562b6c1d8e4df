#include "vision/decode/jpeg2000_codestream.hpp"

#include "vision/bytes.hpp"

#include <algorithm>
#include <optional>

using namespace std::string_view_literals;

namespace glyphgate::vision {

namespace {

constexpr std::uint16_t soc = 0xFF4F, siz = 0xFF51, cod = 0xFF52, coc = 0xFF53, sot = 0xFF90, sod = 0xFF93,
                        eoc = 0xFFD9;

// Powers of two. Encoders make code-blocks of 32 or 64 square and precincts of 128 at least.
constexpr unsigned least_block = 4, least_precinct = 5;

constexpr unsigned max_layers = 1024;

// Pixels of a tile, if there is more than one: each takes a while whatever its size.
constexpr std::uint64_t least_tile_pixels = 32 * 32;

constexpr char damaged[] = "its data is damaged", unusual[] = "its tiles, blocks or layers are too small";

/// What the box of the codestream holds.
std::optional<std::string_view> codestream_of(std::string_view bytes) {
  if (!is_jp2(bytes))
    return bytes;
  while (holds(bytes, 0, 8)) {
    std::uint64_t length = be32(bytes, 0), header = 8;
    if (length == 1 && holds(bytes, 8, 8)) {
      length = std::uint64_t{be32(bytes, 8)} << 32 | be32(bytes, 12);
      header = 16;
    } else if (length == 0) {
      length = bytes.size();
    }
    if (bytes.substr(4, 4) == "jp2c"sv)
      return bytes.substr(header, length - std::min(length, header));
    if (length < header || length > bytes.size())
      return std::nullopt;
    bytes.remove_prefix(length);
  }
  return std::nullopt;
}

/// The part of COD and COC that both have: levels, the blocks' sides, precincts.
const char* excess_of_style(std::string_view style, bool has_precincts) {
  if (!holds(style, 0, 5))
    return damaged;
  const unsigned levels = u8(style, 0), across = u8(style, 1) + 2U, down = u8(style, 2) + 2U;
  if (levels > 32 || across > 10 || down > 10 || across + down > 12)
    return damaged;
  if (across < least_block || down < least_block)
    return unusual;
  if (!has_precincts)
    return nullptr;
  if (!holds(style, 5, levels + 1))
    return damaged;
  // The lowest levels are small themselves.
  for (unsigned level = 0; level <= levels; ++level) {
    const unsigned sides = u8(style, 5 + level);
    if ((sides & 15) < least_precinct || sides >> 4 < least_precinct)
      return unusual;
  }
  return nullptr;
}

const char* excess_of_segment(std::uint16_t marker, std::string_view segment, std::uint64_t pixels) {
  if (marker == siz) {
    if (!holds(segment, 0, 36))
      return damaged;
    const std::uint64_t across = be32(segment, 18), down = be32(segment, 22);
    return across < 1 || down < 1 || (across * down < pixels && across * down < least_tile_pixels) ? unusual : nullptr;
  }
  if (marker == cod) {
    if (!holds(segment, 0, 5))
      return damaged;
    if (be16(segment, 2) > max_layers)
      return unusual;
    return excess_of_style(segment.substr(5), (u8(segment, 0) & 1) != 0);
  }
  if (marker == coc) {
    // The component is named in one byte: there are few.
    if (!holds(segment, 1, 1))
      return damaged;
    return excess_of_style(segment.substr(2), (u8(segment, 1) & 1) != 0);
  }
  return nullptr;
}

} // namespace

bool is_jp2(std::string_view bytes) {
  return !bytes.starts_with("\xFF\x4F\xFF\x51"sv);
}

const char* jpeg2000_excess(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  const auto found = codestream_of(bytes);
  if (!found || !holds(*found, 0, 2) || be16(*found, 0) != soc)
    return damaged;
  const auto stream = *found;
  const auto pixels = std::uint64_t{width} * height;
  std::size_t at = 2, part_begins = 0, part_bytes = 0;
  while (holds(stream, at, 2)) {
    const auto marker = be16(stream, at);
    if (marker == eoc)
      return nullptr;
    if (marker == sod) {
      // The part's data follow. Without a length they reach to the end of the file.
      if (part_bytes == 0)
        return nullptr;
      if (part_bytes < at - part_begins)
        return damaged;
      at = part_begins + part_bytes;
      continue;
    }
    if (!holds(stream, at, 4))
      return damaged;
    const std::size_t length = be16(stream, at + 2);
    if (length < 2 || !holds(stream, at + 2, length))
      return damaged;
    const auto segment = stream.substr(at + 4, length - 2);
    if (marker == sot) {
      if (!holds(segment, 0, 8))
        return damaged;
      part_begins = at;
      part_bytes = be32(segment, 2);
    }
    if (const auto* reason = excess_of_segment(marker, segment, pixels))
      return reason;
    at += 2 + length;
  }
  return nullptr;
}

} // namespace glyphgate::vision
