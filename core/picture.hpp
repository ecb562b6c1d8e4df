#pragma once

#include "core/digest.hpp"
#include "core/picture_bytes.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace glyphgate {

struct recognition;

/// The formats that are accepted, recognised by content.
/// Recorded by number: new ones come last.
enum class picture_format : std::uint8_t { jpeg, png, webp, gif, bmp, tiff, jpeg2000, heif, avif, pdf };

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
  /// Which picture of its file, from 0: a TIFF may hold several. Of a PDF, which page, drawn as large as this says.
  std::uint32_t page = 0;
  joinable joins{};

  std::uint64_t pixels() const { return std::uint64_t{width} * height; }

  /// Whether the picture is known by the digest of its file. One that is turned may not be: its PDF may have turned it.
  bool is_its_file() const { return page == 0 && format != picture_format::pdf; }
};

/// One picture of a job.
struct picture {
  /// The client's name for it, unique in its job.
  std::string id;
  picture_bytes_ptr bytes;
  picture_info info;
  /// What the picture is known by: the SHA-256 of `bytes`; for a page after the first one, of the bytes and the page;
  /// for a PDF's page, of bytes, page, size and whether its text answers; for a scan that its PDF turns, and its turn.
  digest content;
  /// Why it is not read, for the client to read: it is no picture that is accepted, and the client wants the others to
  /// be read. Empty for a picture that is read; else it has no bytes.
  std::string refused{};
  /// The text that the page of a document holds, which is its outcome: nothing is read then. Null for all others.
  std::shared_ptr<const recognition> text{};
};

} // namespace glyphgate
