#include "vision/picture_header.hpp"

#include "vision/bytes.hpp"
#include "vision/exif.hpp"

#include <webp/decode.h>
#include <zlib.h>

#include <array>
#include <string>
#include <utility>

using namespace std::string_view_literals;

namespace glyphgate::vision {

namespace {

using inspection = std::variant<picture_header, picture_refusal>;

// Far more than any writer makes, and little enough to be passed within a millisecond.
constexpr int max_header_parts = 65536;

constexpr auto exif_prefix = "Exif\0\0"sv;

picture_refusal invalid(std::string detail) {
  return {ec::invalid_picture, std::move(detail), std::nullopt};
}

picture_refusal unsupported(std::string detail) {
  return {ec::unsupported_format, std::move(detail), std::nullopt};
}

std::string size_text(std::uint64_t width, std::uint64_t height) {
  return std::to_string(width) + " x " + std::to_string(height) + " px";
}

/// `width` and `height` as stored.
picture_header header_of(picture_format format, std::uint32_t width, std::uint32_t height, std::uint8_t orientation) {
  // Orientations 5 to 8 lie on their side.
  if (orientation >= 5)
    std::swap(width, height);
  return {{format, width, height, orientation}, {}, 1};
}

struct jpeg_frame {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

std::variant<jpeg_frame, picture_refusal> read_jpeg_frame(std::uint8_t marker, std::string_view segment) {
  // Baseline, extended and progressive with Huffman coding; extended and progressive with arithmetic coding.
  const bool decodable = marker <= 0xC2 || marker == 0xC9 || marker == 0xCA;
  if (!decodable)
    return unsupported("lossless and hierarchical JPEG are not supported");
  if (segment.size() < 6)
    return invalid("the JPEG's frame header is damaged");
  const unsigned precision = u8(segment, 0);
  const unsigned components = u8(segment, 5);
  if (segment.size() != 6 + 3 * components)
    return invalid("the JPEG's frame header is damaged");
  if (precision != 8)
    return unsupported("JPEG of " + std::to_string(precision) + " bits is not supported, only of 8");
  if (components != 1 && components != 3 && components != 4)
    return unsupported("JPEG of " + std::to_string(components) + " components is not supported");
  const jpeg_frame frame{be16(segment, 3), be16(segment, 1)};
  if (frame.width == 0 || frame.height == 0)
    return invalid("the JPEG declares a size of " + size_text(frame.width, frame.height));
  if (frame.width > max_side_px || frame.height > max_side_px)
    return invalid("the JPEG declares a size of " + size_text(frame.width, frame.height) + "; no side may exceed " +
                   std::to_string(max_side_px) + " px");
  return frame;
}

inspection inspect_jpeg(std::string_view bytes) {
  constexpr std::uint8_t tem = 0x01, rst0 = 0xD0, rst7 = 0xD7, soi = 0xD8, eoi = 0xD9, sos = 0xDA, app1 = 0xE1;
  const auto is_frame = [](std::uint8_t m) {
    // The C0–CF block, but for DHT, JPG and DAC.
    return (m & 0xF0) == 0xC0 && m != 0xC4 && m != 0xC8 && m != 0xCC;
  };

  std::optional<jpeg_frame> frame;
  std::optional<std::uint8_t> orientation;
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
      return header_of(picture_format::jpeg, frame->width, frame->height, orientation.value_or(1));
    }
    if (is_frame(marker)) {
      if (frame)
        return invalid("the JPEG has two frame headers");
      const auto read = read_jpeg_frame(marker, segment);
      if (const auto* refusal = std::get_if<picture_refusal>(&read))
        return *refusal;
      frame = std::get<jpeg_frame>(read);
    } else if (marker == app1 && !orientation && segment.starts_with(exif_prefix)) {
      orientation = exif_orientation(segment.substr(exif_prefix.size()));
    }
  }
  return invalid("the JPEG's header has too many parts");
}

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

inspection inspect_png(std::string_view bytes) {
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
  const unsigned depth = u8(bytes, ihdr + 8), colour_type = u8(bytes, ihdr + 9);
  if (!is_png_depth(colour_type, depth) || u8(bytes, ihdr + 10) != 0 || u8(bytes, ihdr + 11) != 0 ||
      u8(bytes, ihdr + 12) > 1)
    return invalid("the PNG's header is damaged");

  // eXIf may stand before the picture data or after, so every chunk is passed.
  std::optional<std::uint8_t> orientation;
  bool has_data = false;
  std::size_t at = ihdr + ihdr_length + 4;
  for (int part = 0; part < max_header_parts; ++part) {
    if (!holds(bytes, at, chunk_overhead))
      return invalid("the PNG is cut short");
    const std::size_t length = be32(bytes, at);
    if (length > max_length || !holds(bytes, at, length + chunk_overhead))
      return invalid("the PNG is cut short");
    const auto type = bytes.substr(at + 4, 4);
    if (type == "IDAT") {
      has_data = true;
    } else if (type == "eXIf" && !orientation) {
      orientation = exif_orientation(bytes.substr(at + 8, length));
    } else if (type == "IEND") {
      if (!has_data)
        return invalid("the PNG has no image data");
      return header_of(picture_format::png, width, height, orientation.value_or(1));
    }
    at += length + chunk_overhead;
  }
  return invalid("the PNG has too many chunks");
}

inspection inspect_webp(std::string_view bytes) {
  constexpr std::size_t riff_header_size = 12, chunk_header_size = 8;
  const std::size_t size = std::size_t{le32(bytes, 4)} + 8;
  if (size > bytes.size())
    return invalid("the WebP is cut short");
  const auto riff = bytes.substr(0, size);

  std::optional<std::uint8_t> orientation;
  bool has_data = false;
  std::size_t at = riff_header_size;
  for (int part = 0; holds(riff, at, chunk_header_size); ++part) {
    if (part == max_header_parts)
      return invalid("the WebP has too many chunks");
    const std::size_t length = le32(riff, at + 4);
    if (!holds(riff, at + chunk_header_size, length))
      break;
    const auto type = riff.substr(at, 4);
    if (type == "VP8 " || type == "VP8L" || type == "ANMF") {
      has_data = true;
    } else if (type == "EXIF" && !orientation) {
      auto exif = riff.substr(at + chunk_header_size, length);
      if (exif.starts_with(exif_prefix))
        exif.remove_prefix(exif_prefix.size());
      orientation = exif_orientation(exif);
    }
    at += chunk_header_size + length + length % 2;
  }
  if (!has_data)
    return invalid("the WebP has no image data");

  WebPBitstreamFeatures features;
  if (WebPGetFeatures(reinterpret_cast<const std::uint8_t*>(riff.data()), riff.size(), &features) != VP8_STATUS_OK)
    return invalid("the WebP's header is damaged");
  if (features.has_animation)
    return unsupported("animated WebP is not supported; send its frames as images of their own");
  if (features.width < 1 || features.height < 1)
    return invalid("the WebP declares a size of " + std::to_string(features.width) + " x " +
                   std::to_string(features.height) + " px");
  return header_of(picture_format::webp, static_cast<std::uint32_t>(features.width),
                 static_cast<std::uint32_t>(features.height), orientation.value_or(1));
}

picture_refusal unknown_format(std::string_view bytes) {
  struct known {
    std::size_t at;
    std::string_view signature;
    std::string_view name;
  };
  static constexpr std::array known_formats{
      known{0, "GIF8"sv, "a GIF"},           known{0, "BM"sv, "a BMP"},
      known{0, "II*\0"sv, "a TIFF"},         known{0, "MM\0*"sv, "a TIFF"},
      known{0, "%PDF"sv, "a PDF"},           known{4, "ftypavif"sv, "an AVIF"},
      known{4, "ftypheic"sv, "a HEIC"},      known{4, "ftypmif1"sv, "a HEIF"},
      known{0, "\xFF\x0A"sv, "a JPEG XL"},   known{4, "JXL \r\n"sv, "a JPEG XL"},
      known{4, "jP  \r\n"sv, "a JPEG 2000"},
  };
  std::string_view name = "no JPEG, PNG or WebP";
  for (const auto& format : known_formats)
    if (holds(bytes, format.at, format.signature.size()) && bytes.substr(format.at).starts_with(format.signature))
      name = format.name;
  return unsupported("the file is " + std::string{name} + "; supported are JPEG, PNG and WebP");
}

picture_refusal too_large(std::string detail, std::string_view limit, std::uint64_t value) {
  return {ec::picture_too_large, std::move(detail), exceeded_limit{limit, value}};
}

} // namespace

inspection inspect(std::string_view bytes, std::uint32_t) {
  if (bytes.empty())
    return invalid("the image is empty");
  if (bytes.starts_with("\xFF\xD8\xFF"))
    return inspect_jpeg(bytes);
  if (bytes.starts_with("\x89PNG\r\n\x1A\n"))
    return inspect_png(bytes);
  if (bytes.size() >= 12 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP")
    return inspect_webp(bytes);
  return unknown_format(bytes);
}

std::optional<picture_refusal> check_limits(const picture_info& info, std::size_t size_in_bytes,
                                            const call_limits& limits) {
  constexpr std::uint64_t mib = 1024 * 1024;
  if (size_in_bytes > limits.file_size_mb * mib)
    return too_large("the file has " + std::to_string(size_in_bytes) + " bytes; at most " +
                         std::to_string(limits.file_size_mb) + " MiB are accepted",
                     "file_size_limit_mb", limits.file_size_mb);
  const auto size = "the image has " + size_text(info.width, info.height);
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
