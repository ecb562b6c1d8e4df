#include "vision/bytes.hpp"
#include "vision/decode/stored_picture.hpp"
#include "vision/decode/top_down_rows.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

/// BMP, as Windows and OS/2 write it: https://learn.microsoft.com/windows/win32/gdi/bitmap-storage.
namespace glyphgate::vision {

namespace {

constexpr std::string_view format_name = "BMP";

constexpr std::size_t file_header_bytes = 14, core_header_bytes = 12, info_header_bytes = 40, v3_header_bytes = 56,
                      os2_header_bytes = 64, v4_header_bytes = 108;

constexpr std::uint32_t plain = 0, rle8 = 1, rle4 = 2, bitfields = 3, alpha_bitfields = 6;

/// One colour of a pixel of 16 or 32 bits.
class channel {
public:
  explicit channel(std::uint32_t mask = 0) : mask_{mask} {
    if (mask == 0)
      return;
    // What 8 bits cannot tell is shifted away.
    shift_ = std::countr_zero(mask) + std::max(0, static_cast<int>(std::bit_width(mask >> std::countr_zero(mask))) - 8);
    const auto highest = mask >> shift_;
    for (std::uint32_t value = 0; value <= highest; ++value)
      levels_[value] = static_cast<std::uint8_t>((value * 255 + highest / 2) / highest);
  }

  std::uint32_t mask() const { return mask_; }
  std::uint8_t of(std::uint32_t pixel) const { return levels_[(pixel & mask_) >> shift_]; }

private:
  std::uint32_t mask_;
  int shift_ = 0;
  std::array<std::uint8_t, 256> levels_{};
};

using colour = std::array<std::uint8_t, 3>;

/// What the headers tell.
struct layout {
  std::uint32_t width = 0, height = 0;
  bool top_down = false;
  unsigned bits = 0;
  std::uint32_t compression = plain;
  /// Red, green, blue, alpha; of 16 and 32 bits.
  std::array<channel, 4> channels;
  /// Of up to 8 bits: black where the file has none.
  std::vector<colour> palette;
  /// The pixels, as far as the file has them, and what a row takes.
  std::string_view pixels;
  std::uint64_t row_bytes = 0;

  bool is_grey() const {
    return !palette.empty() &&
           std::ranges::all_of(palette, [](const colour& c) { return c[0] == c[1] && c[1] == c[2]; });
  }
};

constexpr char cut_in_header[] = "it is cut short in its header", unknown_kind[] = "it is of a kind that is not known",
               damaged_header[] = "its header is damaged";

void read_palette(std::string_view bytes, std::size_t at, std::size_t entry_bytes, std::size_t count, layout& to) {
  to.palette.resize(std::size_t{1} << to.bits);
  for (std::size_t i = 0; i < std::min(count, to.palette.size()) && holds(bytes, at, 3); ++i, at += entry_bytes)
    to.palette[i] = {u8(bytes, at + 2), u8(bytes, at + 1), u8(bytes, at)};
}

void read_masks(std::string_view bytes, std::size_t header_bytes, layout& to) {
  constexpr std::size_t masks_at = file_header_bytes + info_header_bytes;
  std::array<std::uint32_t, 4> masks{};
  if (to.bits == 16)
    masks = {0x7C00, 0x03E0, 0x001F, 0};
  else
    masks = {0xFF0000, 0x00FF00, 0x0000FF, 0};
  const bool are_told = to.compression != plain;
  if (are_told)
    for (std::size_t i = 0; i < 3; ++i)
      masks[i] = le32(bytes, masks_at + 4 * i);
  if (to.compression == alpha_bitfields || header_bytes >= v4_header_bytes ||
      (are_told && header_bytes >= v3_header_bytes))
    masks[3] = le32(bytes, masks_at + 12);
  for (std::size_t i = 0; i < 4; ++i)
    to.channels[i] = channel{to.bits == 16 ? masks[i] & 0xFFFF : masks[i]};
}

/// Else why there is none.
const char* read_layout(std::string_view bytes, layout& to) {
  if (!holds(bytes, file_header_bytes, 4))
    return cut_in_header;
  const std::size_t header_bytes = le32(bytes, file_header_bytes);
  if (header_bytes != core_header_bytes && (header_bytes < info_header_bytes || header_bytes > 1024))
    return unknown_kind;
  if (!holds(bytes, file_header_bytes, header_bytes))
    return cut_in_header;
  const bool is_core = header_bytes == core_header_bytes;
  std::size_t colours = 0;
  if (is_core) {
    to.width = le16(bytes, 18);
    to.height = le16(bytes, 20);
    to.bits = le16(bytes, 24);
  } else {
    const auto width = std::bit_cast<std::int32_t>(le32(bytes, 18));
    const auto height = std::int64_t{std::bit_cast<std::int32_t>(le32(bytes, 22))};
    if (width < 0)
      return damaged_header;
    to.width = static_cast<std::uint32_t>(width);
    to.height = static_cast<std::uint32_t>(height < 0 ? -height : height);
    to.top_down = height < 0;
    to.bits = le16(bytes, 28);
    to.compression = le32(bytes, 30);
    colours = le32(bytes, 46);
  }
  const auto is_one_of = [](auto value, auto... these) { return ((value == these) || ...); };
  const bool has_masks = is_one_of(to.compression, bitfields, alpha_bitfields);
  if (to.compression == plain  ? !is_one_of(to.bits, 1U, 4U, 8U, 16U, 24U, 32U)
      : has_masks              ? !is_one_of(to.bits, 16U, 32U) || header_bytes == os2_header_bytes
      : to.compression == rle8 ? to.bits != 8 || to.top_down
                               : to.compression != rle4 || to.bits != 4 || to.top_down)
    return unknown_kind;

  // The masks lie behind the oldest header, and in the others.
  const std::size_t masks_bytes = !has_masks ? 0 : to.compression == alpha_bitfields ? 16 : 12;
  auto end = file_header_bytes + std::max(header_bytes, has_masks ? info_header_bytes + masks_bytes : 0);
  if (!holds(bytes, 0, end))
    return cut_in_header;
  if (is_one_of(to.bits, 16U, 32U))
    read_masks(bytes, header_bytes, to);
  if (to.bits <= 8)
    read_palette(bytes, end, is_core ? 3 : 4, colours == 0 ? std::size_t{1} << to.bits : colours, to);
  const std::size_t pixels_at = le32(bytes, 10);
  to.pixels = bytes.substr(std::min(pixels_at, bytes.size()));
  to.row_bytes = (std::uint64_t{to.width} * to.bits + 31) / 32 * 4;
  return nullptr;
}

/// A stored row as grey or RGB; with `channels` of 4, alpha too.
void unpack(const layout& of, const char* stored, std::uint32_t channels, std::uint8_t* to) {
  const auto* from = reinterpret_cast<const std::uint8_t*>(stored);
  const auto put = [&](const colour& c) { to = std::copy_n(c.begin(), std::min(channels, 3U), to); };
  if (of.bits <= 8) {
    const unsigned each = 8 / of.bits, mask = (1U << of.bits) - 1;
    for (std::uint32_t x = 0; x < of.width; ++x)
      put(of.palette[from[x / each] >> (8 - of.bits * (1 + x % each)) & mask]);
    return;
  }
  if (of.bits == 24) {
    for (std::uint32_t x = 0; x < of.width; ++x, from += 3)
      put({from[2], from[1], from[0]});
    return;
  }
  const std::size_t bytes = of.bits / 8;
  const std::string_view row{stored, bytes * of.width};
  for (std::uint32_t x = 0; x < of.width; ++x) {
    const std::uint32_t pixel = bytes == 2 ? le16(row, x * 2) : le32(row, std::size_t{x} * 4);
    for (std::uint32_t c = 0; c < channels; ++c)
      *to++ = of.channels[c].of(pixel);
  }
}

/// The rows of a file, or of its expanded run lengths.
class bmp_rows final : public row_reader {
public:
  /// `there` is how many of the rows, in the order of the file, are there.
  bmp_rows(layout of, std::vector<char> expanded, std::uint32_t there)
      : layout_{std::move(of)},
        expanded_{std::move(expanded)},
        channels_{layout_.is_grey() ? 1U : 3U},
        there_{there} {
    if (!expanded_.empty())
      layout_.pixels = {expanded_.data(), expanded_.size()};
  }

  std::uint32_t channels() const override { return channels_; }

  std::optional<picture_refusal> next(std::uint8_t* row) override {
    const auto stored = layout_.top_down ? y_ : layout_.height - 1 - y_;
    if (stored < there_)
      unpack(layout_, layout_.pixels.data() + stored * layout_.row_bytes, channels_, row);
    else
      fill_plain(row, std::size_t{layout_.width} * channels_);
    ++y_;
    return std::nullopt;
  }

  std::string warning() const override {
    if (there_ == layout_.height)
      return {};
    return missing_rows(layout_.top_down ? "last" : "first", layout_.height - there_, layout_.height);
  }

private:
  layout layout_;
  std::vector<char> expanded_;
  std::uint32_t channels_, there_;
  std::uint32_t y_ = 0;
};

/// Run lengths, expanded to a byte a pixel, from the bottom.
class run_lengths {
public:
  explicit run_lengths(const layout& of)
      : from_{of.pixels},
        is_nibbles_{of.bits == 4},
        width_{of.width},
        height_{of.height},
        indices_(std::size_t{of.width} * of.height) {}

  /// How many rows are there: all, where the file says that the picture ends.
  std::uint32_t expand() {
    constexpr unsigned end_of_line = 0, end_of_picture = 1, delta = 2;
    while (y_ < height_ && holds(from_, at_, 2)) {
      const unsigned count = u8(from_, at_), value = u8(from_, at_ + 1);
      at_ += 2;
      if (count > 0) {
        for (unsigned i = 0; i < count && x_ < width_; ++i)
          put(is_nibbles_ ? (i % 2 == 0 ? value >> 4 : value & 15) : value);
      } else if (value == end_of_line) {
        x_ = 0;
        ++y_;
      } else if (value == end_of_picture) {
        return height_;
      } else if (value == delta) {
        if (!holds(from_, at_, 2))
          break;
        x_ = std::min(width_, x_ + u8(from_, at_));
        y_ = std::min(height_, y_ + u8(from_, at_ + 1));
        at_ += 2;
      } else if (!literal(value)) {
        break;
      }
    }
    return y_ < height_ && x_ == width_ ? y_ + 1 : y_;
  }

  std::vector<char> take() { return std::move(indices_); }

private:
  void put(unsigned index) { indices_[std::size_t{y_} * width_ + x_++] = static_cast<char>(index); }

  /// Pixels as they are, filled up to whole words.
  bool literal(unsigned count) {
    const std::size_t bytes = is_nibbles_ ? (count + 1) / 2 : count;
    if (!holds(from_, at_, bytes))
      return false;
    for (unsigned i = 0; i < count && x_ < width_; ++i)
      put(is_nibbles_ ? u8(from_, at_ + i / 2) >> (i % 2 == 0 ? 4 : 0) & 15U : u8(from_, at_ + i));
    at_ += bytes + bytes % 2;
    return true;
  }

  std::string_view from_;
  std::size_t at_ = 0;
  bool is_nibbles_;
  std::uint32_t width_, height_;
  std::uint32_t x_ = 0, y_ = 0;
  std::vector<char> indices_;
};

/// Whether a pixel of the first `rows` is anything but invisible: many writers leave the alpha that they declare at
/// zero.
bool has_alpha(const layout& of, std::uint64_t rows) {
  const auto& alpha = of.channels[3];
  const std::size_t bytes = of.bits / 8;
  for (std::uint64_t y = 0; alpha.mask() != 0 && y < rows; ++y)
    for (std::uint32_t x = 0; x < of.width; ++x) {
      const auto at = static_cast<std::size_t>(y * of.row_bytes + x * bytes);
      const std::uint32_t pixel = bytes == 2 ? le16(of.pixels, at) : le32(of.pixels, at);
      if ((pixel & alpha.mask()) != 0)
        return true;
    }
  return false;
}

raster with_alpha(const layout& of) {
  auto picture = make_raster(of.width, of.height, 4);
  for (std::uint32_t y = 0; y < of.height; ++y)
    unpack(of, of.pixels.data() + (of.top_down ? y : of.height - 1 - y) * of.row_bytes, 4,
           picture.pixels.data() + y * picture.row_bytes());
  return picture;
}

} // namespace

stored_picture open_bmp(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  layout found;
  if (const auto* reason = read_layout(bytes, found))
    return undecodable(format_name, reason);
  if (found.width != width || found.height != height)
    return undecodable(format_name, other_size);

  std::vector<char> expanded;
  std::uint64_t there = std::min<std::uint64_t>(height, found.pixels.size() / found.row_bytes);
  if (found.compression == rle8 || found.compression == rle4) {
    run_lengths runs{found};
    there = runs.expand();
    expanded = runs.take();
    found.bits = 8;
    found.row_bytes = width;
    found.palette.resize(256);
  }
  const bool is_transparent = has_alpha(found, there);
  if (is_transparent ? there < height : !are_enough_rows(there, height))
    return undecodable(format_name, "it is cut short: " + std::to_string(there) + " of " + std::to_string(height) +
                                        " rows are there");
  if (is_transparent)
    return with_alpha(found);
  return std::make_unique<bmp_rows>(std::move(found), std::move(expanded), static_cast<std::uint32_t>(there));
}

} // namespace glyphgate::vision
