#include "vision/decode/stored_picture.hpp"
#include "vision/picture_header.hpp"

#include <libheif/heif.h>

#include <algorithm>
#include <new>
#include <utility>

namespace glyphgate::vision {

namespace {

constexpr std::string_view format_name = "HEIF picture";

// A clean aperture may cut pixels off; more than this is no picture of that size.
constexpr std::uint64_t most_cut_off = 1024 * 1024;

// Tiles may be larger than the picture that they make up, parts of it up to twice as large.
constexpr std::uint32_t tile_side = 1024;

struct context_deleter {
  void operator()(heif_context* context) const { heif_context_free(context); }
};
struct handle_deleter {
  void operator()(heif_image_handle* handle) const { heif_image_handle_release(handle); }
};
struct image_deleter {
  void operator()(heif_image* image) const { heif_image_release(image); }
};
struct options_deleter {
  void operator()(heif_decoding_options* options) const { heif_decoding_options_free(options); }
};

picture_refusal refusal_of(const heif_error& error) {
  switch (error.code) {
  case heif_error_Memory_allocation_error:
    // Also what libheif says of sizes beyond its limits.
    return undecodable(format_name, "it takes too much memory");
  case heif_error_Unsupported_filetype:
  case heif_error_Unsupported_feature: return undecodable(format_name, "it uses an unsupported feature");
  default: return undecodable(format_name, "its data is damaged or cut short");
  }
}

/// Takes the alpha out of the colours, which were multiplied by it.
void unmultiply(raster& picture) {
  for (auto at = picture.pixels.begin(); at != picture.pixels.end(); at += 4) {
    const unsigned alpha = at[3];
    for (int c = 0; c < 3; ++c)
      at[c] =
          alpha == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(std::min(255U, (at[c] * 255U + alpha / 2) / alpha));
  }
}

} // namespace

stored_picture open_heif(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  const std::unique_ptr<heif_context, context_deleter> context{heif_context_alloc()};
  if (!context)
    throw std::bad_alloc{};
  heif_context_set_max_decoding_threads(context.get(), 0);
  heif_context_set_maximum_image_size_limit(
      context.get(), static_cast<int>(2 * std::min(max_side_px, std::max(width, height)) + tile_side));
  auto error = heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(), nullptr);
  if (error.code != heif_error_Ok)
    return refusal_of(error);
  heif_image_handle* primary = nullptr;
  error = heif_context_get_primary_image_handle(context.get(), &primary);
  const std::unique_ptr<heif_image_handle, handle_deleter> handle{primary};
  if (error.code != heif_error_Ok)
    return refusal_of(error);
  if (std::cmp_not_equal(heif_image_handle_get_width(primary), width) ||
      std::cmp_not_equal(heif_image_handle_get_height(primary), height))
    return undecodable(format_name, other_size);
  const auto coded = static_cast<std::uint64_t>(heif_image_handle_get_ispe_width(primary)) *
                     static_cast<std::uint64_t>(heif_image_handle_get_ispe_height(primary));
  if (coded > 2 * std::uint64_t{width} * height + most_cut_off)
    return undecodable(format_name, "its coded size is far from the one that its header tells");

  const bool has_alpha = heif_image_handle_has_alpha_channel(primary) != 0;
  const std::unique_ptr<heif_decoding_options, options_deleter> options{heif_decoding_options_alloc()};
  if (!options)
    throw std::bad_alloc{};
  options->convert_hdr_to_8bit = 1;
  options->strict_decoding = 1;
  heif_image* decoded_image = nullptr;
  error = heif_decode_image(primary, &decoded_image, heif_colorspace_RGB,
                            has_alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, options.get());
  const std::unique_ptr<heif_image, image_deleter> image{decoded_image};
  if (error.code != heif_error_Ok)
    return refusal_of(error);
  heif_error warning{};
  if (heif_image_get_decoding_warnings(decoded_image, 0, &warning, 1) > 0)
    return refusal_of(warning);
  int stride = 0;
  const auto* rows = heif_image_get_plane_readonly(decoded_image, heif_channel_interleaved, &stride);
  if (rows == nullptr || std::cmp_not_equal(heif_image_get_width(decoded_image, heif_channel_interleaved), width) ||
      std::cmp_not_equal(heif_image_get_height(decoded_image, heif_channel_interleaved), height))
    return undecodable(format_name, other_size);
  auto picture = make_raster(width, height, has_alpha ? 4 : 3);
  for (std::size_t y = 0; y < height; ++y)
    std::copy_n(rows + y * static_cast<std::size_t>(stride), picture.row_bytes(),
                picture.pixels.data() + y * picture.row_bytes());
  if (has_alpha && heif_image_handle_is_premultiplied_alpha(primary) != 0)
    unmultiply(picture);
  return picture;
}

} // namespace glyphgate::vision
