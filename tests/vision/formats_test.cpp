#include "more_formats.hpp"
#include "pictures.hpp"
#include "vision/bytes.hpp"
#include "vision/decode/decode.hpp"
#include "vision/decode/ground.hpp"
#include "vision/decode/prepare.hpp"
#include "vision/decode/row_reader.hpp"
#include "vision/montage.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>
#include <sys/resource.h>
#include <tiff.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::string_literals;

namespace {

using enum picture_format;

struct file {
  picture_format format;
  std::string bytes;
  std::uint32_t width = 0, height = 0;
  std::uint32_t page = 0;
  std::string_view name{};

  picture_info info() const {
    picture_info told{format, width, height};
    told.page = page;
    return told;
  }
};

file file_of(picture_format format, std::string bytes, const raster& picture) {
  return {format, std::move(bytes), picture.width, picture.height};
}

/// What a row reader makes of the file, with its warning.
decoded by_rows(std::string_view bytes, const picture_info& info) {
  auto opened = read_rows(bytes, info);
  if (auto* refusal = std::get_if<picture_refusal>(&opened))
    return std::move(*refusal);
  auto& rows = *std::get<std::unique_ptr<row_reader>>(opened);
  auto picture = make_raster(info.width, info.height, rows.channels());
  for (std::size_t y = 0; y < info.height; ++y) {
    // Each in memory of its own, so that a sanitizer sees every byte that is not the row's.
    std::vector<std::uint8_t> row(picture.row_bytes());
    if (auto damaged = rows.next(row.data()))
      return *std::move(damaged);
    std::ranges::copy(row, picture.pixels.begin() + static_cast<std::ptrdiff_t>(y * picture.row_bytes()));
  }
  return decoded_picture{std::move(picture), rows.warning()};
}

/// The pixels of a file that is sound, decoded whole and by rows.
raster pixels_of(const file& of) {
  auto result = by_rows(of.bytes, of.info());
  if (const auto* refusal = std::get_if<picture_refusal>(&result))
    BOOST_FAIL("refused: " << refusal->detail);
  auto& read = std::get<decoded_picture>(result);
  BOOST_TEST(read.warning == "");
  const auto at_once = decode(of.bytes, of.info());
  BOOST_REQUIRE(std::holds_alternative<decoded_picture>(at_once));
  BOOST_TEST(largest_difference(std::get<decoded_picture>(at_once).pixels, read.pixels) == 0);
  return std::move(read.pixels);
}

/// Grey as RGB.
raster as_rgb(const raster& grey) {
  auto picture = make_raster(grey.width, grey.height, 3);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = grey.pixels[i / 3];
  return picture;
}

raster on_ground(raster picture) {
  lay_on_ground(picture);
  return picture;
}

/// Levels of a few bits, as they come back.
raster coarse(raster picture, unsigned bits) {
  const unsigned highest = (1U << bits) - 1;
  for (auto& level : picture.pixels)
    level = static_cast<std::uint8_t>(((level >> (8 - bits)) * 255U + highest / 2) / highest);
  return picture;
}

/// Transparent where it is dark, opaque elsewhere.
raster with_holes(std::uint32_t width, std::uint32_t height) {
  auto picture = few_colours(width, height, 4);
  for (std::size_t i = 0; i < picture.pixels.size(); i += 4) {
    picture.pixels[i + 3] = 255;
    if (picture.pixels[i] < 100)
      std::fill_n(picture.pixels.data() + i, 4, std::uint8_t{0});
  }
  return picture;
}

raster premultiplied(raster picture) {
  const auto colours = picture.channels - 1;
  for (std::size_t i = 0; i < picture.pixels.size(); i += picture.channels)
    for (std::size_t c = 0; c < colours; ++c)
      picture.pixels[i + c] =
          static_cast<std::uint8_t>((picture.pixels[i + c] * picture.pixels[i + colours] + 127) / 255);
  return picture;
}

/// Every kind of file that is decoded on its own path, each small.
std::vector<file> one_of_each() {
  const auto grey = gradient(23, 17, 1), rgb = gradient(23, 17, 3), four = gradient(23, 17, 4);
  const auto few = few_colours(23, 17, 3), black_and_white = bilevel(23, 17);
  std::vector<file> files;
  const auto add = [&](std::string_view name, picture_format format, std::string bytes) {
    files.push_back({format, std::move(bytes), 23, 17, 0, name});
  };
  add("gif", gif, gif_of(few));
  add("interlaced gif", gif, gif_of(few, {.interlaced = true}));
  add("transparent gif", gif, gif_of(with_holes(23, 17), {.more_frames = 2}));
  add("bmp", bmp, bmp_of(rgb));
  add("bmp from the top", bmp, bmp_of(rgb, {.top_down = true}));
  add("bmp of 1 bit", bmp, bmp_of(black_and_white, {.bits = 1}));
  add("bmp of RLE8", bmp, bmp_of(few, {.bits = 8, .run_lengths = true}));
  add("bmp of RLE4", bmp, bmp_of(few, {.bits = 4, .run_lengths = true}));
  add("bmp with alpha", bmp, bmp_of(four, {.bits = 32, .header_bytes = 124, .bitfields = true}));
  for (const int compression :
       {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS, COMPRESSION_JPEG})
    add("tiff", tiff, tiff_of({rgb}, {.compression = compression, .rows_per_strip = 8}));
  for (const int compression : {COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4})
    add("fax", tiff, tiff_of({black_and_white}, {.compression = compression, .bits = 1, .rows_per_strip = 8}));
  add("tiff in tiles", tiff, tiff_of({rgb}, {.compression = COMPRESSION_LZW, .tile_side = 16}));
  add("tiff in planes", tiff, tiff_of({rgb}, {.bits = 16, .separate_planes = true}));
  add("tiff with alpha", tiff, tiff_of({four}, {.premultiplied = true}));
  add("tiff with a palette", tiff, tiff_of({few}, {.palette = true, .big_tiff = true}));
  add("tiff by libtiff", tiff, tiff_of({rgb}, {.ycbcr = true}));
  add("jp2", jpeg2000, jp2_of(rgb));
  add("jp2 codestream", jpeg2000, jp2_of(four, {.codestream_only = true}));
  add("jp2 of sYCC", jpeg2000, jp2_of(rgb, {.sycc = true, .chroma_step = 2}));
  for (const bool is_avif : {false, true})
    for (const auto& picture : {rgb, four})
      if (const auto bytes = heif_of(picture, {.avif = is_avif}))
        add(is_avif ? "avif" : "heif", is_avif ? avif : heif, *bytes);
  add("animated webp", webp, animated_webp(webp_of(rgb), 23, 17, {}));
  add("animated webp with alpha", webp, animated_webp(webp_of(four, false), 23, 17, {}));
  add("animated png", png, animated_png(rgb));
  return files;
}

double seconds_of(const auto& work) {
  // Of the processor, as others may want it too.
  const auto begin = std::clock();
  work();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

/// Why there is no such picture; nothing of it is kept.
std::optional<picture_refusal> refusal_of(const file& of) {
  auto opened = read_rows(of.bytes, of.info());
  if (auto* refusal = std::get_if<picture_refusal>(&opened))
    return std::move(*refusal);
  auto& rows = *std::get<std::unique_ptr<row_reader>>(opened);
  std::vector<std::uint8_t> row(std::size_t{of.width} * rows.channels());
  for (std::uint32_t y = 0; y < of.height; ++y)
    if (auto damaged = rows.next(row.data()))
      return damaged;
  return std::nullopt;
}

void check_refused(const file& of, std::string_view part_of_detail) {
  const auto result = refusal_of(of);
  BOOST_REQUIRE_MESSAGE(result.has_value(), of.name << " passes");
  const auto& refusal = *result;
  BOOST_TEST(to_string(refusal.code) == to_string(ec::invalid_picture));
  BOOST_TEST(refusal.detail.find(part_of_detail) != std::string::npos, refusal.detail << " lacks " << part_of_detail);
}

struct prepared {
  prepared() { prepare_decoders(); }
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(prepared);

BOOST_AUTO_TEST_SUITE(formats)

BOOST_AUTO_TEST_CASE(gif_comes_back) {
  const auto few = few_colours(61, 37, 3);
  for (const bool interlaced : {false, true})
    BOOST_TEST(largest_difference(pixels_of(file_of(gif, gif_of(few, {.interlaced = interlaced}), few)), few) == 0);
  const auto holes = with_holes(61, 37);
  BOOST_TEST(largest_difference(pixels_of(file_of(gif, gif_of(holes), holes)), on_ground(holes)) == 0);
  BOOST_TEST(largest_difference(pixels_of(file_of(gif, gif_of(few, {.more_frames = 3}), few)), few) == 0);

  // A frame that does not cover its canvas.
  auto canvas = make_raster(80, 50, 3);
  std::ranges::fill(canvas.pixels, std::uint8_t{255});
  for (std::uint32_t y = 0; y < few.height; ++y)
    std::copy_n(few.pixels.data() + y * few.row_bytes(), few.row_bytes(),
                canvas.pixels.data() + (y + 5) * canvas.row_bytes() + std::size_t{7} * 3);
  for (const bool interlaced : {false, true}) {
    const auto bytes =
        gif_of(few, {.interlaced = interlaced, .left = 7, .top = 5, .canvas_width = 80, .canvas_height = 50});
    BOOST_TEST(largest_difference(pixels_of({gif, bytes, 80, 50}), canvas) == 0);
  }
  check_refused({gif, gif_of(few, {.left = 20, .canvas_width = 80, .canvas_height = 50}), 80, 50}, "within its canvas");
}

BOOST_AUTO_TEST_CASE(bmp_comes_back) {
  // Rows of every length within a word.
  for (std::uint32_t width = 30; width < 38; ++width) {
    const auto few = few_colours(width, 21, 3), rgb = gradient(width, 21, 3), grey = bilevel(width, 21);
    for (const std::uint32_t header : {12U, 40U, 52U, 56U, 108U, 124U})
      for (const bool top_down : {false, true}) {
        if (header == 12 && top_down)
          continue;
        BOOST_TEST_CONTEXT("width " << width << ", header " << header << ", top down " << top_down) {
          const auto comes_back = [&](const raster& picture, unsigned bits) {
            return pixels_of(
                file_of(bmp, bmp_of(picture, {.bits = bits, .header_bytes = header, .top_down = top_down}), picture));
          };
          BOOST_TEST(largest_difference(comes_back(grey, 1), grey) == 0);
          BOOST_TEST(largest_difference(comes_back(few, 4), few) == 0);
          BOOST_TEST(largest_difference(comes_back(few, 8), few) == 0);
          BOOST_TEST(largest_difference(comes_back(rgb, 16), coarse(rgb, 5)) == 0);
          BOOST_TEST(largest_difference(comes_back(rgb, 24), rgb) == 0);
          BOOST_TEST(largest_difference(comes_back(rgb, 32), rgb) == 0);
        }
      }
    for (const unsigned bits : {4U, 8U})
      BOOST_TEST(
          largest_difference(pixels_of(file_of(bmp, bmp_of(few, {.bits = bits, .run_lengths = true}), few)), few) == 0);
    for (const std::uint32_t header : {40U, 52U, 56U, 124U}) {
      const bmp_options wide{.bits = 32, .header_bytes = header, .bitfields = true};
      BOOST_TEST(largest_difference(pixels_of(file_of(bmp, bmp_of(rgb, wide), rgb)), rgb) == 0);
      const bmp_options narrow{.bits = 16, .header_bytes = header, .bitfields = true};
      BOOST_TEST(largest_difference(pixels_of(file_of(bmp, bmp_of(rgb, narrow), rgb)), rgb) <= 7);
    }
  }
}

BOOST_AUTO_TEST_CASE(bmp_alpha_counts_where_it_is_declared) {
  auto four = gradient(33, 21, 4);
  auto opaque = make_raster(33, 21, 3);
  for (std::size_t i = 0; i < std::size_t{33} * 21; ++i)
    std::copy_n(four.pixels.data() + 4 * i, 3, opaque.pixels.data() + 3 * i);
  const auto comes_back = [&](const bmp_options& options) {
    return pixels_of(file_of(bmp, bmp_of(four, options), four));
  };
  for (const std::uint32_t header : {56U, 108U, 124U})
    BOOST_TEST(
        largest_difference(comes_back({.bits = 32, .header_bytes = header, .bitfields = true}), on_ground(four)) == 0);
  // Nobody says that the fourth byte is alpha.
  BOOST_TEST(largest_difference(comes_back({.bits = 32}), opaque) == 0);
  BOOST_TEST(largest_difference(comes_back({.bits = 32, .bitfields = true}), opaque) == 0);
  // Declared, and never written.
  for (std::size_t i = 3; i < four.pixels.size(); i += 4)
    four.pixels[i] = 0;
  BOOST_TEST(largest_difference(comes_back({.bits = 32, .header_bytes = 124, .bitfields = true}), opaque) == 0);
}

BOOST_AUTO_TEST_CASE(bmp_run_lengths_may_skip_and_end) {
  // Two pixels of index 1; one to the right and one up; one pixel; the end. The rest has index 0.
  const auto sound = bmp_of(few_colours(4, 4, 1), {.bits = 8, .run_lengths = true});
  const auto palette = sound.substr(54, 1024);
  const auto bytes = sound.substr(0, 54 + 1024) + "\2\1\0\2\1\1\1\1\0\1"s;
  const auto read = pixels_of({bmp, bytes, 4, 4});
  const auto level = [&](std::size_t index) { return static_cast<std::uint8_t>(palette[4 * index]); };
  auto wanted = make_raster(4, 4, 1);
  std::ranges::fill(wanted.pixels, level(0));
  wanted.pixels[12] = wanted.pixels[13] = wanted.pixels[8 + 3] = level(1);
  BOOST_TEST(largest_difference(read, wanted) == 0);
}

BOOST_AUTO_TEST_CASE(tiff_comes_back) {
  const auto grey = gradient(61, 37, 1), rgb = gradient(61, 37, 3), few = few_colours(61, 37, 3),
             black_and_white = bilevel(61, 37);
  const auto comes_back = [](const raster& picture, const tiff_options& options) {
    return pixels_of(file_of(tiff, tiff_of({picture}, options), picture));
  };
  for (const int compression :
       {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE, COMPRESSION_PACKBITS})
    for (const std::uint32_t tile_side : {0U, 16U})
      for (const bool is_big_endian : {false, true})
        for (const bool in_planes : {false, true}) {
          BOOST_TEST_CONTEXT("compression " << compression << ", tiles " << tile_side << ", big endian "
                                            << is_big_endian << ", planes " << in_planes) {
            tiff_options options{.compression = compression,
                                 .separate_planes = in_planes,
                                 .tile_side = tile_side,
                                 .big_endian = is_big_endian,
                                 .big_tiff = is_big_endian};
            BOOST_TEST(largest_difference(comes_back(rgb, options), rgb) == 0);
            BOOST_TEST(largest_difference(comes_back(grey, options), grey) == 0);
            options.white_is_zero = true;
            BOOST_TEST(largest_difference(comes_back(grey, options), grey) == 0);
            options.white_is_zero = false;
            options.bits = 16;
            options.predictor = compression == COMPRESSION_LZW;
            BOOST_TEST(largest_difference(comes_back(rgb, options), rgb) == 0);
            BOOST_TEST(largest_difference(comes_back(grey, options), grey) == 0);
            options.predictor = false;
            for (const int bits : {1, 2, 4}) {
              options.bits = bits;
              BOOST_TEST(largest_difference(comes_back(grey, options), coarse(grey, static_cast<unsigned>(bits))) == 0);
            }
            options.palette = true;
            for (const int bits : {4, 8}) {
              options.bits = bits;
              BOOST_TEST(largest_difference(comes_back(few, options), few) == 0);
            }
          }
        }
  for (const int compression : {COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4})
    for (const bool white_is_zero : {false, true})
      for (const int group3 : {0, 1}) {
        const tiff_options options{
            .compression = compression, .bits = 1, .white_is_zero = white_is_zero, .group3_options = group3};
        BOOST_TEST(largest_difference(comes_back(black_and_white, options), black_and_white) == 0);
      }
}

BOOST_AUTO_TEST_CASE(jpeg_in_tiff_comes_back) {
  // Whole tiles: what lies beyond the picture would bleed into it.
  const auto grey = gradient(64, 48, 1), rgb = gradient(64, 48, 3);
  for (const std::uint32_t tile_side : {0U, 16U}) {
    const tiff_options plain{.compression = COMPRESSION_JPEG, .tile_side = tile_side};
    BOOST_TEST(largest_difference(pixels_of(file_of(tiff, tiff_of({grey}, plain), grey)), grey) <= 8);
    BOOST_TEST(largest_difference(pixels_of(file_of(tiff, tiff_of({rgb}, plain), rgb)), rgb) <= 8);
    const tiff_options ycbcr{.compression = COMPRESSION_JPEG, .ycbcr = true, .tile_side = tile_side};
    BOOST_TEST(largest_difference(pixels_of(file_of(tiff, tiff_of({rgb}, ycbcr), rgb)), rgb) <= 10);
  }
}

BOOST_AUTO_TEST_CASE(tiff_alpha_ink_and_rare_kinds_become_rgb) {
  const auto four = gradient(61, 37, 4), two = gradient(61, 37, 2);
  for (const bool in_planes : {false, true})
    for (const int bits : {8, 16})
      for (const std::uint32_t tile_side : {0U, 32U}) {
        const tiff_options straight{.bits = bits, .separate_planes = in_planes, .tile_side = tile_side};
        BOOST_TEST(largest_difference(pixels_of(file_of(tiff, tiff_of({four}, straight), four)), on_ground(four)) == 0);
        BOOST_TEST(largest_difference(pixels_of(file_of(tiff, tiff_of({two}, straight), two)), on_ground(two)) == 0);
        auto multiplied = straight;
        multiplied.premultiplied = true;
        BOOST_TEST(largest_difference(pixels_of(file_of(tiff, tiff_of({premultiplied(four)}, multiplied), four)),
                                      on_ground(four)) <= 2);
        auto ink = straight;
        ink.cmyk = true;
        auto paper = make_raster(61, 37, 3);
        for (std::size_t i = 0; i < paper.pixels.size(); ++i)
          paper.pixels[i] = static_cast<std::uint8_t>(
              ((255 - four.pixels[i / 3 * 4 + i % 3]) * (255 - four.pixels[i / 3 * 4 + 3]) + 127) / 255);
        BOOST_TEST(largest_difference(pixels_of(file_of(tiff, tiff_of({four}, ink), four)), paper) == 0);
      }
  // Grey in YCbCr, which libtiff converts.
  auto grey_ycc = make_raster(61, 37, 3);
  const auto grey = gradient(61, 37, 1);
  for (std::size_t i = 0; i < grey_ycc.pixels.size(); ++i)
    grey_ycc.pixels[i] = i % 3 == 0 ? grey.pixels[i / 3] : 128;
  BOOST_TEST(largest_difference(pixels_of(file_of(tiff, tiff_of({grey_ycc}, {.ycbcr = true}), grey)), as_rgb(grey)) <=
             2);
}

BOOST_AUTO_TEST_CASE(tiff_pages_are_counted_without_thumbnails) {
  const std::vector<raster> pages{gradient(61, 37, 3), gradient(20, 10, 1), gradient(31, 40, 3)};
  for (const bool thumbnails : {false, true})
    for (const bool is_big : {false, true}) {
      const auto bytes = tiff_of(pages, {.big_tiff = is_big, .thumbnails = thumbnails});
      for (std::uint32_t page = 0; page < pages.size(); ++page)
        BOOST_TEST(largest_difference(pixels_of({tiff, bytes, pages[page].width, pages[page].height, page}),
                                      pages[page]) == 0);
      check_refused({tiff, bytes, 31, 40, 3}, "no such page");
      check_refused({tiff, bytes, 31, 40, 0xFFFFFFFF}, "no such page");
      check_refused({tiff, bytes, 20, 10, 0}, "its size is not the one");
    }
  // A directory that is its own next one.
  auto circle = tiff_of({pages[1]}, {.rows_per_strip = 64});
  const auto directory = le32(circle, 4);
  const auto next_at = directory + 2 + 12 * le16(circle, directory);
  circle.replace(next_at, 4, le32_text(directory));
  BOOST_TEST(largest_difference(pixels_of({tiff, circle, 20, 10}), pages[1]) == 0);
  check_refused({tiff, circle, 20, 10, 1'000'000}, "cannot be decoded");
}

BOOST_AUTO_TEST_CASE(jpeg2000_comes_back) {
  const auto grey = gradient(61, 37, 1), rgb = gradient(61, 37, 3), two = gradient(61, 37, 2),
             four = gradient(61, 37, 4);
  for (const bool is_codestream : {false, true})
    for (const std::uint32_t tile_side : {0U, 32U})
      for (const bool is_signed : {false, true}) {
        const jp2_options options{.codestream_only = is_codestream, .is_signed = is_signed, .tile_side = tile_side};
        BOOST_TEST(largest_difference(pixels_of(file_of(jpeg2000, jp2_of(grey, options), grey)), grey) == 0);
        BOOST_TEST(largest_difference(pixels_of(file_of(jpeg2000, jp2_of(rgb, options), rgb)), rgb) == 0);
      }
  BOOST_TEST(largest_difference(pixels_of(file_of(jpeg2000, jp2_of(two), two)), on_ground(two)) == 0);
  BOOST_TEST(largest_difference(pixels_of(file_of(jpeg2000, jp2_of(four), four)), on_ground(four)) == 0);
  // Depths of less than 8 bits lose levels, those of more do not.
  for (const unsigned bits : {2U, 4U, 10U, 12U, 16U})
    BOOST_TEST(largest_difference(pixels_of(file_of(jpeg2000, jp2_of(grey, {.bits = bits}), grey)), grey) <=
               (bits < 8 ? 128 / ((1 << bits) - 1) + 1 : 1));
  BOOST_TEST(largest_difference(pixels_of(file_of(jpeg2000, jp2_of(rgb, {.sycc = true}), rgb)), rgb) <= 2);
  for (const bool is_codestream : {false, true})
    BOOST_TEST(largest_difference(
                   pixels_of(file_of(
                       jpeg2000, jp2_of(rgb, {.codestream_only = is_codestream, .sycc = true, .chroma_step = 2}), rgb)),
                   rgb) <= 16);
}

BOOST_AUTO_TEST_CASE(heif_and_avif_come_back) {
  const auto rgb = gradient(64, 40, 3), four = gradient(64, 40, 4), odd = gradient(61, 37, 3);
  constexpr int lossy = 12;
  int made = 0;
  for (const bool is_avif : {false, true}) {
    const auto format = is_avif ? avif : heif;
    for (const auto& picture : {rgb, odd})
      for (const int bits : {8, is_avif ? 12 : 10})
        if (const auto bytes = heif_of(picture, {.avif = is_avif, .bits = bits})) {
          BOOST_TEST_CONTEXT("avif " << is_avif << ", bits " << bits << ", width " << picture.width)
          BOOST_TEST(largest_difference(pixels_of(file_of(format, *bytes, picture)), picture) <= lossy);
          ++made;
        }
    if (const auto bytes = heif_of(four, {.avif = is_avif}))
      BOOST_TEST(largest_difference(pixels_of(file_of(format, *bytes, four)), on_ground(four)) <= lossy);
    if (const auto bytes = heif_of(premultiplied(four), {.avif = is_avif, .premultiplied = true}))
      BOOST_TEST(largest_difference(pixels_of(file_of(format, *bytes, four)), on_ground(four)) <= lossy);
    for (int orientation = 2; orientation <= 8; ++orientation)
      if (const auto bytes = heif_of(stored_for(rgb, orientation), {.avif = is_avif, .orientation = orientation}))
        BOOST_TEST_CONTEXT("orientation " << orientation)
    BOOST_TEST(largest_difference(pixels_of(file_of(format, *bytes, rgb)), rgb) <= lossy);
  }
  BOOST_TEST(made >= 4);
}

BOOST_AUTO_TEST_CASE(animations_give_their_first_frame) {
  const auto rgb = gradient(61, 37, 3), four = gradient(61, 37, 4);
  BOOST_TEST(largest_difference(pixels_of({webp, animated_webp(webp_of(rgb), 61, 37, {}), 61, 37}), rgb) == 0);
  BOOST_TEST(largest_difference(pixels_of({webp, animated_webp(webp_of(four), 61, 37, {}), 61, 37}), on_ground(four)) ==
             0);
  BOOST_TEST(largest_difference(pixels_of({webp, animated_webp(webp_of(four, false), 61, 37, {}), 61, 37}),
                                on_ground(four)) <= 20);
  auto canvas = make_raster(80, 50, 3);
  std::ranges::fill(canvas.pixels, std::uint8_t{255});
  for (std::uint32_t y = 0; y < rgb.height; ++y)
    std::copy_n(rgb.pixels.data() + y * rgb.row_bytes(), rgb.row_bytes(),
                canvas.pixels.data() + (y + 4) * canvas.row_bytes() + std::size_t{6} * 3);
  BOOST_TEST(
      largest_difference(pixels_of({webp, animated_webp(webp_of(rgb), 61, 37, {6, 4, 80, 50}), 80, 50}), canvas) == 0);
  check_refused({webp, animated_webp(webp_of(rgb), 61, 37, {40, 4, 80, 50}), 80, 50}, "within its canvas");
  BOOST_TEST(largest_difference(pixels_of({png, animated_png(rgb), 61, 37}), rgb) == 0);
}

BOOST_AUTO_TEST_CASE(a_single_pixel_of_a_new_format) {
  const auto dot = few_colours(1, 1, 3);
  for (const auto& of :
       {file_of(gif, gif_of(dot), dot), file_of(bmp, bmp_of(dot), dot), file_of(tiff, tiff_of({dot}), dot),
        file_of(jpeg2000, jp2_of(dot), dot), file_of(webp, animated_webp(webp_of(dot), 1, 1, {}), dot)})
    BOOST_TEST(largest_difference(pixels_of(of), dot) == 0);
}

BOOST_AUTO_TEST_CASE(another_size_than_the_one_told_is_refused) {
  for (auto of : one_of_each()) {
    BOOST_TEST_CONTEXT(of.name) {
      of.width = 24;
      check_refused(of, of.format == png ? "" : "its size is not the one that its header tells");
      of.width = 22;
      check_refused(of, "");
      // Nothing of that size is allocated.
      of.width = 23;
      of.height = 60000;
      check_refused(of, "");
    }
  }
}

BOOST_AUTO_TEST_CASE(cut_files_are_refused_or_end_with_a_warning) {
  int warned = 0;
  for (const auto& of : one_of_each()) {
    const auto whole = pixels_of(of);
    for (std::size_t sixteenth = 0; sixteenth < 16; ++sixteenth) {
      // Its own memory, so that a sanitizer sees every byte read past the end.
      const auto length = of.bytes.size() * sixteenth / 16;
      const std::vector<char> prefix(of.bytes.begin(), of.bytes.begin() + static_cast<std::ptrdiff_t>(length));
      const auto result = by_rows({prefix.data(), prefix.size()}, of.info());
      if (const auto* refusal = std::get_if<picture_refusal>(&result)) {
        BOOST_TEST(to_string(refusal->code) == to_string(ec::invalid_picture));
        continue;
      }
      BOOST_TEST_CONTEXT(of.name << ", " << sixteenth << " sixteenths") {
        const auto& read = std::get<decoded_picture>(result);
        if (read.warning.empty()) {
          // What is cut off is not the picture's: more frames, the directory of what follows.
          BOOST_TEST(largest_difference(read.pixels, whole) == 0);
          continue;
        }
        ++warned;
        BOOST_TEST((of.format == gif || of.format == bmp || of.format == tiff));
        const auto missing = static_cast<std::uint32_t>(std::stoul(read.warning.substr(read.warning.find("st ") + 3)));
        BOOST_TEST(missing >= 1U);
        BOOST_TEST(missing <= of.height / 4);
        const bool is_last = read.warning.starts_with("the last ");
        for (std::uint32_t y = 0; y < of.height; ++y) {
          const auto* row = read.pixels.pixels.data() + y * read.pixels.row_bytes();
          const bool is_missing = is_last ? y >= of.height - missing : y < missing;
          if (is_missing)
            BOOST_TEST(
                std::all_of(row, row + read.pixels.row_bytes(), [](auto level) { return level == plain_level; }));
          else
            BOOST_TEST(std::equal(row, row + read.pixels.row_bytes(), whole.pixels.data() + y * whole.row_bytes()));
        }
      }
    }
  }
  BOOST_TEST(warned >= 5);
}

BOOST_AUTO_TEST_CASE(rows_that_are_missing_are_counted) {
  const auto rgb = gradient(40, 100, 3), few = few_colours(40, 100, 3);
  const auto warning_of = [](const file& of) {
    const auto result = by_rows(of.bytes, of.info());
    const auto* read = std::get_if<decoded_picture>(&result);
    return read == nullptr ? std::get<picture_refusal>(result).detail : read->warning;
  };
  const auto row_bytes = std::size_t{40} * 3;
  auto from_top = file_of(bmp, bmp_of(rgb, {.top_down = true}), rgb);
  from_top.bytes.resize(from_top.bytes.size() - 12 * row_bytes);
  BOOST_TEST(warning_of(from_top) == "the last 12 of 100 rows are missing");
  auto from_bottom = file_of(bmp, bmp_of(rgb), rgb);
  from_bottom.bytes.pop_back();
  BOOST_TEST(warning_of(from_bottom) == "the first 1 of 100 rows is missing");
  from_bottom.bytes.resize(from_bottom.bytes.size() - 25 * row_bytes);
  BOOST_TEST(warning_of(from_bottom) == "the BMP cannot be decoded: it is cut short: 74 of 100 rows are there");
  // Without the end of its data: the last row is not known to be sound.
  auto cut_gif = file_of(gif, gif_of(few), rgb);
  cut_gif.bytes.resize(cut_gif.bytes.size() - 2);
  BOOST_TEST(warning_of(cut_gif) == "the last 1 of 100 rows is missing");
}

BOOST_AUTO_TEST_CASE(changed_bytes_of_new_formats_do_no_harm) {
  const auto files = one_of_each();
  BOOST_TEST(rc::check("changed bytes do no harm", [&] {
    const auto& of = files[*rc::gen::inRange(std::size_t{0}, files.size())];
    auto bytes = of.bytes;
    for (int i = *rc::gen::inRange(1, 5); i > 0; --i)
      bytes[*rc::gen::inRange(std::size_t{0}, bytes.size())] = *rc::gen::arbitrary<char>();
    const auto result = by_rows(bytes, of.info());
    if (const auto* whole = std::get_if<decoded_picture>(&result)) {
      RC_ASSERT(whole->pixels.width == of.width);
      RC_ASSERT(whole->pixels.height == of.height);
    }
  }));
}

BOOST_AUTO_TEST_CASE(what_is_told_to_be_huge_takes_little) {
  // 60000 × 60000 pixels, of which nothing follows: rows are not held.
  rusage before{}, after{};
  ::getrusage(RUSAGE_SELF, &before);
  auto large_bmp = bmp_of(gradient(8, 8, 3));
  large_bmp.replace(18, 8, le32_text(60000) + le32_text(60000));
  check_refused({bmp, large_bmp, 60000, 60000}, "cut short");
  auto large_gif = gif_of(few_colours(8, 8, 3));
  large_gif.replace(6, 4, "\x60\xEA\x60\xEA"s);
  const auto frame = large_gif.find("\x2C\0\0\0\0\x08\0\x08\0"s);
  BOOST_REQUIRE(frame != std::string::npos);
  large_gif.replace(frame + 5, 4, "\x60\xEA\x60\xEA"s);
  check_refused({gif, large_gif, 60000, 60000}, "row 1 of 60000");
  for (const int compression : {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS}) {
    auto large_tiff = tiff_of({gradient(8, 8, 3)}, {.compression = compression});
    const auto directory = le32(large_tiff, 4);
    for (std::size_t i = 0; i < le16(large_tiff, directory); ++i) {
      const auto entry = directory + 2 + 12 * i;
      const auto tag = le16(large_tiff, entry);
      if (tag == TIFFTAG_IMAGEWIDTH || tag == TIFFTAG_IMAGELENGTH)
        large_tiff.replace(entry + 2, 10, "\4\0"s + le32_text(1) + le32_text(60000));
    }
    check_refused({tiff, large_tiff, 60000, 60000}, "cannot be decoded");
  }
  ::getrusage(RUSAGE_SELF, &after);
  BOOST_TEST(after.ru_maxrss - before.ru_maxrss < 64 * 1024);
}

BOOST_AUTO_TEST_CASE(jpeg2000_of_tiny_parts_is_refused) {
  const auto picture = gradient(61, 37, 3);
  check_refused(file_of(jpeg2000, jp2_of(picture, {.tile_side = 8}), picture), "too small");
  for (const bool is_codestream : {false, true}) {
    const auto sound = jp2_of(picture, {.codestream_only = is_codestream});
    const auto style = sound.find("\xFF\x52"s);
    BOOST_REQUIRE(style != std::string::npos);
    // Code-blocks of 4 × 4; precincts of a pixel, one for each level; more layers than anybody makes.
    auto blocks = sound;
    blocks.replace(style + 10, 2, "\0\0"s);
    check_refused(file_of(jpeg2000, blocks, picture), "too small");
    auto precincts = sound;
    const auto levels = u8(sound, style + 9);
    precincts[style + 3] = static_cast<char>(u8(sound, style + 3) + levels + 1);
    precincts[style + 4] = static_cast<char>(u8(sound, style + 4) | 1);
    precincts.insert(style + 14, std::string(levels, '\x11') + '\x11');
    check_refused(file_of(jpeg2000, precincts, picture), "cannot be decoded");
    auto layers = sound;
    layers.replace(style + 6, 2, "\xFF\xFF"s);
    check_refused(file_of(jpeg2000, layers, picture), "too small");
  }
}

BOOST_AUTO_TEST_CASE(bombs_end_soon) {
  const auto white = [](std::uint32_t width, std::uint32_t height, std::uint32_t channels) {
    auto picture = make_raster(width, height, channels);
    std::ranges::fill(picture.pixels, std::uint8_t{255});
    return picture;
  };
  const auto large = white(4000, 4000, 1);
  for (const int compression : {COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE}) {
    // The data of a picture 16 times as large.
    auto bytes = tiff_of({large}, {.compression = compression, .rows_per_strip = 4000});
    const auto directory = le32(bytes, 4);
    for (std::size_t i = 0; i < le16(bytes, directory); ++i) {
      const auto entry = directory + 2 + 12 * i;
      if (const auto tag = le16(bytes, entry); tag == TIFFTAG_IMAGEWIDTH || tag == TIFFTAG_IMAGELENGTH)
        bytes.replace(entry + 2, 10, "\4\0"s + le32_text(1) + le32_text(1000));
    }
    BOOST_TEST(seconds_of([&] { by_rows(bytes, file{tiff, {}, 1000, 1000}.info()); }) < 3);
  }
  // Every strip is the whole file.
  auto shared = tiff_of({gradient(10, 1000, 1)}, {.compression = COMPRESSION_LZW, .rows_per_strip = 1});
  shared.append(500'000, '\0');
  const auto directory = le32(shared, 4);
  for (std::size_t i = 0; i < le16(shared, directory); ++i) {
    const auto entry = directory + 2 + 12 * i;
    const auto tag = le16(shared, entry);
    if (tag != TIFFTAG_STRIPOFFSETS && tag != TIFFTAG_STRIPBYTECOUNTS)
      continue;
    const auto at = shared.size();
    for (int strip = 0; strip < 1000; ++strip)
      shared += le32_text(tag == TIFFTAG_STRIPOFFSETS ? 8 : 500'000);
    shared.replace(entry + 2, 10, "\4\0"s + le32_text(1000) + le32_text(static_cast<std::uint32_t>(at)));
  }
  check_refused({tiff, shared, 10, 1000}, "overlap");
}

BOOST_AUTO_TEST_SUITE_END()
