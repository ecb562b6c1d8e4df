#include "vision/decode/decode.hpp"

#include "vision/decode/row_reader.hpp"
#include "vision/decode/stored_picture.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate::vision {

namespace {

constexpr std::uint8_t upright_as_stored = 1, mirrored = 2;

stored_picture open_stored(std::string_view bytes, const picture_info& info) {
  auto width = info.width, height = info.height;
  if (info.orientation >= 5)
    std::swap(width, height);
  switch (info.format) {
  case picture_format::jpeg: return open_jpeg(bytes, width, height);
  case picture_format::png: return open_png(bytes, width, height);
  case picture_format::webp: return open_webp(bytes, width, height);
  case picture_format::gif: return open_gif(bytes, width, height);
  case picture_format::bmp: return open_bmp(bytes, width, height);
  case picture_format::tiff: return open_tiff(bytes, width, height, info.page);
  case picture_format::jpeg2000: return open_jpeg2000(bytes, width, height);
  case picture_format::heif:
  case picture_format::avif: return open_heif(bytes, width, height);
  }
  return undecodable("picture", "its format is unknown");
}

std::variant<raster, picture_refusal> all_rows(row_reader& rows, std::uint32_t width, std::uint32_t height) {
  auto picture = make_raster(width, height, rows.channels());
  for (std::size_t y = 0; y < height; ++y)
    if (auto damaged = rows.next(picture.pixels.data() + y * picture.row_bytes()))
      return *std::move(damaged);
  return picture;
}

/// The whole picture as stored, without alpha.
std::variant<raster, picture_refusal> whole(stored_picture stored, const picture_info& info) {
  if (auto* refusal = std::get_if<picture_refusal>(&stored))
    return std::move(*refusal);
  if (auto* picture = std::get_if<raster>(&stored)) {
    flatten_on_white(*picture);
    return std::move(*picture);
  }
  const bool lies = info.orientation >= 5;
  return all_rows(*std::get<std::unique_ptr<row_reader>>(stored), lies ? info.height : info.width,
                  lies ? info.width : info.height);
}

/// Rows of a reader, from right to left.
class mirrored_rows final : public row_reader {
public:
  mirrored_rows(std::unique_ptr<row_reader> stored, std::uint32_t width) : stored_{std::move(stored)}, width_{width} {}

  std::uint32_t channels() const override { return stored_->channels(); }

  std::optional<picture_refusal> next(std::uint8_t* row) override {
    if (auto damaged = stored_->next(row))
      return damaged;
    const std::size_t step = channels();
    for (auto *left = row, *right = row + (width_ - 1) * step; left < right; left += step, right -= step)
      std::swap_ranges(left, left + step, right);
    return std::nullopt;
  }

private:
  std::unique_ptr<row_reader> stored_;
  std::uint32_t width_;
};

/// Rows of a picture that is there as a whole.
class raster_rows final : public row_reader {
public:
  raster_rows(raster stored, std::uint8_t orientation) : stored_{std::move(stored)}, view_{stored_, orientation} {}

  std::uint32_t channels() const override { return stored_.channels; }

  std::optional<picture_refusal> next(std::uint8_t* row) override {
    view_.copy_row(y_++, row);
    return std::nullopt;
  }

private:
  raster stored_;
  upright_view view_;
  std::uint32_t y_ = 0;
};

} // namespace

picture_refusal undecodable(std::string_view format, std::string_view reason) {
  return {ec::invalid_picture, "the " + std::string{format} + " cannot be decoded: " + std::string{reason},
          std::nullopt};
}

decoded decode(std::string_view bytes, const picture_info& info) {
  auto result = whole(open_stored(bytes, info), info);
  if (auto* refusal = std::get_if<picture_refusal>(&result))
    return std::move(*refusal);
  return decoded_picture{upright(std::get<raster>(std::move(result)), info.orientation), {}};
}

std::variant<std::unique_ptr<row_reader>, picture_refusal> read_rows(std::string_view bytes, const picture_info& info) {
  auto stored = open_stored(bytes, info);
  if (auto* rows = std::get_if<std::unique_ptr<row_reader>>(&stored)) {
    if (info.orientation == upright_as_stored)
      return std::move(*rows);
    if (info.orientation == mirrored)
      return std::make_unique<mirrored_rows>(std::move(*rows), info.width);
  }
  auto picture = whole(std::move(stored), info);
  if (auto* refusal = std::get_if<picture_refusal>(&picture))
    return std::move(*refusal);
  return std::make_unique<raster_rows>(std::get<raster>(std::move(picture)), info.orientation);
}

} // namespace glyphgate::vision
