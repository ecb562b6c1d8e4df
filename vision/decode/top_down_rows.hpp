#pragma once

#include "vision/decode/row_reader.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace glyphgate::vision {

/// Whether a picture of `height` rows is read although only `count` of them are there: three quarters must be.
constexpr bool are_enough_rows(std::uint64_t count, std::uint64_t height) {
  return 4 * count >= 3 * height;
}

/// A `row_reader::warning`: "the last 12 of 480 rows are missing". `which` is "first" or "last".
std::string missing_rows(std::string_view which, std::uint32_t missing, std::uint32_t height);

/// A row as it stands for one that is missing.
void fill_plain(std::uint8_t* row, std::size_t bytes);

/// Rows of a file that holds them from the top: where its last ones are damaged or missing and `are_enough_rows`
/// remain, the rest is plain.
class top_down_rows : public row_reader {
public:
  std::uint32_t channels() const final { return channels_; }
  std::optional<picture_refusal> next(std::uint8_t* row) final;
  std::string warning() const final;

protected:
  /// `format` as `undecodable` takes it; it must outlive the reader.
  top_down_rows(std::string_view format, std::uint32_t width, std::uint32_t height, std::uint32_t channels)
      : format_{format},
        width_{width},
        height_{height},
        channels_{channels} {}

  std::uint32_t width() const { return width_; }

private:
  /// Writes the next row, the `y`-th one; false where it is damaged: it is not asked again.
  virtual bool read(std::uint32_t y, std::uint8_t* row) = 0;

  std::string_view format_;
  std::uint32_t width_, height_, channels_;
  /// The next row, and how many were there when no more came.
  std::uint32_t y_ = 0;
  std::optional<std::uint32_t> there_;
};

} // namespace glyphgate::vision
