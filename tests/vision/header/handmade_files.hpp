#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Files made byte by byte, for the tests of the headers: their headers are whole, their pictures are not.
namespace glyphgate::vision::test {

/// A GIF of one frame.
struct gif_shape {
  std::uint32_t width = 0, height = 0;
  std::uint32_t left = 0, top = 0, frame_width = 0, frame_height = 0;
};
std::string gif_of(const gif_shape& shape, std::string_view before_frame = "");

/// A BMP: its file header, a header of `header_size` bytes and 64 bytes of pixels.
struct bmp_shape {
  std::uint32_t header_size = 40;
  /// Of 32 bits, or of 16 with `header_size` 12.
  std::int32_t width = 61, height = 37;
  std::uint32_t bits = 24;
  std::uint32_t compression = 0;
};
std::string bmp_of(const bmp_shape& shape);

/// A field of a TIFF whose only value stands in it.
struct tiff_field {
  std::uint16_t tag = 0;
  /// 3 SHORT, 4 LONG, 16 LONG8.
  std::uint16_t type = 3;
  std::uint64_t value = 0;
  std::uint64_t count = 1;
};
using tiff_fields = std::vector<tiff_field>;

struct tiff_form {
  bool little = true;
  bool big = false;
  /// Where the chain goes on after the last directory.
  std::uint64_t end = 0;
};

/// The directories, one after the other behind the header.
std::string tiff_of(const std::vector<tiff_fields>& directories, const tiff_form& form = {});

/// Where the first directory of `tiff_of` is.
constexpr std::uint64_t first_tiff_directory = 8;

/// The fields of a usual picture: 8 bits, RGB, not compressed.
tiff_fields usual_tiff(std::uint32_t width, std::uint32_t height, const tiff_fields& more = {});

/// The SOC and SIZ markers of a JPEG 2000; `component` stands for each of them: the depth less one, and the steps.
struct codestream_shape {
  std::uint32_t right = 61, bottom = 37, left = 0, top = 0;
  std::uint32_t tile_width = 61, tile_height = 37, tile_left = 0, tile_top = 0;
  std::uint32_t components = 3;
  std::string component{7, 1, 1};
};
std::string codestream_of(const codestream_shape& shape);

/// A box of the ISO base media file format.
std::string box_of(std::string_view type, std::string_view content);
/// With a size of 64 bits.
std::string long_box_of(std::string_view type, std::string_view content);

/// A JP2 with `header` in the box jp2h.
std::string jp2_of(std::string_view codestream, std::string_view header = "");

/// A HEIF whose primary item, 1, has the type and the properties. `associated` are their numbers, in their order; empty
/// for all.
struct heif_shape {
  std::string brand = "heic";
  std::string item_type = "hvc1";
  std::vector<std::string> properties;
  std::string associated{};
  /// Further entries of iinf.
  std::string more_items{};
};
std::string heif_of(const heif_shape& shape);
std::string heif_item(std::uint32_t id, std::string_view type);

std::string ispe(std::uint32_t width, std::uint32_t height);
std::string irot(std::uint8_t quarters);
/// Eight numbers: width, height, offset across and down, each a fraction.
std::string clap(const std::vector<std::uint32_t>& numbers);

} // namespace glyphgate::vision::test
