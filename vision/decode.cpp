#include "vision/decode.hpp"

#include "vision/decode_formats.hpp"

#include <utility>

namespace glyphgate::vision {

namespace {

decoded decode_stored(std::string_view bytes, const picture_info& info) {
  auto width = info.width, height = info.height;
  if (info.orientation >= 5)
    std::swap(width, height);
  if (info.format == picture_format::jpeg)
    return decode_jpeg(bytes, width, height);
  if (info.format == picture_format::png)
    return decode_png(bytes, width, height);
  return decode_webp(bytes, width, height);
}

} // namespace

picture_refusal undecodable(std::string_view format, std::string_view reason) {
  return {ec::invalid_picture, "the " + std::string{format} + " cannot be decoded: " + std::string{reason},
          std::nullopt};
}

decoded decode(std::string_view bytes, const picture_info& info) {
  auto result = decode_stored(bytes, info);
  if (auto* picture = std::get_if<raster>(&result)) {
    flatten_on_white(*picture);
    *picture = upright(std::move(*picture), info.orientation);
  }
  return result;
}

} // namespace glyphgate::vision
