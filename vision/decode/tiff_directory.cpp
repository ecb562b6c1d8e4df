#include "vision/decode/tiff_directory.hpp"

#include "vision/bytes.hpp"

#include <algorithm>
#include <array>
#include <optional>

using namespace std::string_view_literals;

namespace glyphgate::vision {

namespace {

constexpr std::uint16_t new_subfile_type = 254, subfile_type = 255;
constexpr std::uint16_t short_type = 3, long_type = 4;

// More than any writer makes.
constexpr std::uint64_t max_entries = 1024;

/// The bytes that a value of a type takes; the types are numbers from 1.
constexpr std::array<std::uint8_t, 19> bytes_of_type{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};

// Without their values libtiff makes something up: bits, samples, strips and tiles, palette, alpha, JPEG tables.
constexpr std::array<std::uint16_t, 9> needed_tags{258, 273, 279, 320, 324, 325, 338, 339, 347};

/// The numbers of one file, in its order of bytes.
class numbers {
public:
  explicit numbers(std::string_view bytes)
      : bytes_{bytes},
        is_little_{bytes.starts_with("II"sv)},
        is_big_tiff_{holds(bytes, 0, 4) && u16(2) == 43} {}

  bool is_big_tiff() const { return is_big_tiff_; }
  std::size_t size() const { return bytes_.size(); }
  bool has(std::uint64_t at, std::uint64_t count) const { return holds(bytes_, at, count); }

  std::uint16_t u16(std::uint64_t at) const { return is_little_ ? le16(bytes_, at) : be16(bytes_, at); }
  std::uint32_t u32(std::uint64_t at) const { return is_little_ ? le32(bytes_, at) : be32(bytes_, at); }

  /// Of a BigTIFF 8 bytes, else 4.
  std::uint64_t offset(std::uint64_t at) const {
    if (!is_big_tiff_)
      return u32(at);
    const std::uint64_t first = u32(at), second = u32(at + 4);
    return is_little_ ? second << 32 | first : first << 32 | second;
  }

private:
  std::string_view bytes_;
  bool is_little_, is_big_tiff_;
};

struct directory {
  std::uint64_t entries = 0;
  bool is_reduced = false;
  /// Whether libtiff may copy its values.
  bool is_modest = true;
  /// Whether the values that its pixels need are there.
  bool is_whole = true;
  /// Of the next one, or 0.
  std::uint64_t next = 0;
};

std::optional<directory> read_directory(const numbers& from, std::uint64_t at, std::uint64_t entries_left) {
  const std::uint64_t count_bytes = from.is_big_tiff() ? 8 : 2, entry_bytes = from.is_big_tiff() ? 20 : 12,
                      offset_bytes = from.is_big_tiff() ? 8 : 4;
  if (!from.has(at, count_bytes))
    return std::nullopt;
  directory read;
  read.entries = from.is_big_tiff() ? from.offset(at) : from.u16(at);
  at += count_bytes;
  if (read.entries > entries_left || !from.has(at, read.entries * entry_bytes + offset_bytes))
    return std::nullopt;
  std::uint64_t copied = 0;
  for (std::uint64_t i = 0; i < read.entries; ++i, at += entry_bytes) {
    const auto tag = from.u16(at), type = from.u16(at + 2);
    const auto count = from.offset(at + 4);
    const auto value_at = at + 4 + offset_bytes;
    if (tag == new_subfile_type && type == long_type)
      read.is_reduced = read.is_reduced || from.u32(value_at) % 2 == 1;
    if (tag == subfile_type && type == short_type)
      read.is_reduced = read.is_reduced || from.u16(value_at) == 2;
    const std::uint64_t each = type < bytes_of_type.size() ? bytes_of_type[type] : 0;
    if (each == 0)
      continue;
    // One that cannot lie in the file is not read.
    const bool is_possible = count <= from.size() / each;
    if (is_possible)
      copied += count * each;
    const bool is_there =
        is_possible && (count * each <= offset_bytes || from.has(from.offset(value_at), count * each));
    if (!is_there && std::ranges::find(needed_tags, tag) != needed_tags.end())
      read.is_whole = false;
  }
  read.is_modest = read.entries <= max_entries && copied <= from.size();
  read.next = from.offset(at);
  return read;
}

} // namespace

std::variant<std::uint64_t, const char*> find_tiff_directory(std::string_view bytes, std::uint32_t page) {
  const numbers from{bytes};
  const std::uint64_t first_at = from.is_big_tiff() ? 8 : 4;
  if (!from.has(first_at, 8))
    return "it is cut short in its header";
  auto at = from.offset(first_at);
  // Directories that follow each other in a circle, or overlap, have more entries than the file has room for.
  std::uint64_t entries_left = bytes.size() / 12, directories_left = bytes.size() / 6;
  while (at != 0) {
    if (directories_left-- == 0)
      return "its pages follow each other in a circle";
    const auto read = read_directory(from, at, entries_left);
    if (!read)
      return "it is cut short or damaged in its directory";
    entries_left -= read->entries;
    if (!read->is_reduced && page-- == 0) {
      if (!read->is_modest)
        return "its directory is damaged";
      if (!read->is_whole)
        return "it is cut short";
      return at;
    }
    at = read->next;
  }
  return "it has no such page";
}

} // namespace glyphgate::vision
