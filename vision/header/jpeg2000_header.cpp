#include "vision/bytes.hpp"
#include "vision/header/boxes.hpp"
#include "vision/header/formats.hpp"

#include <algorithm>

using namespace std::string_view_literals;

namespace glyphgate::vision::header {

namespace {

constexpr auto signature_box = "\0\0\0\x0CjP  \r\n\x87\n"sv;
// SOC, and the marker SIZ that always follows it.
constexpr auto codestream_start = "\xFF\x4F\xFF\x51"sv;

std::uint64_t tiles_along(std::uint32_t end, std::uint32_t origin, std::uint32_t tile) {
  return (std::uint64_t{end} - origin + tile - 1) / tile;
}

/// ITU-T T.800, A.5.1. `has_palette` says that the container turns the first component into colours.
inspection read_codestream(std::string_view stream, bool has_palette) {
  constexpr std::size_t siz_at = codestream_start.size(), fixed_size = 38, component_size = 3;
  constexpr unsigned max_components = 5, max_bits = 16;
  constexpr std::uint64_t max_tiles = 65535;
  if (!holds(stream, siz_at, fixed_size))
    return invalid("the JPEG 2000 is cut short in its header");
  if (!stream.starts_with(codestream_start))
    return invalid("the JPEG 2000's header is damaged");
  const auto siz = stream.substr(siz_at);
  const unsigned components = be16(siz, 36);
  if (components == 0 || be16(siz, 0) != fixed_size + component_size * components)
    return invalid("the JPEG 2000's header is damaged");
  if (components > max_components)
    return unsupported("JPEG 2000 of " + std::to_string(components) + " components is not supported");
  if (!holds(siz, fixed_size, component_size * components))
    return invalid("the JPEG 2000 is cut short in its header");

  const auto right = be32(siz, 4), bottom = be32(siz, 8), left = be32(siz, 12), top = be32(siz, 16);
  const auto tile_width = be32(siz, 20), tile_height = be32(siz, 24), tile_left = be32(siz, 28),
             tile_top = be32(siz, 32);
  if (right <= left || bottom <= top)
    return invalid("the JPEG 2000 declares a size without pixels");
  if (tile_width == 0 || tile_height == 0 || tile_left > left || tile_top > top ||
      tiles_along(right, tile_left, tile_width) * tiles_along(bottom, tile_top, tile_height) > max_tiles)
    return invalid("the JPEG 2000's tiles are damaged");

  unsigned bits = 0;
  for (unsigned i = 0; i < components; ++i) {
    const auto at = fixed_size + component_size * i;
    bits = std::max(bits, (u8(siz, at) & 0x7FU) + 1);
    if (u8(siz, at + 1) == 0 || u8(siz, at + 2) == 0)
      return invalid("the JPEG 2000's header is damaged");
  }
  if (bits > max_bits)
    return unsupported("JPEG 2000 of " + std::to_string(bits) + " bits is not supported, only of at most 16");
  picture_shape shape{picture_format::jpeg2000, right - left, bottom - top};
  shape.channels = components <= 2 && !has_palette ? 1 : 3;
  shape.alpha = components == 2 || components >= 4;
  shape.bits = bits;
  shape.how = unfolding::block;
  shape.held = saturating_product(std::uint64_t{shape.width} * shape.height, has_palette ? max_components : components);
  return header_of(shape);
}

} // namespace

bool is_jpeg2000(std::string_view bytes) {
  return bytes.starts_with(signature_box) || bytes.starts_with(codestream_start);
}

inspection read_jpeg2000(std::string_view bytes) {
  if (bytes.starts_with(codestream_start))
    return read_codestream(bytes, false);
  bool has_palette = false;
  boxes all{bytes};
  while (const auto next = all.next()) {
    if (next->type == "jp2h")
      has_palette = find_box(next->content, "pclr").has_value();
    else if (next->type == "jp2c")
      return read_codestream(next->content, has_palette);
  }
  if (all.is_cut())
    return invalid("the JPEG 2000 is cut short");
  if (all.are_too_many())
    return invalid("the JPEG 2000 has too many boxes");
  return invalid(all.is_damaged() ? "the JPEG 2000's header is damaged" : "the JPEG 2000 has no image data");
}

} // namespace glyphgate::vision::header
