#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace glyphgate::vision::header {

/// How a HEIF's item is coded, as the item information tells: a codec, or a way to make it of other items.
enum class item_coding : std::uint8_t { hevc, av1, derived, other };

/// What a HEIF's box `meta` (ISO/IEC 14496-12, 8.11; 23008-12) tells of the primary picture. Views point into the file.
struct heif_primary {
  /// hevc or av1; of a picture that is made of others, that of the others.
  item_coding coding = item_coding::other;
  /// Its properties, in the order in which they apply: the type and the content of each.
  struct property {
    std::string_view type;
    std::string_view content;
  };
  std::vector<property> properties;
};

/// Reads the content of `meta`. Else what is wrong with it, to stand behind "the HEIF …".
std::variant<heif_primary, std::string> read_heif_meta(std::string_view meta);

} // namespace glyphgate::vision::header
