#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace glyphgate::vision::header {

/// The tags that are read (TIFF 6.0, section 8 and following).
namespace tiff_tag {
constexpr std::uint16_t new_subfile_type = 254, subfile_type = 255, width = 256, length = 257, bits_per_sample = 258,
                        compression = 259, photometric = 262, orientation = 274, samples_per_pixel = 277,
                        rows_per_strip = 278, planar_configuration = 284, tile_width = 322, tile_length = 323,
                        extra_samples = 338, sample_format = 339;
} // namespace tiff_tag

/// A directory of a TIFF: `entries` of them from `entries_at` on. Nothing says that they lie in the file.
struct tiff_directory {
  std::uint64_t entries_at = 0;
  std::uint64_t entries = 0;
};

struct tiff_entry {
  std::uint16_t tag = 0;
  std::uint16_t type = 0;
  std::uint64_t count = 0;
  /// Where the entry has its values, or the offset of them.
  std::uint64_t value_at = 0;
};

/// How a TIFF is built of directories, in either byte order: classic TIFF with offsets of 32 bits, and BigTIFF with
/// those of 64. Safe on hostile bytes, which must outlive it.
class tiff_structure {
public:
  /// Nothing where the bytes do not begin as a TIFF.
  static std::optional<tiff_structure> of(std::string_view bytes);

  std::uint64_t first_directory() const { return offset(big_ ? 8 : 4); }

  /// Nothing where the file ends before the directory's number of entries; as many as 64 bits can tell in a BigTIFF.
  std::optional<tiff_directory> directory_at(std::uint64_t at) const;

  /// Nothing where the file ends before.
  std::optional<tiff_entry> entry(const tiff_directory& directory, std::uint64_t index) const;

  /// Where the next directory is, 0 after the last one. Nothing where the file ends before.
  std::optional<std::uint64_t> next_after(const tiff_directory& directory) const;

  /// The first of an entry's values, where they are whole numbers without a sign. Nothing where they are not, or lie
  /// outside the file.
  std::optional<std::uint64_t> number(const tiff_entry& entry) const;

private:
  tiff_structure(std::string_view bytes, bool little, bool big) : bytes_{bytes}, little_{little}, big_{big} {}

  std::uint64_t entry_size() const { return big_ ? 20 : 12; }
  /// Numbers at places that are in the file.
  std::uint16_t u16(std::uint64_t at) const;
  std::uint32_t u32(std::uint64_t at) const;
  std::uint64_t u64(std::uint64_t at) const;
  std::uint64_t offset(std::uint64_t at) const { return big_ ? u64(at) : u32(at); }

  std::string_view bytes_;
  bool little_, big_;
};

} // namespace glyphgate::vision::header
