#include "vision/bytes.hpp"
#include "vision/header/formats.hpp"
#include "vision/header/orientation.hpp"
#include "vision/header/png_text.hpp"

#include <zlib.h>

#include <optional>

namespace glyphgate::vision::header {

namespace {

constexpr unsigned grey = 0, palette = 3, grey_alpha = 4, rgb_alpha = 6;

bool is_png_depth(unsigned colour_type, unsigned depth) {
  switch (colour_type) {
  case 0: return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
  case 3: return depth == 1 || depth == 2 || depth == 4 || depth == 8;
  case 2:
  case 4:
  case 6: return depth == 8 || depth == 16;
  default: return false;
  }
}

/// What chunks besides eXIf tell of the orientation. The first one of each kind counts; they are read at the end, and
/// only where they are needed.
class png_metadata {
public:
  void add(std::string_view type, std::string_view data) {
    const auto text = read_png_text(type, data);
    if (!text)
      return;
    if (text->keyword == "Raw profile type exif" || text->keyword == "Raw profile type APP1") {
      if (!profile_)
        profile_ = text;
    } else if (text->keyword == "XML:com.adobe.xmp" && !xmp_) {
      xmp_ = text;
    }
  }

  /// `told` has what eXIf chunks tell.
  std::uint8_t orientation(told_orientation told) const {
    if (told.has_exif())
      return told.value();
    const auto profile = profile_ ? raw_profile(beginning_of(*profile_)) : std::string{};
    const auto xmp = xmp_ ? beginning_of(*xmp_) : std::string{};
    std::string_view block = profile;
    if (block.starts_with(xmp_prefix)) {
      told.add_xmp(block.substr(xmp_prefix.size()));
    } else {
      if (block.starts_with(exif_prefix))
        block.remove_prefix(exif_prefix.size());
      told.add_exif(block);
    }
    told.add_xmp(xmp);
    return told.value();
  }

private:
  std::optional<png_text> profile_, xmp_;
};

} // namespace

bool is_png(std::string_view bytes) {
  return bytes.starts_with("\x89PNG\r\n\x1A\n");
}

inspection read_png(std::string_view bytes) {
  constexpr std::size_t signature_size = 8, chunk_overhead = 12, ihdr_length = 13;
  constexpr std::uint32_t max_length = 0x7FFFFFFF;
  constexpr std::size_t ihdr = signature_size + 8;
  if (!holds(bytes, signature_size, ihdr_length + chunk_overhead))
    return invalid("the PNG is cut short in its header");
  const auto* type_and_header = reinterpret_cast<const Bytef*>(bytes.data() + signature_size + 4);
  const bool is_ihdr = be32(bytes, signature_size) == ihdr_length && bytes.substr(signature_size + 4, 4) == "IHDR";
  if (!is_ihdr || crc32(0, type_and_header, 4 + ihdr_length) != be32(bytes, ihdr + ihdr_length))
    return invalid("the PNG's header is damaged");
  const auto width = be32(bytes, ihdr), height = be32(bytes, ihdr + 4);
  if (width == 0 || height == 0 || width > max_length || height > max_length)
    return invalid("the PNG declares a size of " + size_text(width, height));
  const unsigned depth = u8(bytes, ihdr + 8), colour_type = u8(bytes, ihdr + 9), interlacing = u8(bytes, ihdr + 12);
  if (!is_png_depth(colour_type, depth) || u8(bytes, ihdr + 10) != 0 || u8(bytes, ihdr + 11) != 0 || interlacing > 1)
    return invalid("the PNG's header is damaged");

  picture_shape shape{picture_format::png, width, height};
  shape.channels = colour_type == grey || colour_type == grey_alpha ? 1 : 3;
  shape.alpha = colour_type == grey_alpha || colour_type == rgb_alpha;
  shape.bits = colour_type == palette ? 8 : depth;

  // Metadata may stand before the picture data or after, so every chunk is passed.
  told_orientation orientation;
  png_metadata metadata;
  bool has_data = false;
  std::size_t at = ihdr + ihdr_length + 4;
  for (int part = 0; part < max_header_parts; ++part) {
    if (!holds(bytes, at, chunk_overhead))
      return invalid("the PNG is cut short");
    const std::size_t length = be32(bytes, at);
    if (length > max_length || !holds(bytes, at, length + chunk_overhead))
      return invalid("the PNG is cut short");
    const auto type = bytes.substr(at + 4, 4), data = bytes.substr(at + 8, length);
    if (type == "IDAT") {
      has_data = true;
    } else if (type == "tRNS") {
      shape.alpha = true;
    } else if (type == "eXIf") {
      orientation.add_exif(data);
    } else if (type == "IEND") {
      if (!has_data)
        return invalid("the PNG has no image data");
      shape.orientation = metadata.orientation(orientation);
      if (interlacing != 0) {
        shape.how = unfolding::passes;
        shape.held = saturating_product(std::uint64_t{width} * height, shape.channels + (shape.alpha ? 1 : 0));
      }
      return header_of(shape);
    } else {
      metadata.add(type, data);
    }
    at += length + chunk_overhead;
  }
  return invalid("the PNG has too many chunks");
}

} // namespace glyphgate::vision::header
