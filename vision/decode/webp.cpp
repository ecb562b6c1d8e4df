#include "vision/decode/stored_picture.hpp"

#include <webp/decode.h>

#include <new>

namespace glyphgate::vision {

namespace {

std::string_view reason(VP8StatusCode status) {
  switch (status) {
  case VP8_STATUS_NOT_ENOUGH_DATA:
  case VP8_STATUS_SUSPENDED: return "it is cut short";
  case VP8_STATUS_UNSUPPORTED_FEATURE: return "it uses an unsupported feature";
  default: return "its data is damaged";
  }
}

} // namespace

stored_picture open_webp(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  constexpr std::string_view format = "WebP";
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config))
    return undecodable(format, "the library is of another version");
  if (const auto status = WebPGetFeatures(data, bytes.size(), &config.input); status != VP8_STATUS_OK)
    return undecodable(format, reason(status));
  if (config.input.width != static_cast<int>(width) || config.input.height != static_cast<int>(height))
    return undecodable(format, other_size);

  auto picture = make_raster(width, height, config.input.has_alpha ? 4 : 3);
  config.output.colorspace = config.input.has_alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = picture.pixels.data();
  config.output.u.RGBA.stride = static_cast<int>(picture.row_bytes());
  config.output.u.RGBA.size = picture.pixels.size();
  const auto status = WebPDecode(data, bytes.size(), &config);
  if (status == VP8_STATUS_OUT_OF_MEMORY)
    throw std::bad_alloc{};
  if (status != VP8_STATUS_OK)
    return undecodable(format, reason(status));
  return picture;
}

} // namespace glyphgate::vision
