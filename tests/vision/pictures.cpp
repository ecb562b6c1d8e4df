#include "pictures.hpp"

#include "vision/picture_header.hpp"

#include <boost/test/unit_test.hpp>
#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

namespace glyphgate::vision::test {

raster gradient(std::uint32_t width, std::uint32_t height, std::uint32_t channels) {
  auto picture = make_raster(width, height, channels);
  auto at = picture.pixels.begin();
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x)
      for (std::uint32_t c = 0; c < channels; ++c) {
        const auto across = 200 * x / width, down = 55 * y / height;
        *at++ = static_cast<std::uint8_t>(c % 2 == 0 ? across + down : 255 - across - down);
      }
  return picture;
}

raster noise(std::uint32_t width, std::uint32_t height, std::uint32_t channels) {
  auto picture = make_raster(width, height, channels);
  // Marsaglia's xorshift, eight bytes a step.
  std::uint64_t state = 88172645463325252;
  for (std::size_t i = 0; i < picture.pixels.size(); i += sizeof state) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    std::memcpy(picture.pixels.data() + i, &state, std::min(sizeof state, picture.pixels.size() - i));
  }
  return picture;
}

raster drawn_text(std::string_view text, std::uint32_t scale) {
  using glyph = std::array<std::string_view, 7>;
  static const std::map<char, glyph> glyphs{
      {' ', {"     ", "     ", "     ", "     ", "     ", "     ", "     "}},
      {'D', {"#### ", "#   #", "#   #", "#   #", "#   #", "#   #", "#### "}},
      {'E', {"#####", "#    ", "#    ", "#### ", "#    ", "#    ", "#####"}},
      {'H', {"#   #", "#   #", "#   #", "#####", "#   #", "#   #", "#   #"}},
      {'L', {"#    ", "#    ", "#    ", "#    ", "#    ", "#    ", "#####"}},
      {'O', {" ### ", "#   #", "#   #", "#   #", "#   #", "#   #", " ### "}},
      {'R', {"#### ", "#   #", "#   #", "#### ", "# #  ", "#  # ", "#   #"}},
      {'W', {"#   #", "#   #", "#   #", "# # #", "# # #", "## ##", "#   #"}},
  };
  std::vector<std::string_view> lines;
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    longest = std::max(longest, lines.back().size());
    begin = end + 1;
  }
  auto picture = make_raster(static_cast<std::uint32_t>(longest + 2) * 6 * scale,
                             static_cast<std::uint32_t>(lines.size() + 2) * 12 * scale, 3);
  std::ranges::fill(picture.pixels, std::uint8_t{255});
  for (std::size_t l = 0; l < lines.size(); ++l)
    for (std::size_t c = 0; c < lines[l].size(); ++c)
      for (std::size_t y = 0; y < 7 * scale; ++y)
        for (std::size_t x = 0; x < 5 * scale; ++x)
          if (glyphs.at(lines[l][c])[y / scale][x / scale] == '#') {
            const auto row = (1 + l) * 12 * scale + y, column = (1 + c) * 6 * scale + x;
            std::fill_n(picture.pixels.begin() + static_cast<std::ptrdiff_t>(row * picture.row_bytes() + column * 3), 3,
                        std::uint8_t{0});
          }
  return picture;
}

std::string jpeg_of(const raster& picture, const jpeg_options& options) {
  jpeg_compress_struct compressor;
  jpeg_error_mgr errors;
  compressor.err = jpeg_std_error(&errors);
  jpeg_create_compress(&compressor);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&compressor, &data, &size);
  compressor.image_width = picture.width;
  compressor.image_height = picture.height;
  compressor.input_components = static_cast<int>(picture.channels);
  compressor.in_color_space = picture.channels == 1 ? JCS_GRAYSCALE : picture.channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&compressor);
  jpeg_set_quality(&compressor, options.quality, TRUE);
  if (options.ycck)
    jpeg_set_colorspace(&compressor, JCS_YCCK);
  if (options.rgb)
    jpeg_set_colorspace(&compressor, JCS_RGB);
  if (options.across > 0) {
    compressor.comp_info[0].h_samp_factor = options.across;
    compressor.comp_info[0].v_samp_factor = options.down;
  }
  compressor.optimize_coding = options.optimised;
  compressor.restart_in_rows = options.restart_rows;
  static constexpr std::array<jpeg_scan_info, 3> separate_scans{
      {{1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}}};
  if (options.separate_scans) {
    compressor.scan_info = separate_scans.data();
    compressor.num_scans = static_cast<int>(separate_scans.size());
  }
  compressor.write_Adobe_marker = picture.channels == 4 && options.adobe;
  compressor.arith_code = options.arithmetic;
  if (options.progressive)
    jpeg_simple_progression(&compressor);
  jpeg_start_compress(&compressor, TRUE);
  while (compressor.next_scanline < compressor.image_height) {
    auto* row = const_cast<unsigned char*>(picture.pixels.data()) + compressor.next_scanline * picture.row_bytes();
    jpeg_write_scanlines(&compressor, &row, 1);
  }
  jpeg_finish_compress(&compressor);
  jpeg_destroy_compress(&compressor);
  std::string file{reinterpret_cast<const char*>(data), size};
  std::free(data);
  return file;
}

namespace {

/// Writes a PNG: `setup` sets the header, `rows` follow.
template <class Setup>
std::string write_png(std::vector<std::vector<png_byte>> rows, Setup setup) {
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &file,
      [](png_structp p, png_bytep data, std::size_t size) {
        static_cast<std::string*>(png_get_io_ptr(p))->append(reinterpret_cast<const char*>(data), size);
      },
      [](png_structp) {});
  setup(png, info);
  png_write_info(png, info);
  std::vector<png_bytep> pointers;
  for (auto& row : rows)
    pointers.push_back(row.data());
  png_write_image(png, pointers.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

} // namespace

std::string png_of(const raster& picture, const png_options& options) {
  std::vector<std::vector<png_byte>> rows(picture.height);
  for (std::size_t y = 0; y < picture.height; ++y)
    for (std::size_t i = 0; i < picture.row_bytes(); ++i)
      rows[y].insert(rows[y].end(), options.deep ? 2 : 1, picture.pixels[y * picture.row_bytes() + i]);
  static constexpr std::array colour_types{PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                           PNG_COLOR_TYPE_RGB_ALPHA};
  return write_png(std::move(rows), [&](png_structp png, png_infop info) {
    png_set_IHDR(png, info, picture.width, picture.height, options.deep ? 16 : 8, colour_types.at(picture.channels - 1),
                 options.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
  });
}

std::string palette_png(std::uint32_t width, std::uint32_t height) {
  std::vector<std::vector<png_byte>> rows(height, std::vector<png_byte>((width + 7) / 8));
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x)
      if ((x + y) % 2 == 1)
        rows[y][x / 8] = static_cast<png_byte>(rows[y][x / 8] | 0x80 >> x % 8);
  return write_png(std::move(rows), [&](png_structp png, png_infop info) {
    static constexpr std::array<png_color, 2> palette{{{255, 0, 0}, {0, 0, 0}}};
    static constexpr std::array<png_byte, 2> alpha{255, 128};
    png_set_IHDR(png, info, width, height, 1, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_PLTE(png, info, palette.data(), 2);
    png_set_tRNS(png, info, alpha.data(), 2, nullptr);
  });
}

std::string webp_of(const raster& picture, bool lossless) {
  const auto width = static_cast<int>(picture.width), height = static_cast<int>(picture.height);
  const auto stride = static_cast<int>(picture.row_bytes());
  const auto* pixels = picture.pixels.data();
  std::uint8_t* data = nullptr;
  std::size_t size = 0;
  if (picture.channels == 4)
    size = lossless ? WebPEncodeLosslessRGBA(pixels, width, height, stride, &data)
                    : WebPEncodeRGBA(pixels, width, height, stride, 95, &data);
  else
    size = lossless ? WebPEncodeLosslessRGB(pixels, width, height, stride, &data)
                    : WebPEncodeRGB(pixels, width, height, stride, 95, &data);
  std::string file{reinterpret_cast<const char*>(data), size};
  WebPFree(data);
  return file;
}

std::string be16_text(std::uint32_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string be32_text(std::uint32_t value) {
  return be16_text(value >> 16) + be16_text(value);
}

std::string le32_text(std::uint32_t value) {
  auto text = be32_text(value);
  std::ranges::reverse(text);
  return text;
}

std::string exif_block(std::uint16_t orientation, bool little_endian) {
  using namespace std::string_literals;
  // Two entries, ImageWidth and Orientation, each: tag, type SHORT, count 1, value.
  if (little_endian)
    return "II*\0\x08\0\0\0\x02\0"s + "\0\x01\x03\0\x01\0\0\0\x07\0\0\0"s + "\x12\x01\x03\0\x01\0\0\0"s +
           static_cast<char>(orientation) + "\0\0\0"s + "\0\0\0\0"s;
  return "MM\0*\0\0\0\x08\0\x02"s + "\x01\0\0\x03\0\0\0\x01\0\x07\0\0"s + "\x01\x12\0\x03\0\0\0\x01"s +
         be16_text(orientation) + "\0\0"s + "\0\0\0\0"s;
}

std::string jpeg_with_exif(std::string jpeg, std::string_view exif) {
  using namespace std::string_literals;
  const auto payload = "Exif\0\0"s + std::string{exif};
  return jpeg.insert(2, "\xFF\xE1" + be16_text(static_cast<std::uint32_t>(payload.size()) + 2) + payload);
}

std::string png_chunk(std::string_view type, std::string_view data) {
  const auto body = std::string{type} + std::string{data};
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return be32_text(static_cast<std::uint32_t>(data.size())) + body + be32_text(static_cast<std::uint32_t>(crc));
}

std::string png_with_exif(std::string png, std::string_view exif, bool after_data) {
  constexpr std::size_t signature_and_header = 8 + 25, end_chunk = 12;
  return png.insert(after_data ? png.size() - end_chunk : signature_and_header, png_chunk("eXIf", exif));
}

std::string webp_chunk(std::string_view type, std::string_view data) {
  auto chunk = std::string{type} + le32_text(static_cast<std::uint32_t>(data.size())) + std::string{data};
  if (data.size() % 2 == 1)
    chunk += '\0';
  return chunk;
}

std::string webp_file(std::string_view chunks) {
  return "RIFF" + le32_text(static_cast<std::uint32_t>(chunks.size()) + 4) + "WEBP" + std::string{chunks};
}

std::string webp_with_exif(const std::string& webp, std::string_view exif, std::uint32_t width, std::uint32_t height) {
  constexpr std::uint32_t exif_flag = 0x08;
  const auto header = le32_text(exif_flag) + le32_text(width - 1).substr(0, 3) + le32_text(height - 1).substr(0, 3);
  return webp_file(webp_chunk("VP8X", header) + webp.substr(12) + webp_chunk("EXIF", exif));
}

raster stored_for(const raster& upright, int orientation) {
  const auto w = upright.width, h = upright.height;
  auto stored = make_raster(orientation >= 5 ? h : w, orientation >= 5 ? w : h, upright.channels);
  for (std::uint32_t y = 0; y < h; ++y)
    for (std::uint32_t x = 0; x < w; ++x) {
      std::uint32_t column = x, row = y;
      switch (orientation) {
      case 2: column = w - 1 - x; break;
      case 3: column = w - 1 - x, row = h - 1 - y; break;
      case 4: row = h - 1 - y; break;
      case 5: column = y, row = x; break;
      case 6: column = y, row = w - 1 - x; break;
      case 7: column = h - 1 - y, row = w - 1 - x; break;
      case 8: column = h - 1 - y, row = x; break;
      default: break;
      }
      std::copy_n(upright.pixels.begin() + static_cast<std::ptrdiff_t>(y * upright.row_bytes() + x * upright.channels),
                  upright.channels,
                  stored.pixels.begin() +
                      static_cast<std::ptrdiff_t>(row * stored.row_bytes() + column * upright.channels));
    }
  return stored;
}

picture picture_of(std::string id, std::string bytes) {
  const auto info = inspect(bytes);
  if (const auto* refusal = std::get_if<picture_refusal>(&info))
    BOOST_FAIL(id << " is refused: " << refusal->detail);
  auto content = sha256(bytes);
  return {std::move(id), make_picture_bytes(std::move(bytes)), std::get<picture_header>(info).info, content};
}

std::string file_of(const montage& made) {
  std::string file;
  for (const auto& part : made.parts)
    file += part.view;
  return file;
}

int largest_difference(const raster& a, const raster& b) {
  if (a.width != b.width || a.height != b.height || a.channels != b.channels)
    return 255;
  int largest = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  return largest;
}

} // namespace glyphgate::vision::test
