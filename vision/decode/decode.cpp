#include "vision/decode/decode.hpp"

#include "vision/decode/ground.hpp"
#include "vision/decode/row_reader.hpp"
#include "vision/decode/stored_picture.hpp"
#include "vision/decode/turn.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

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
  case picture_format::pdf: return open_pdf(bytes, width, height, info.page);
  }
  return undecodable("picture", "its format is unknown");
}

/// What a reader's warning tells of rows.
std::string of_stored_rows(std::string warning, std::uint8_t orientation) {
  if (!warning.empty() && orientation != upright_as_stored)
    warning += " (rows as they are stored, before the EXIF orientation is applied)";
  return warning;
}

decoded all_rows(row_reader& rows, const picture_info& info) {
  auto width = info.width, height = info.height;
  if (info.orientation >= 5)
    std::swap(width, height);
  upright_builder picture{width, height, rows.channels(), info.orientation};
  for (std::uint32_t y = 0; y < height; ++y) {
    if (auto damaged = rows.next(picture.next_row()))
      return *std::move(damaged);
    picture.push_row();
  }
  return decoded_picture{picture.finish(), of_stored_rows(rows.warning(), info.orientation)};
}

/// Rows of a reader, from right to left.
class mirrored_rows final : public row_reader {
public:
  mirrored_rows(std::unique_ptr<row_reader> stored, std::uint32_t width) : stored_{std::move(stored)}, width_{width} {}

  std::uint32_t channels() const override { return stored_->channels(); }

  std::optional<picture_refusal> next(std::uint8_t* row) override {
    if (auto damaged = stored_->next(row))
      return damaged;
    mirror_row(row, width_, channels());
    return std::nullopt;
  }

  std::string warning() const override { return of_stored_rows(stored_->warning(), mirrored); }

private:
  std::unique_ptr<row_reader> stored_;
  std::uint32_t width_;
};

/// Rows of a picture that is there as a whole.
class raster_rows final : public row_reader {
public:
  raster_rows(decoded_picture stored, std::uint8_t orientation)
      : stored_{std::move(stored)},
        view_{stored_.pixels, orientation} {}

  std::uint32_t channels() const override { return stored_.pixels.channels; }

  std::optional<picture_refusal> next(std::uint8_t* row) override {
    view_.copy_row(y_++, row);
    return std::nullopt;
  }

  std::string warning() const override { return stored_.warning; }

private:
  decoded_picture stored_;
  upright_view view_;
  std::uint32_t y_ = 0;
};

} // namespace

picture_refusal undecodable(std::string_view format, std::string_view reason) {
  return {ec::invalid_picture, "the " + std::string{format} + " cannot be decoded: " + std::string{reason},
          std::nullopt};
}

decoded decode(std::string_view bytes, const picture_info& info) {
  auto stored = open_stored(bytes, info);
  if (auto* refusal = std::get_if<picture_refusal>(&stored))
    return std::move(*refusal);
  if (auto* rows = std::get_if<std::unique_ptr<row_reader>>(&stored))
    return all_rows(**rows, info);
  auto& picture = std::get<raster>(stored);
  lay_on_ground(picture);
  return decoded_picture{upright(std::move(picture), info.orientation), {}};
}

std::variant<std::unique_ptr<row_reader>, picture_refusal> read_rows(std::string_view bytes, const picture_info& info) {
  auto stored = open_stored(bytes, info);
  if (auto* refusal = std::get_if<picture_refusal>(&stored))
    return std::move(*refusal);
  if (auto* picture = std::get_if<raster>(&stored)) {
    lay_on_ground(*picture);
    return std::make_unique<raster_rows>(decoded_picture{std::move(*picture), {}}, info.orientation);
  }
  auto& rows = std::get<std::unique_ptr<row_reader>>(stored);
  if (info.orientation == upright_as_stored)
    return std::move(rows);
  if (info.orientation == mirrored)
    return std::make_unique<mirrored_rows>(std::move(rows), info.width);
  auto whole = all_rows(*rows, info);
  if (auto* refusal = std::get_if<picture_refusal>(&whole))
    return std::move(*refusal);
  return std::make_unique<raster_rows>(std::get<decoded_picture>(std::move(whole)), upright_as_stored);
}

} // namespace glyphgate::vision
