#include "vision/header/tiff_structure.hpp"

#include "vision/bytes.hpp"

using namespace std::string_view_literals;

namespace glyphgate::vision::header {

namespace {

constexpr std::uint16_t byte_type = 1, short_type = 3, long_type = 4, long8_type = 16;

std::uint64_t size_of(std::uint16_t type) {
  switch (type) {
  case byte_type: return 1;
  case short_type: return 2;
  case long_type: return 4;
  case long8_type: return 8;
  default: return 0;
  }
}

} // namespace

std::optional<tiff_structure> tiff_structure::of(std::string_view bytes) {
  constexpr std::size_t classic_header = 8, big_header = 16;
  const bool little = bytes.starts_with("II");
  if (bytes.size() >= classic_header && (bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv)))
    return tiff_structure{bytes, little, false};
  // The size of its offsets, 8, and a zero.
  if (bytes.size() >= big_header && (bytes.starts_with("II+\0\x08\0\0\0"sv) || bytes.starts_with("MM\0+\0\x08\0\0"sv)))
    return tiff_structure{bytes, little, true};
  return std::nullopt;
}

std::optional<tiff_directory> tiff_structure::directory_at(std::uint64_t at) const {
  const std::uint64_t count_size = big_ ? 8 : 2;
  if (!holds(bytes_, at, count_size))
    return std::nullopt;
  return tiff_directory{at + count_size, big_ ? u64(at) : u16(at)};
}

std::optional<tiff_entry> tiff_structure::entry(const tiff_directory& directory, std::uint64_t index) const {
  if (index >= bytes_.size() / entry_size())
    return std::nullopt;
  const auto at = directory.entries_at + index * entry_size();
  if (!holds(bytes_, at, entry_size()))
    return std::nullopt;
  return tiff_entry{u16(at), u16(at + 2), offset(at + 4), at + (big_ ? 12 : 8)};
}

std::optional<std::uint64_t> tiff_structure::next_after(const tiff_directory& directory) const {
  if (directory.entries > bytes_.size() / entry_size())
    return std::nullopt;
  const auto at = directory.entries_at + directory.entries * entry_size();
  return holds(bytes_, at, big_ ? 8 : 4) ? std::optional{offset(at)} : std::nullopt;
}

std::optional<std::uint64_t> tiff_structure::number(const tiff_entry& entry) const {
  const auto size = size_of(entry.type);
  if (size == 0 || entry.count == 0)
    return std::nullopt;
  const std::uint64_t room = big_ ? 8 : 4;
  const auto at = entry.count <= room / size ? entry.value_at : offset(entry.value_at);
  if (!holds(bytes_, at, size))
    return std::nullopt;
  switch (entry.type) {
  case byte_type: return u8(bytes_, at);
  case short_type: return u16(at);
  case long_type: return u32(at);
  default: return u64(at);
  }
}

std::uint16_t tiff_structure::u16(std::uint64_t at) const {
  return little_ ? le16(bytes_, at) : be16(bytes_, at);
}

std::uint32_t tiff_structure::u32(std::uint64_t at) const {
  return little_ ? le32(bytes_, at) : be32(bytes_, at);
}

std::uint64_t tiff_structure::u64(std::uint64_t at) const {
  return little_ ? le64(bytes_, at) : be64(bytes_, at);
}

} // namespace glyphgate::vision::header
