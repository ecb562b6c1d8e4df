#include "vision/picture_header.hpp"

#include "vision/header/formats.hpp"

#include <array>
#include <string>
#include <utility>

namespace glyphgate::vision {

namespace {

/// A format whose files hold one picture.
struct single_picture_format {
  bool (*is)(std::string_view bytes);
  header::inspection (*read)(std::string_view bytes);
};

constexpr std::array formats{
    single_picture_format{header::is_jpeg, header::read_jpeg},
    single_picture_format{header::is_png, header::read_png},
    single_picture_format{header::is_webp, header::read_webp},
    single_picture_format{header::is_gif, header::read_gif},
    single_picture_format{header::is_bmp, header::read_bmp},
    single_picture_format{header::is_jpeg2000, header::read_jpeg2000},
    single_picture_format{header::is_heif, header::read_heif},
};

picture_refusal too_large(std::string detail, std::string_view limit, std::uint64_t value) {
  return {ec::picture_too_large, std::move(detail), exceeded_limit{limit, value}};
}

} // namespace

std::variant<picture_header, picture_refusal> inspect(std::string_view bytes, std::uint32_t page) {
  if (bytes.empty())
    return header::invalid("the image is empty");
  if (header::is_tiff(bytes))
    return header::read_tiff(bytes, page);
  for (const auto& format : formats)
    if (format.is(bytes))
      return page == 0 ? format.read(bytes) : header::no_such_page(page, 1);
  return header::other_format(bytes);
}

picture_header header_of_page(const picture_info& info) {
  header::picture_shape shape;
  shape.format = info.format;
  shape.width = info.width;
  shape.height = info.height;
  shape.how = header::unfolding::block;
  shape.held = info.pixels();
  return {info, header::need_of(shape), 1};
}

std::variant<picture_header, picture_refusal> inspect(std::string_view bytes, const picture_info& info) {
  if (info.format == picture_format::pdf)
    return header_of_page(info);
  auto found = inspect(bytes, info.page);
  // One that a document turns is turned though its own header does not say so.
  if (auto* header = std::get_if<picture_header>(&found);
      header != nullptr && info.orientation >= 3 && header->info.orientation < 3) {
    const auto pixels = header->needs.whole - header->needs.rows;
    header->needs = {header->needs.rows + pixels, header->needs.whole + pixels};
  }
  return found;
}

std::optional<picture_refusal> check_limits(const picture_info& info, std::size_t size_in_bytes,
                                            const call_limits& limits) {
  constexpr std::uint64_t mib = 1024 * 1024;
  if (size_in_bytes > limits.file_size_mb * mib)
    return too_large("the file has " + std::to_string(size_in_bytes) + " bytes; at most " +
                         std::to_string(limits.file_size_mb) + " MiB are accepted",
                     "file_size_limit_mb", limits.file_size_mb);
  const auto size = "the image has " + header::size_text(info.width, info.height);
  if (info.pixels() > limits.pixels)
    return too_large(size + ", that is " + std::to_string(info.pixels()) + " pixels; at most " +
                         std::to_string(limits.pixels) + " are accepted",
                     "pixel_limit", limits.pixels);
  if (info.height > limits.height_px)
    return too_large(size + "; a height of at most " + std::to_string(limits.height_px) + " px is accepted",
                     "height_limit_px", limits.height_px);
  if (info.width > max_side_px || info.height > max_side_px)
    return too_large(size + "; sides of at most " + std::to_string(max_side_px) + " px are accepted", "side_limit_px",
                     max_side_px);
  return std::nullopt;
}

} // namespace glyphgate::vision
