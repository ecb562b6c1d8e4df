#pragma once

#include "core/digest.hpp"
#include "core/picture_bytes.hpp"

#include <cstdint>
#include <string>

namespace glyphgate {

/// The formats that are accepted, recognised by content.
enum class picture_format : std::uint8_t { jpeg, png, webp };

/// What a montage takes of a JPEG that can be joined to others without decoding it.
struct joinable {
  /// Pictures of one kin can be joined; 0 for a picture that can be joined to none.
  std::uint64_t kin = 0;
  /// Of its compressed rows.
  std::uint64_t bytes = 0;
  /// Its height, rounded up to whole units of the compression.
  std::uint32_t rows = 0;
};

/// What is known of a picture before any decoding.
struct picture_info {
  picture_format format = picture_format::jpeg;
  /// Size of the upright picture in pixels, after the EXIF orientation is applied. Both ≥ 1.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  /// EXIF orientation, 1–8; 1 is upright as stored.
  std::uint8_t orientation = 1;
  joinable joins{};

  std::uint64_t pixels() const { return std::uint64_t{width} * height; }
};

/// One picture of a job.
struct picture {
  /// The client's name for it, unique in its job.
  std::string id;
  picture_bytes_ptr bytes;
  picture_info info;
  /// SHA-256 of `bytes`.
  digest content;
};

} // namespace glyphgate
