#include "vision/header/exif.hpp"

#include "vision/header/tiff_structure.hpp"

#include <algorithm>

namespace glyphgate::vision::header {

namespace {

// As many as a directory of EXIF can have.
constexpr std::uint64_t max_entries = 65535;

} // namespace

std::optional<std::uint8_t> exif_orientation(std::string_view block) {
  const auto structure = tiff_structure::of(block);
  if (!structure)
    return std::nullopt;
  const auto directory = structure->directory_at(structure->first_directory());
  for (std::uint64_t i = 0; directory && i < std::min(directory->entries, max_entries); ++i) {
    const auto entry = structure->entry(*directory, i);
    if (!entry)
      return std::nullopt;
    if (entry->tag != tiff_tag::orientation)
      continue;
    const auto value = structure->number(*entry).value_or(0);
    return value >= 1 && value <= 8 ? std::optional{static_cast<std::uint8_t>(value)} : std::nullopt;
  }
  return std::nullopt;
}

} // namespace glyphgate::vision::header
