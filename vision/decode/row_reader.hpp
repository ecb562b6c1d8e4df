#pragma once

#include "core/picture.hpp"
#include "vision/picture_refusal.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace glyphgate::vision {

/// Decodes one picture row by row, from the top, upright, transparency laid on white. Not thread-safe. Throws nothing
/// but std::bad_alloc.
class row_reader {
public:
  virtual ~row_reader() = default;

  /// 1 grey, 3 RGB.
  virtual std::uint32_t channels() const = 0;

  /// Writes the next row to `row`: its width × `channels()` bytes. Else why there is none, and nothing is to be asked
  /// for after that: the picture is damaged there. The last row comes only when the rest of the file was looked at too,
  /// so that `warning` is known then.
  virtual std::optional<picture_refusal> next(std::uint8_t* row) = 0;

  /// After the last row: what is missing of the picture, for the client to read, e.g. "the last 12 of 480 rows are
  /// missing". Empty where it is complete.
  virtual std::string warning() const { return {}; }
};

/// A reader for a picture, or why it has no rows at all. `bytes` must outlive the reader. `info` is what `inspect` told
/// of the same bytes; its size bounds the memory. A reader holds
/// - a few rows: a sequential JPEG, a PNG that is not interlaced;
/// - a hundred rows or so: a lossy WebP, and what its decoder keeps of transparency, a byte a pixel;
/// - 4 bytes a pixel: a lossless WebP;
/// - the coefficients, 2 bytes a sample: a progressive JPEG;
/// - the pixels as stored, 3 bytes each or 4 with transparency: an interlaced PNG;
/// - the pixels, 3 bytes each, besides while they are decoded: a picture whose EXIF orientation is 3 to 8, where the
///   first row comes from the last one or from all.
std::variant<std::unique_ptr<row_reader>, picture_refusal> read_rows(std::string_view bytes, const picture_info& info);

} // namespace glyphgate::vision
