#include "vision/exif.hpp"

#include "vision/bytes.hpp"

namespace glyphgate::vision {

namespace {

constexpr std::size_t tiff_header_size = 8;
constexpr std::size_t entry_size = 12;
constexpr std::uint16_t orientation_tag = 0x0112;
constexpr std::uint16_t short_type = 3;

} // namespace

std::uint8_t exif_orientation(std::string_view tiff) {
  if (tiff.size() < tiff_header_size)
    return 1;
  const bool little = tiff.starts_with(std::string_view{"II*\0", 4});
  if (!little && !tiff.starts_with(std::string_view{"MM\0*", 4}))
    return 1;
  const auto u16 = [&](std::size_t at) { return little ? le16(tiff, at) : be16(tiff, at); };

  const std::size_t directory = little ? le32(tiff, 4) : be32(tiff, 4);
  if (!holds(tiff, directory, 2))
    return 1;
  const std::size_t entries = u16(directory);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * entry_size;
    if (!holds(tiff, entry, entry_size))
      return 1;
    if (u16(entry) != orientation_tag)
      continue;
    const auto value = u16(entry + 8);
    return u16(entry + 2) == short_type && value >= 1 && value <= 8 ? static_cast<std::uint8_t>(value) : 1;
  }
  return 1;
}

} // namespace glyphgate::vision
