#include "vision/bytes.hpp"
#include "vision/header/formats.hpp"

namespace glyphgate::vision::header {

namespace {

/// The size of the colour table that the packed field of a screen or an image tells.
std::size_t colour_table_size(std::uint8_t packed) {
  return (packed & 0x80) != 0 ? std::size_t{3} << ((packed & 7) + 1) : 0;
}

} // namespace

bool is_gif(std::string_view bytes) {
  return bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a");
}

inspection read_gif(std::string_view bytes) {
  constexpr std::size_t screen_at = 6, screen_size = 7, image_size = 9;
  constexpr std::uint8_t extension = 0x21, image = 0x2C, trailer = 0x3B;
  const auto cut = [] { return invalid("the GIF is cut short in its header"); };
  if (!holds(bytes, screen_at, screen_size))
    return cut();
  const std::uint32_t width = le16(bytes, screen_at), height = le16(bytes, screen_at + 2);
  std::size_t at = screen_at + screen_size + colour_table_size(u8(bytes, screen_at + 4));

  // Blocks up to the first image, and the parts of extensions.
  bool in_extension = false;
  for (int part = 0; part < max_header_parts; ++part) {
    if (!holds(bytes, at, 1))
      return cut();
    const auto first = u8(bytes, at++);
    if (in_extension) {
      in_extension = first != 0;
      at += first;
    } else if (first == extension) {
      // Its label.
      ++at;
      in_extension = true;
    } else if (first == trailer) {
      return invalid("the GIF has no image data");
    } else if (first == image) {
      if (!holds(bytes, at, image_size))
        return cut();
      const std::uint32_t frame_width = le16(bytes, at + 4), frame_height = le16(bytes, at + 6);
      if (frame_width == 0 || frame_height == 0)
        return invalid("the GIF's first frame declares a size of " + size_text(frame_width, frame_height));
      if (le16(bytes, at) + frame_width > width || le16(bytes, at + 2) + frame_height > height)
        return invalid("the GIF's first frame reaches beyond its canvas of " + size_text(width, height));
      picture_shape shape{picture_format::gif, width, height};
      shape.how = unfolding::canvas;
      shape.held = std::uint64_t{width} * height;
      return header_of(shape);
    } else {
      return invalid("the GIF's header is damaged");
    }
  }
  return invalid("the GIF's header has too many parts");
}

} // namespace glyphgate::vision::header
