#include "vision/bytes.hpp"
#include "vision/header/formats.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace glyphgate::vision::header {

namespace {

constexpr std::size_t file_header_size = 14;
constexpr std::uint32_t core_size = 12;

enum compression : std::uint32_t {
  none = 0,
  rle8 = 1,
  rle4 = 2,
  bit_fields = 3,
  jpeg = 4,
  png = 5,
  alpha_bit_fields = 6
};

bool is_depth(std::uint32_t how, unsigned bits) {
  switch (how) {
  case none: return bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
  case rle8: return bits == 8;
  case rle4: return bits == 4;
  default: return bits == 16 || bits == 32;
  }
}

inspection header_of_bmp(std::uint32_t width, std::uint32_t height, std::uint32_t how, unsigned bits) {
  if (how == jpeg || how == png)
    return unsupported(std::string{"a BMP that holds a "} + (how == jpeg ? "JPEG" : "PNG") +
                       " is not supported; send what it holds");
  if (how > alpha_bit_fields)
    return unsupported("BMP of the compression " + std::to_string(how) + " is not supported");
  if (!is_depth(how, bits))
    return unsupported("BMP of " + std::to_string(bits) + " bits with the compression " + std::to_string(how) +
                       " is not supported");
  constexpr std::uint32_t max_side = std::numeric_limits<std::int32_t>::max();
  if (width == 0 || height == 0 || width > max_side || height > max_side)
    return invalid("the BMP declares a size of " + size_text(width, height));
  picture_shape shape{picture_format::bmp, width, height};
  shape.alpha = bits == 32;
  if (how == rle8 || how == rle4) {
    shape.how = unfolding::passes;
    shape.held = std::uint64_t{width} * height;
  }
  return header_of(shape);
}

} // namespace

bool is_bmp(std::string_view bytes) {
  // The header's size is small: texts may begin with BM too.
  return bytes.starts_with("BM") && holds(bytes, file_header_size, 4) && le32(bytes, file_header_size) <= 0xFFFF;
}

inspection read_bmp(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 5> info_sizes{40, 52, 56, 108, 124};
  const auto size = le32(bytes, file_header_size);
  if (size != core_size && std::ranges::find(info_sizes, size) == info_sizes.end())
    return unsupported("BMP with a header of " + std::to_string(size) + " bytes is not supported");
  if (!holds(bytes, file_header_size, size) || le32(bytes, 10) > bytes.size())
    return invalid("the BMP is cut short in its header");
  const auto header = bytes.substr(file_header_size, size);
  if (size == core_size)
    return header_of_bmp(le16(header, 4), le16(header, 6), none, le16(header, 10));

  const auto height = le32(header, 8);
  const bool from_top = height > std::numeric_limits<std::int32_t>::max();
  const auto how = le32(header, 16);
  if (from_top && (how == rle8 || how == rle4))
    return invalid("the BMP's header is damaged: run lengths go from the bottom to the top only");
  return header_of_bmp(le32(header, 4), from_top ? 0 - height : height, how, le16(header, 14));
}

} // namespace glyphgate::vision::header
