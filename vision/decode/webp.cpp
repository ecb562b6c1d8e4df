#include "vision/bytes.hpp"
#include "vision/decode/stored_picture.hpp"
#include "vision/decode/webp_animation.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <webp/decode.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>

namespace glyphgate::vision {

namespace {

constexpr std::string_view format_name = "WebP";

// About as many rows are decoded at a time. Lossless pictures are decoded again from the last multiple of 8, and fewer
// rows would make that felt.
constexpr std::size_t rows_at_a_time = 64;

std::string_view reason(VP8StatusCode status) {
  switch (status) {
  case VP8_STATUS_OUT_OF_MEMORY: throw std::bad_alloc{};
  case VP8_STATUS_NOT_ENOUGH_DATA:
  case VP8_STATUS_SUSPENDED: return "it is cut short";
  case VP8_STATUS_UNSUPPORTED_FEATURE: return "it uses an unsupported feature";
  default: return "its data is damaged";
  }
}

/// Memory for a whole picture, of which what nobody needs any more goes back to the system.
class canvas {
  static constexpr std::size_t worth_a_call = 1024 * 1024;

public:
  explicit canvas(std::size_t size) : size_{size}, bytes_{std::make_unique_for_overwrite<std::uint8_t[]>(size)} {}

  std::uint8_t* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }

  /// What lies before `offset` will be neither read nor written any more.
  void forget_before(std::size_t offset) {
    if (offset - forgotten_ < worth_a_call)
      return;
    static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    // The picture's pages begin somewhere within it.
    const auto start = reinterpret_cast<std::uintptr_t>(data());
    const auto first = (start + forgotten_ + page - 1) / page * page, end = (start + offset) / page * page;
    ::madvise(data() + (first - start), end - first, MADV_DONTNEED);
    forgotten_ = offset;
  }

private:
  std::size_t size_;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t forgotten_ = 0;
};

/// libwebp's incremental decoder. It writes to memory for the whole picture, from the top, and never goes back: rows
/// that were handed out are forgotten. The file is shown to it bit by bit, as it decodes whatever it can.
class webp_rows final : public row_reader {
public:
  webp_rows(std::string_view bytes, std::uint32_t width, std::uint32_t height, bool has_alpha)
      : bytes_{bytes},
        usual_step_{std::max<std::size_t>(1, bytes.size() * rows_at_a_time / height)},
        step_{usual_step_},
        width_{width},
        height_{height},
        stored_channels_{has_alpha ? 4U : 3U},
        canvas_{height * row_bytes()} {
    WebPInitDecBuffer(&output_);
    output_.colorspace = has_alpha ? MODE_RGBA : MODE_RGB;
    output_.is_external_memory = 1;
    output_.u.RGBA.rgba = canvas_.data();
    output_.u.RGBA.stride = static_cast<int>(row_bytes());
    output_.u.RGBA.size = canvas_.size();
    decoder_.reset(WebPINewDecoder(&output_));
    if (!decoder_)
      throw std::bad_alloc{};
  }

  std::uint32_t channels() const override { return 3; }

  std::optional<picture_refusal> next(std::uint8_t* row) override {
    while (!has_next())
      if (status_ != VP8_STATUS_SUSPENDED || shown_ == bytes_.size())
        return undecodable(format_name, reason(status_));
      else
        show_more();
    const auto* from = canvas_.data() + y_++ * row_bytes();
    if (stored_channels_ == 4)
      flatten_on_white(from, width_, stored_channels_, row);
    else
      std::copy_n(from, row_bytes(), row);
    return std::nullopt;
  }

private:
  struct deleter {
    void operator()(WebPIDecoder* decoder) const { WebPIDelete(decoder); }
  };

  std::size_t row_bytes() const { return std::size_t{width_} * stored_channels_; }

  /// Whether the next row is there; the last one is only when all is well.
  bool has_next() const { return y_ < ready_ && (y_ + 1 < height_ || status_ == VP8_STATUS_OK); }

  void show_more() {
    canvas_.forget_before(y_ * row_bytes());
    shown_ += std::min(step_, bytes_.size() - shown_);
    const auto before = ready_;
    status_ = WebPIUpdate(decoder_.get(), reinterpret_cast<const std::uint8_t*>(bytes_.data()), shown_);
    int ready = 0;
    if (WebPIDecGetRGB(decoder_.get(), &ready, nullptr, nullptr, nullptr) != nullptr)
      ready_ = static_cast<std::uint32_t>(ready);
    // What did not suffice is read again: larger steps bound how often, whatever share of the file its beginning is.
    step_ = ready_ > before ? usual_step_ : step_ + step_ / 2 + 1;
  }

  std::string_view bytes_;
  /// How much of them libwebp has been shown, how much more it is shown when rows came, and how much now.
  std::size_t shown_ = 0, usual_step_, step_;
  std::uint32_t width_, height_, stored_channels_;
  canvas canvas_;
  WebPDecBuffer output_;
  std::unique_ptr<WebPIDecoder, deleter> decoder_;
  VP8StatusCode status_ = VP8_STATUS_SUSPENDED;
  /// The next row, and how many libwebp has finished.
  std::uint32_t y_ = 0, ready_ = 0;
};

/// Whether the container tells of more bytes than there are. The incremental decoder does not miss what follows the
/// picture.
bool is_cut(std::string_view bytes) {
  return bytes.starts_with("RIFF") && holds(bytes, 4, 4) && le32(bytes, 4) > bytes.size() - 8;
}

} // namespace

stored_picture open_webp(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  WebPBitstreamFeatures features;
  const auto status = WebPGetFeatures(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), &features);
  if (status != VP8_STATUS_OK)
    return undecodable(format_name, reason(status));
  if (features.width != static_cast<int>(width) || features.height != static_cast<int>(height))
    return undecodable(format_name, other_size);
  if (is_cut(bytes))
    return undecodable(format_name, reason(VP8_STATUS_NOT_ENOUGH_DATA));
  if (features.has_animation != 0)
    return first_webp_frame(bytes, width, height);
  return std::make_unique<webp_rows>(bytes, width, height, features.has_alpha != 0);
}

} // namespace glyphgate::vision
