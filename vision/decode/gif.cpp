#include "vision/decode/stored_picture.hpp"
#include "vision/decode/top_down_rows.hpp"

#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <new>
#include <span>
#include <utility>
#include <vector>

namespace glyphgate::vision {

namespace {

constexpr std::string_view format_name = "GIF";

constexpr char cut_short[] = "it is cut short or damaged before its first picture";

/// giflib's reader of a file in memory, up to its first frame.
class first_frame {
public:
  explicit first_frame(std::string_view bytes) : rest_{bytes} {
    int error = 0;
    gif_ = DGifOpen(
        this, [](GifFileType* gif, GifByteType* to, int count) { return of(gif).give(to, count); }, &error);
    if (gif_ == nullptr && error == D_GIF_ERR_NOT_ENOUGH_MEM)
      throw std::bad_alloc{};
  }
  ~first_frame() {
    if (gif_ != nullptr)
      DGifCloseFile(gif_, nullptr);
  }

  first_frame(const first_frame&) = delete;
  first_frame& operator=(const first_frame&) = delete;

  /// Reads up to the frame's pixels; else why there are none.
  const char* start(std::uint32_t width, std::uint32_t height) {
    if (gif_ == nullptr)
      return cut_short;
    if (std::cmp_not_equal(gif_->SWidth, width) || std::cmp_not_equal(gif_->SHeight, height))
      return other_size;
    GifRecordType record = UNDEFINED_RECORD_TYPE;
    while (DGifGetRecordType(gif_, &record) == GIF_OK) {
      if (record == TERMINATE_RECORD_TYPE)
        return "it has no picture";
      if (record == IMAGE_DESC_RECORD_TYPE)
        return start_frame();
      if (!read_extension())
        break;
    }
    return cut_short;
  }

  const GifImageDesc& frame() const { return gif_->Image; }

  /// The palette's index that is transparent, or −1.
  int transparent() const { return transparent_; }

  bool is_whole_canvas() const {
    return frame().Left == 0 && frame().Top == 0 && frame().Width == gif_->SWidth && frame().Height == gif_->SHeight;
  }

  /// The next row in the order of the file, the frame's width of palette indices.
  bool read(GifPixelType* row) { return DGifGetLine(gif_, row, frame().Width) == GIF_OK; }

  using colour = std::array<std::uint8_t, 3>;

  /// Black beyond the palette.
  const colour& colour_of(GifPixelType index) const { return colours_[index]; }

private:
  static first_frame& of(GifFileType* gif) { return *static_cast<first_frame*>(gif->UserData); }

  int give(GifByteType* to, int count) {
    const auto given = std::min(rest_.size(), static_cast<std::size_t>(count));
    std::copy_n(rest_.data(), given, to);
    rest_.remove_prefix(given);
    return static_cast<int>(given);
  }

  const char* start_frame() {
    if (DGifGetImageDesc(gif_) != GIF_OK)
      return cut_short;
    // Larger frames would be work that the header's size does not bound.
    if (frame().Width < 1 || frame().Height < 1 || frame().Left + frame().Width > gif_->SWidth ||
        frame().Top + frame().Height > gif_->SHeight)
      return "its first picture does not lie within its canvas";
    const auto* palette = frame().ColorMap != nullptr ? frame().ColorMap : gif_->SColorMap;
    if (palette == nullptr)
      return "it has no palette";
    for (std::size_t i = 0; i < std::min<std::size_t>(static_cast<std::size_t>(palette->ColorCount), 256); ++i)
      colours_[i] = {palette->Colors[i].Red, palette->Colors[i].Green, palette->Colors[i].Blue};
    return nullptr;
  }

  bool read_extension() {
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(gif_, &code, &block) != GIF_OK)
      return false;
    while (block != nullptr) {
      GraphicsControlBlock control;
      // A block's length is its first byte.
      if (code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
        transparent_ = control.TransparentColor;
      if (DGifGetExtensionNext(gif_, &block) != GIF_OK)
        return false;
    }
    return true;
  }

  std::string_view rest_;
  GifFileType* gif_ = nullptr;
  int transparent_ = NO_TRANSPARENT_COLOR;
  std::array<colour, 256> colours_{};
};

/// The rows of a frame without transparency that covers its canvas, stored in order.
class gif_rows final : public top_down_rows {
public:
  gif_rows(std::unique_ptr<first_frame> frame, std::uint32_t width, std::uint32_t height)
      : top_down_rows{format_name, width, height, 3},
        frame_{std::move(frame)},
        indices_(width) {}

private:
  bool read(std::uint32_t, std::uint8_t* row) override {
    if (!frame_->read(indices_.data()))
      return false;
    for (const auto index : indices_)
      row = std::ranges::copy(frame_->colour_of(index), row).out;
    return true;
  }

  std::unique_ptr<first_frame> frame_;
  std::vector<GifPixelType> indices_;
};

/// The frame on its canvas, invisible around it.
std::optional<raster> composed(first_frame& frame, std::uint32_t width, std::uint32_t height) {
  struct pass {
    int first, step;
  };
  constexpr std::array<pass, 1> in_order{{{0, 1}}};
  constexpr std::array<pass, 4> interlaced{{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};

  const bool has_alpha = frame.transparent() != NO_TRANSPARENT_COLOR || !frame.is_whole_canvas();
  auto canvas = make_raster(width, height, has_alpha ? 4 : 3);
  const auto& place = frame.frame();
  std::vector<GifPixelType> indices(static_cast<std::size_t>(place.Width));
  const std::span<const pass> passes = place.Interlace ? std::span<const pass>{interlaced} : in_order;
  for (const auto& [first, step] : passes)
    for (int y = first; y < place.Height; y += step) {
      if (!frame.read(indices.data()))
        return std::nullopt;
      auto* to = canvas.pixels.data() + static_cast<std::size_t>(place.Top + y) * canvas.row_bytes() +
                 static_cast<std::size_t>(place.Left) * canvas.channels;
      for (const auto index : indices) {
        to = std::ranges::copy(frame.colour_of(index), to).out;
        if (has_alpha)
          *to++ = index == frame.transparent() ? 0 : 255;
      }
    }
  return canvas;
}

} // namespace

stored_picture open_gif(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  auto frame = std::make_unique<first_frame>(bytes);
  if (const auto* reason = frame->start(width, height))
    return undecodable(format_name, reason);
  if (frame->is_whole_canvas() && frame->transparent() == NO_TRANSPARENT_COLOR && !frame->frame().Interlace)
    return std::make_unique<gif_rows>(std::move(frame), width, height);
  if (auto canvas = composed(*frame, width, height))
    return *std::move(canvas);
  return undecodable(format_name, "it is cut short or damaged");
}

} // namespace glyphgate::vision
