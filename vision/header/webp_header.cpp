#include "vision/bytes.hpp"
#include "vision/header/formats.hpp"
#include "vision/header/orientation.hpp"

#include <limits>
#include <optional>

using namespace std::string_view_literals;

namespace glyphgate::vision::header {

namespace {

constexpr std::size_t riff_header_size = 12, chunk_header_size = 8;

std::uint32_t le24(std::string_view bytes, std::size_t at) {
  return std::uint32_t{le16(bytes, at)} | std::uint32_t{u8(bytes, at + 2)} << 16;
}

struct webp_size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  bool operator==(const webp_size&) const = default;
};

struct chunk {
  std::string_view type;
  std::string_view data;
};

/// The chunk at `at`, which moves on behind it. Nothing where it does not fit.
std::optional<chunk> take_chunk(std::string_view bytes, std::size_t& at) {
  if (!holds(bytes, at, chunk_header_size))
    return std::nullopt;
  const std::size_t length = le32(bytes, at + 4);
  if (!holds(bytes, at + chunk_header_size, length))
    return std::nullopt;
  const chunk taken{bytes.substr(at, 4), bytes.substr(at + chunk_header_size, length)};
  at += chunk_header_size + length + length % 2;
  return taken;
}

/// The compressed picture of a file or of a frame.
struct bitstream {
  webp_size size;
  bool lossless = false;
  bool alpha = false;
};

/// RFC 6386, 9.1: a key frame that is shown, of the versions 0 to 3.
std::optional<bitstream> read_vp8(std::string_view data) {
  constexpr std::size_t header_size = 10;
  if (data.size() < header_size || data.substr(3, 3) != "\x9D\x01\x2A"sv)
    return std::nullopt;
  const auto tag = le24(data, 0);
  const bool is_key_frame = (tag & 1) == 0, is_shown = (tag >> 4 & 1) == 1;
  const std::size_t first_partition = tag >> 5;
  if (!is_key_frame || (tag >> 1 & 7) > 3 || !is_shown || first_partition >= data.size())
    return std::nullopt;
  return bitstream{{le16(data, 6) & 0x3FFFU, le16(data, 8) & 0x3FFFU}, false, false};
}

/// The specification for WebP lossless, 3: 14 bits each, a bit for alpha, three for the version 0.
std::optional<bitstream> read_vp8l(std::string_view data) {
  constexpr std::size_t header_size = 5;
  if (data.size() < header_size || u8(data, 0) != 0x2F)
    return std::nullopt;
  const auto bits = le32(data, 1);
  if (bits >> 29 != 0)
    return std::nullopt;
  return bitstream{{(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1}, true, (bits >> 28 & 1) == 1};
}

/// What the chunks tell of the picture that lies in them.
struct webp_contents {
  std::string_view picture;
  bool is_lossless = false;
  bool has_alpha_chunk = false;

  void add(const chunk& c) {
    if (c.type == "ALPH")
      has_alpha_chunk = true;
    if ((c.type != "VP8 " && c.type != "VP8L") || !picture.empty())
      return;
    picture = c.data;
    is_lossless = c.type == "VP8L";
  }

  std::optional<bitstream> read() const {
    auto read = is_lossless ? read_vp8l(picture) : read_vp8(picture);
    if (!read || read->size.width == 0 || read->size.height == 0)
      return std::nullopt;
    read->alpha = read->alpha || has_alpha_chunk;
    return read;
  }
};

/// The file's own header, VP8X, where it has one.
struct extended_header {
  webp_size canvas;
  bool alpha = false;
  bool animated = false;
};

constexpr std::size_t extended_size = 10;

extended_header read_extended(std::string_view data) {
  constexpr std::uint8_t alpha = 0x10, animation = 0x02;
  const auto flags = u8(data, 0);
  return {{le24(data, 4) + 1, le24(data, 7) + 1}, (flags & alpha) != 0, (flags & animation) != 0};
}

/// Whether the animation's first frame is a picture that lies on the canvas.
bool is_sound_frame(std::string_view frame, const webp_size& canvas) {
  constexpr std::size_t frame_header_size = 16;
  constexpr int max_frame_parts = 16;
  if (frame.size() < frame_header_size)
    return false;
  const std::uint32_t left = 2 * le24(frame, 0), top = 2 * le24(frame, 3);
  const webp_size size{le24(frame, 6) + 1, le24(frame, 9) + 1};
  if (left + size.width > canvas.width || top + size.height > canvas.height)
    return false;
  webp_contents contents;
  std::size_t at = frame_header_size;
  for (int part = 0; part < max_frame_parts; ++part) {
    const auto next = take_chunk(frame, at);
    if (!next)
      break;
    contents.add(*next);
  }
  const auto read = contents.read();
  return read && read->size == size;
}

} // namespace

bool is_webp(std::string_view bytes) {
  return bytes.size() >= riff_header_size && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP";
}

inspection read_webp(std::string_view bytes) {
  const std::size_t size = std::size_t{le32(bytes, 4)} + 8;
  if (size > bytes.size())
    return invalid("the WebP is cut short");
  const auto riff = bytes.substr(0, size);

  told_orientation orientation;
  std::optional<extended_header> extended;
  webp_contents contents;
  std::optional<std::string_view> frame;
  std::size_t at = riff_header_size;
  for (int part = 0;; ++part) {
    const auto next = take_chunk(riff, at);
    if (!next)
      break;
    if (part == max_header_parts)
      return invalid("the WebP has too many chunks");
    const auto& [type, data] = *next;
    // Without a header of its own, the file is the picture and nothing before it.
    if (part == 0 || extended)
      contents.add(*next);
    if (type == "VP8X" && part == 0) {
      if (data.size() != extended_size)
        return invalid("the WebP's header is damaged");
      extended = read_extended(data);
    } else if (type == "ANMF" && !frame) {
      frame = data;
    } else if (type == "EXIF") {
      orientation.add_exif(data.starts_with(exif_prefix) ? data.substr(exif_prefix.size()) : data);
    } else if (type == "XMP ") {
      orientation.add_xmp(data);
    }
  }

  if (extended && extended->animated) {
    const auto& canvas = extended->canvas;
    // The specification's bound, which libwebp checks.
    if (std::uint64_t{canvas.width} * canvas.height > std::numeric_limits<std::uint32_t>::max())
      return invalid("the WebP declares a size of " + size_text(canvas.width, canvas.height));
    if (!frame)
      return invalid("the WebP has no image data");
    if (!is_sound_frame(*frame, canvas))
      return invalid("the WebP's first frame is damaged");
    picture_shape shape{picture_format::webp, canvas.width, canvas.height, orientation.value()};
    shape.alpha = extended->alpha;
    shape.how = unfolding::canvas;
    shape.held = std::uint64_t{canvas.width} * canvas.height;
    return header_of(shape);
  }

  if (contents.picture.empty())
    return invalid("the WebP has no image data");
  const auto picture = contents.read();
  if (!picture || (extended && extended->canvas != picture->size))
    return invalid("the WebP's header is damaged");
  picture_shape shape{picture_format::webp, picture->size.width, picture->size.height, orientation.value()};
  shape.alpha = picture->alpha || (extended && extended->alpha);
  if (picture->lossless) {
    shape.how = unfolding::lossless;
    shape.held = std::uint64_t{shape.width} * shape.height;
  }
  return header_of(shape);
}

} // namespace glyphgate::vision::header
