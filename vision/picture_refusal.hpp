#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glyphgate::vision {

/// A limit that a picture exceeds.
struct exceeded_limit {
  /// "file_size_limit_mb", "pixel_limit", "height_limit_px", "side_limit_px" or "picture_memory_mb".
  std::string_view name;
  /// Its value, in the unit that its name tells.
  std::uint64_t value = 0;
};

/// Why a picture is not accepted.
struct picture_refusal {
  /// unsupported_format, invalid_picture or picture_too_large.
  ec code = ec::invalid_picture;
  /// What is wrong, for the client to read. Quotes nothing of the picture's bytes.
  std::string detail;
  /// Set with picture_too_large only.
  std::optional<exceeded_limit> limit;
};

} // namespace glyphgate::vision
