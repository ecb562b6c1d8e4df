#include "vision/bytes.hpp"
#include "vision/header/formats.hpp"
#include "vision/header/orientation.hpp"

#include <algorithm>
#include <optional>

namespace glyphgate::vision::header {

namespace {

struct jpeg_frame {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  unsigned components = 0;
  bool progressive = false;
  /// Of all components, each padded to whole units of the compression.
  std::uint64_t coefficients = 0;
};

constexpr std::uint32_t block_side = 8;
constexpr std::size_t component_size = 3;

/// Of a frame header's components, which begin at 6.
std::optional<std::uint64_t> coefficients_of(std::string_view segment, std::uint32_t width, std::uint32_t height) {
  std::uint32_t across = 1, down = 1;
  std::uint64_t blocks = 0;
  for (std::size_t at = 6; at < segment.size(); at += component_size) {
    const std::uint32_t h = u8(segment, at + 1) >> 4, v = u8(segment, at + 1) & 15;
    if (h < 1 || h > 4 || v < 1 || v > 4)
      return std::nullopt;
    across = std::max(across, h);
    down = std::max(down, v);
    blocks += std::uint64_t{h} * v;
  }
  const std::uint64_t units_across = (width + across * block_side - 1) / (across * block_side);
  const std::uint64_t units_down = (height + down * block_side - 1) / (down * block_side);
  return units_across * units_down * blocks * block_side * block_side;
}

std::variant<jpeg_frame, picture_refusal> read_jpeg_frame(std::uint8_t marker, std::string_view segment) {
  // Baseline, extended and progressive with Huffman coding; extended and progressive with arithmetic coding.
  const bool decodable = marker <= 0xC2 || marker == 0xC9 || marker == 0xCA;
  if (!decodable)
    return unsupported("lossless and hierarchical JPEG are not supported");
  if (segment.size() < 6)
    return invalid("the JPEG's frame header is damaged");
  const unsigned precision = u8(segment, 0);
  const unsigned components = u8(segment, 5);
  if (segment.size() != 6 + component_size * components)
    return invalid("the JPEG's frame header is damaged");
  if (precision != 8)
    return unsupported("JPEG of " + std::to_string(precision) + " bits is not supported, only of 8");
  if (components != 1 && components != 3 && components != 4)
    return unsupported("JPEG of " + std::to_string(components) + " components is not supported");
  const std::uint32_t width = be16(segment, 3), height = be16(segment, 1);
  if (width == 0 || height == 0)
    return invalid("the JPEG declares a size of " + size_text(width, height));
  if (width > max_side_px || height > max_side_px)
    return invalid("the JPEG declares a size of " + size_text(width, height) + "; no side may exceed " +
                   std::to_string(max_side_px) + " px");
  const auto coefficients = coefficients_of(segment, width, height);
  if (!coefficients)
    return invalid("the JPEG's frame header is damaged");
  return jpeg_frame{width, height, components, marker == 0xC2 || marker == 0xCA, *coefficients};
}

/// `first_scan` is the segment that begins it.
picture_header jpeg_header(const jpeg_frame& frame, std::string_view first_scan, std::uint8_t orientation) {
  const bool is_one_scan = !frame.progressive && !first_scan.empty() && u8(first_scan, 0) == frame.components;
  picture_shape shape{picture_format::jpeg, frame.width, frame.height, orientation, frame.components};
  if (!is_one_scan) {
    shape.how = unfolding::passes;
    shape.held = frame.coefficients;
  }
  return header_of(shape);
}

} // namespace

bool is_jpeg(std::string_view bytes) {
  return bytes.starts_with("\xFF\xD8\xFF");
}

inspection read_jpeg(std::string_view bytes) {
  constexpr std::uint8_t tem = 0x01, rst0 = 0xD0, rst7 = 0xD7, soi = 0xD8, eoi = 0xD9, sos = 0xDA, app1 = 0xE1;
  const auto is_frame = [](std::uint8_t m) {
    // The C0–CF block, but for DHT, JPG and DAC.
    return (m & 0xF0) == 0xC0 && m != 0xC4 && m != 0xC8 && m != 0xCC;
  };

  std::optional<jpeg_frame> frame;
  told_orientation orientation;
  std::size_t at = 2;
  for (int part = 0; part < max_header_parts; ++part) {
    if (!holds(bytes, at, 2))
      return invalid("the JPEG is cut short in its header");
    // Stray and fill bytes between segments are skipped, as libjpeg does.
    if (u8(bytes, at) != 0xFF || u8(bytes, at + 1) == 0xFF) {
      ++at;
      continue;
    }
    const auto marker = u8(bytes, at + 1);
    at += 2;
    if (marker == 0 || marker == tem || (marker >= rst0 && marker <= rst7))
      continue;
    if (marker == soi || marker == eoi)
      return invalid("the JPEG's header is damaged");

    if (!holds(bytes, at, 2))
      return invalid("the JPEG is cut short in its header");
    const std::size_t length = be16(bytes, at);
    if (length < 2)
      return invalid("the JPEG's header is damaged");
    if (!holds(bytes, at, length))
      return invalid("the JPEG is cut short in its header");
    const auto segment = bytes.substr(at + 2, length - 2);
    at += length;

    if (marker == sos) {
      if (!frame)
        return invalid("the JPEG has no frame header before its image data");
      return jpeg_header(*frame, segment, orientation.value());
    }
    if (is_frame(marker)) {
      if (frame)
        return invalid("the JPEG has two frame headers");
      const auto read = read_jpeg_frame(marker, segment);
      if (const auto* refusal = std::get_if<picture_refusal>(&read))
        return *refusal;
      frame = std::get<jpeg_frame>(read);
    } else if (marker == app1 && segment.starts_with(exif_prefix)) {
      orientation.add_exif(segment.substr(exif_prefix.size()));
    } else if (marker == app1 && segment.starts_with(xmp_prefix)) {
      orientation.add_xmp(segment.substr(xmp_prefix.size()));
    }
  }
  return invalid("the JPEG's header has too many parts");
}

} // namespace glyphgate::vision::header
