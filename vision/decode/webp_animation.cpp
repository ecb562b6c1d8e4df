#include "vision/decode/webp_animation.hpp"

#include "vision/bytes.hpp"

#include <webp/decode.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

using namespace std::string_view_literals;

/// The container: https://developers.google.com/speed/webp/docs/riff_container.
namespace glyphgate::vision {

namespace {

constexpr std::string_view format_name = "WebP";

constexpr char damaged[] = "its data is damaged or cut short";

struct chunk {
  std::string_view type;
  std::string_view data;
};

/// Takes the next chunk off; nothing where none is whole.
std::optional<chunk> take_chunk(std::string_view& from) {
  if (!holds(from, 0, 8) || !holds(from, 8, le32(from, 4)))
    return std::nullopt;
  const std::size_t length = le32(from, 4);
  const chunk taken{from.substr(0, 4), from.substr(8, length)};
  from.remove_prefix(std::min(from.size(), 8 + length + length % 2));
  return taken;
}

std::uint32_t le24(std::string_view bytes, std::size_t at) {
  return std::uint32_t{le16(bytes, at)} | std::uint32_t{u8(bytes, at + 2)} << 16;
}

std::string le_text(std::uint32_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i)
    text += static_cast<char>(value >> 8 * i & 0xFF);
  return text;
}

void append_chunk(std::string& to, const chunk& added) {
  to += added.type;
  to += le_text(static_cast<std::uint32_t>(added.data.size()), 4);
  to += added.data;
  if (added.data.size() % 2 != 0)
    to += '\0';
}

struct frame {
  std::uint32_t left = 0, top = 0, width = 0, height = 0;
  /// A file of its own.
  std::string file;
};

std::optional<frame> frame_of(std::string_view data) {
  constexpr std::size_t head_bytes = 16;
  constexpr char has_alpha = 0x10;
  if (!holds(data, 0, head_bytes))
    return std::nullopt;
  frame found{2 * le24(data, 0), 2 * le24(data, 3), 1 + le24(data, 6), 1 + le24(data, 9), {}};
  std::optional<chunk> alpha;
  data.remove_prefix(head_bytes);
  while (const auto part = take_chunk(data)) {
    if (part->type == "ALPH"sv)
      alpha = part;
    if (part->type != "VP8 "sv && part->type != "VP8L"sv)
      continue;
    std::string chunks;
    if (alpha && part->type == "VP8 "sv) {
      const auto canvas = std::string{has_alpha, 0, 0, 0} + le_text(found.width - 1, 3) + le_text(found.height - 1, 3);
      append_chunk(chunks, {"VP8X"sv, canvas});
      append_chunk(chunks, *alpha);
    }
    append_chunk(chunks, *part);
    found.file = "RIFF" + le_text(static_cast<std::uint32_t>(4 + chunks.size()), 4) + "WEBP" + chunks;
    return found;
  }
  return std::nullopt;
}

std::optional<frame> first_frame_of(std::string_view bytes) {
  constexpr std::size_t riff_bytes = 12;
  if (!holds(bytes, 0, riff_bytes))
    return std::nullopt;
  bytes.remove_prefix(riff_bytes);
  while (const auto part = take_chunk(bytes))
    if (part->type == "ANMF"sv)
      return frame_of(part->data);
  return std::nullopt;
}

} // namespace

stored_picture first_webp_frame(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  const auto found = first_frame_of(bytes);
  if (!found)
    return undecodable(format_name, damaged);
  if (std::uint64_t{found->left} + found->width > width || std::uint64_t{found->top} + found->height > height)
    return undecodable(format_name, "its first picture does not lie within its canvas");
  const auto* file = reinterpret_cast<const std::uint8_t*>(found->file.data());
  int frame_width = 0, frame_height = 0;
  if (WebPGetInfo(file, found->file.size(), &frame_width, &frame_height) == 0)
    return undecodable(format_name, damaged);
  if (std::cmp_not_equal(frame_width, found->width) || std::cmp_not_equal(frame_height, found->height))
    return undecodable(format_name, other_size);
  auto canvas = make_raster(width, height, 4);
  const auto at = found->top * canvas.row_bytes() + std::size_t{found->left} * canvas.channels;
  if (WebPDecodeRGBAInto(file, found->file.size(), canvas.pixels.data() + at, canvas.pixels.size() - at,
                         static_cast<int>(canvas.row_bytes())) == nullptr)
    return undecodable(format_name, damaged);
  return canvas;
}

} // namespace glyphgate::vision
