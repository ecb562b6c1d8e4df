#include "vision/decode/jpeg2000_codestream.hpp"
#include "vision/decode/stored_picture.hpp"

#include <openjpeg.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

namespace glyphgate::vision {

namespace {

constexpr std::string_view format_name = "JPEG 2000";

constexpr char damaged[] = "its data is damaged or cut short", unsupported[] = "it uses an unsupported feature";

// Colours, alpha, and what else there may be: each takes as much memory as a colour.
constexpr OPJ_UINT32 max_components = 5;
constexpr OPJ_UINT32 max_precision = 16;

struct codec_deleter {
  void operator()(opj_codec_t* codec) const { opj_destroy_codec(codec); }
};
struct stream_deleter {
  void operator()(opj_stream_t* stream) const { opj_stream_destroy(stream); }
};
struct image_deleter {
  void operator()(opj_image_t* image) const { opj_image_destroy(image); }
};
using codec_ptr = std::unique_ptr<opj_codec_t, codec_deleter>;
using stream_ptr = std::unique_ptr<opj_stream_t, stream_deleter>;
using image_ptr = std::unique_ptr<opj_image_t, image_deleter>;

/// A file in memory, as openjpeg reads it.
struct source {
  std::string_view bytes;
  std::size_t at = 0;

  static source& of(void* data) { return *static_cast<source*>(data); }

  static OPJ_SIZE_T read(void* to, OPJ_SIZE_T count, void* data) {
    auto& self = of(data);
    const auto given = std::min<std::size_t>(count, self.bytes.size() - self.at);
    if (given == 0)
      return static_cast<OPJ_SIZE_T>(-1);
    std::memcpy(to, self.bytes.data() + self.at, given);
    self.at += given;
    return given;
  }

  static OPJ_OFF_T skip(OPJ_OFF_T count, void* data) {
    auto& self = of(data);
    if (count < 0 || std::cmp_greater(count, self.bytes.size() - self.at))
      return -1;
    self.at += static_cast<std::size_t>(count);
    return count;
  }

  static OPJ_BOOL seek(OPJ_OFF_T at, void* data) {
    auto& self = of(data);
    if (at < 0 || std::cmp_greater(at, self.bytes.size()))
      return OPJ_FALSE;
    self.at = static_cast<std::size_t>(at);
    return OPJ_TRUE;
  }
};

stream_ptr stream_over(source& from) {
  constexpr OPJ_SIZE_T buffer_bytes = 64 * 1024;
  stream_ptr stream{opj_stream_create(buffer_bytes, OPJ_TRUE)};
  if (!stream)
    throw std::bad_alloc{};
  opj_stream_set_user_data(stream.get(), &from, nullptr);
  opj_stream_set_user_data_length(stream.get(), from.bytes.size());
  opj_stream_set_read_function(stream.get(), source::read);
  opj_stream_set_skip_function(stream.get(), source::skip);
  opj_stream_set_seek_function(stream.get(), source::seek);
  return stream;
}

/// One component of a decoded image, seen at the image's size.
class plane {
public:
  plane(const opj_image_t& image, std::size_t index)
      : component_{image.comps[index]},
        x0_{image.x0},
        y0_{image.y0},
        from_zero_{component_.sgnd != 0 ? 1 << (component_.prec - 1) : 0},
        highest_{static_cast<OPJ_INT32>((1U << component_.prec) - 1)} {}

  std::uint8_t at(std::uint32_t x, std::uint32_t y) const {
    const auto column = place(x0_ + x, component_.dx, component_.x0, component_.w);
    const auto row = place(y0_ + y, component_.dy, component_.y0, component_.h);
    const auto sample = component_.data[row * component_.w + column];
    const auto value = std::clamp(sample, -from_zero_, highest_ - from_zero_) + from_zero_;
    if (component_.prec > 8)
      return static_cast<std::uint8_t>(value >> (component_.prec - 8));
    return static_cast<std::uint8_t>((value * 255 + highest_ / 2) / highest_);
  }

private:
  /// Where the sample lies that stands for the grid's place.
  static std::size_t place(std::uint32_t grid, OPJ_UINT32 step, OPJ_UINT32 first, OPJ_UINT32 count) {
    const auto index = grid / step;
    return std::min(index < first ? 0 : index - first, count - 1);
  }

  const opj_image_comp_t& component_;
  OPJ_UINT32 x0_, y0_;
  OPJ_INT32 from_zero_, highest_;
};

/// Y, Cb, Cr of 8 bits, full range, as ITU-R BT.601 has them.
std::array<std::uint8_t, 3> rgb_of_ycc(int y, int cb, int cr) {
  const auto level = [](double value) { return static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0)); };
  return {level(y + 1.402 * (cr - 128)), level(y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128)),
          level(y + 1.772 * (cb - 128))};
}

enum class colours : std::uint8_t { grey, rgb, ycc, cmyk };

colours colours_of(const opj_image_t& image, std::size_t count) {
  if (count < 3)
    return colours::grey;
  if (image.color_space == OPJ_CLRSPC_SYCC || image.color_space == OPJ_CLRSPC_EYCC)
    return colours::ycc;
  if (image.color_space == OPJ_CLRSPC_CMYK && count >= 4)
    return colours::cmyk;
  // Nobody samples green and blue less often than red.
  const auto &first = image.comps[0], &second = image.comps[1];
  return second.dx > first.dx || second.dy > first.dy ? colours::ycc : colours::rgb;
}

raster picture_of(const opj_image_t& image, std::uint32_t width, std::uint32_t height) {
  std::vector<plane> planes, alphas;
  for (OPJ_UINT32 i = 0; i < image.numcomps; ++i)
    (image.comps[i].alpha != 0 ? alphas : planes).emplace_back(image, i);
  const auto kind = colours_of(image, planes.size());
  const std::uint32_t channels = (kind == colours::grey ? 1U : 3U) + (alphas.empty() ? 0U : 1U);
  auto picture = make_raster(width, height, channels);
  auto* to = picture.pixels.data();
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x) {
      switch (kind) {
      case colours::grey: *to++ = planes[0].at(x, y); break;
      case colours::rgb:
        for (std::size_t c = 0; c < 3; ++c)
          *to++ = planes[c].at(x, y);
        break;
      case colours::ycc:
        to = std::ranges::copy(rgb_of_ycc(planes[0].at(x, y), planes[1].at(x, y), planes[2].at(x, y)), to).out;
        break;
      case colours::cmyk:
        for (std::size_t c = 0; c < 3; ++c)
          *to++ = static_cast<std::uint8_t>(((255U - planes[c].at(x, y)) * (255U - planes[3].at(x, y)) + 127) / 255);
      }
      if (!alphas.empty())
        *to++ = alphas[0].at(x, y);
    }
  return picture;
}

/// Why the components cannot be shown.
const char* fault(const opj_image_t& image) {
  if (image.numcomps < 1 || image.numcomps > max_components)
    return unsupported;
  std::size_t colour_count = 0;
  for (OPJ_UINT32 i = 0; i < image.numcomps; ++i) {
    const auto& component = image.comps[i];
    if (component.prec < 1 || component.prec > max_precision || component.dx < 1 || component.dy < 1)
      return unsupported;
    if (component.w < 1 || component.h < 1)
      return damaged;
    colour_count += component.alpha == 0 ? 1 : 0;
  }
  return colour_count == 0 ? unsupported : nullptr;
}

} // namespace

stored_picture open_jpeg2000(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  const codec_ptr codec{opj_create_decompress(is_jp2(bytes) ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K)};
  if (!codec)
    throw std::bad_alloc{};
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  source from{bytes};
  const auto stream = stream_over(from);
  opj_image_t* read = nullptr;
  // openjpeg says nothing unless it is given somewhere to say it.
  const bool is_read = opj_setup_decoder(codec.get(), &parameters) != OPJ_FALSE &&
                       opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE) != OPJ_FALSE &&
                       opj_read_header(stream.get(), codec.get(), &read) != OPJ_FALSE;
  const image_ptr image{read};
  if (!is_read || !image)
    return undecodable(format_name, "its header is damaged or cut short");
  if (image->x1 - image->x0 != width || image->y1 - image->y0 != height)
    return undecodable(format_name, other_size);
  if (const auto* reason = fault(*image))
    return undecodable(format_name, reason);
  if (const auto* reason = jpeg2000_excess(bytes, width, height))
    return undecodable(format_name, reason);
  if (opj_decode(codec.get(), stream.get(), image.get()) == OPJ_FALSE ||
      opj_end_decompress(codec.get(), stream.get()) == OPJ_FALSE)
    return undecodable(format_name, damaged);
  // A palette has become components by now.
  if (const auto* reason = fault(*image))
    return undecodable(format_name, reason);
  for (OPJ_UINT32 i = 0; i < image->numcomps; ++i)
    if (image->comps[i].data == nullptr)
      return undecodable(format_name, damaged);
  return picture_of(*image, width, height);
}

} // namespace glyphgate::vision
