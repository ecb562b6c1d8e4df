#include "http/formats/pdf/glyphless_font.hpp"

#include "http/formats/pdf/big_endian.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace glyphgate::http {

namespace {

constexpr std::uint32_t version_1 = 0x00010000;
constexpr std::uint32_t units_per_em = 1000;
constexpr std::uint32_t minus_1 = 0xFFFF;
constexpr std::size_t head_adjustment_at = 8;

struct table {
  std::string_view tag;
  std::string bytes;
};

std::string head_table() {
  constexpr std::uint32_t magic = 0x5F0F3CF5, smallest_readable = 8, mixed_directions = 2;
  big_endian_writer head;
  // Version, revision, and the adjustment of the checksum, which comes last.
  head.u32(version_1).u32(version_1).u32(0).u32(magic);
  // Flags, units, times of creation and of change.
  head.u16(0).u16(units_per_em).zeros(16);
  // The box around all glyphs, style, readable size, direction, and the formats of loca (short) and glyf.
  head.zeros(8).u16(0).u16(smallest_readable).u16(mixed_directions).u16(0).u16(0);
  return head.bytes();
}

std::string hhea_table() {
  big_endian_writer hhea;
  // Ascender, descender, gap of lines; widest advance, bearings and extent; the caret; reserved; metrics.
  hhea.u32(version_1).u16(units_per_em).u16(minus_1).u16(0);
  hhea.u16(glyph_width).zeros(6).u16(1).zeros(4).zeros(8).u16(0).u16(2);
  return hhea.bytes();
}

std::string maxp_table() {
  big_endian_writer maxp;
  // Two glyphs, no points, contours or components, one zone, no instructions.
  maxp.u32(version_1).u16(2).zeros(8).u16(1).zeros(16);
  return maxp.bytes();
}

std::uint32_t checksum_of(std::string_view bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * (3 - i % 4));
  return sum;
}

std::string make_font() {
  const auto metrics = big_endian_writer{}.u16(glyph_width).u16(0).u16(glyph_width).u16(0).bytes();
  // In the order of their tags. Both glyphs are empty, so loca is all zeros and glyf holds nothing that is used.
  const std::array tables{table{"glyf", std::string(4, '\0')}, table{"head", head_table()},
                          table{"hhea", hhea_table()},         table{"hmtx", metrics},
                          table{"loca", std::string(6, '\0')}, table{"maxp", maxp_table()}};
  // The largest power of two that is not above the number of tables, times 16, and its logarithm.
  constexpr std::uint32_t search_range = 64, entry_selector = 2;
  constexpr std::size_t directory_entry = 16, header = 12;
  big_endian_writer directory;
  directory.u32(version_1).u16(tables.size()).u16(search_range).u16(entry_selector);
  directory.u16(static_cast<std::uint32_t>(tables.size() * directory_entry) - search_range);
  big_endian_writer bodies;
  std::size_t head_at = 0;
  for (const auto& [tag, bytes] : tables) {
    const auto offset = header + tables.size() * directory_entry + bodies.size();
    if (tag == "head")
      head_at = offset;
    directory.text(tag).u32(checksum_of(bytes)).u32(static_cast<std::uint32_t>(offset));
    directory.u32(static_cast<std::uint32_t>(bytes.size()));
    bodies.text(bytes).pad();
  }
  constexpr std::uint32_t whole = 0xB1B0AFBA;
  auto font = directory.bytes() + bodies.bytes();
  const auto adjustment = big_endian_writer{}.u32(whole - checksum_of(font)).bytes();
  return font.replace(head_at + head_adjustment_at, adjustment.size(), adjustment);
}

} // namespace

const std::string& glyphless_font() {
  static const auto font = make_font();
  return font;
}

} // namespace glyphgate::http
