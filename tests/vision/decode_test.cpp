#include "pictures.hpp"
#include "vision/decode/decode.hpp"
#include "vision/decode/row_reader.hpp"
#include "vision/picture_header.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>
#include <webp/decode.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::string_literals;

namespace {

raster pixels_of(const std::string& bytes) {
  const auto picture = picture_of("picture", bytes);
  auto result = decode(bytes, picture.info);
  if (const auto* refusal = std::get_if<picture_refusal>(&result))
    BOOST_FAIL("refused: " << refusal->detail);
  auto& pixels = std::get<decoded_picture>(result).pixels;
  BOOST_TEST(pixels.width == picture.info.width);
  BOOST_TEST(pixels.height == picture.info.height);
  BOOST_TEST(pixels.pixels.size() == pixels.height * pixels.row_bytes());
  return std::move(pixels);
}

void check_undecodable(std::string_view bytes, const picture_info& info, std::string_view part_of_detail) {
  const auto result = decode(bytes, info);
  BOOST_REQUIRE(std::holds_alternative<picture_refusal>(result));
  const auto& refusal = std::get<picture_refusal>(result);
  BOOST_TEST(to_string(refusal.code) == to_string(ec::invalid_picture));
  BOOST_TEST(refusal.detail.find("cannot be decoded: ") != std::string::npos, refusal.detail);
  BOOST_TEST(refusal.detail.find(part_of_detail) != std::string::npos, refusal.detail << " lacks " << part_of_detail);
}

/// What a row reader makes of the file, to be compared with the whole picture.
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

bool equal(const decoded& a, const decoded& b) {
  if (const auto* refusal = std::get_if<picture_refusal>(&a)) {
    const auto* other = std::get_if<picture_refusal>(&b);
    return other != nullptr && refusal->code == other->code && refusal->detail == other->detail;
  }
  const auto* other = std::get_if<decoded_picture>(&b);
  return other != nullptr && std::get<decoded_picture>(a).warning == other->warning &&
         largest_difference(std::get<decoded_picture>(a).pixels, other->pixels) == 0;
}

picture_info info_of(std::string_view bytes) {
  return std::get<picture_header>(inspect(bytes)).info;
}

/// Every kind of file that is decoded on its own path, small enough to cut at every length.
std::vector<std::string> one_of_each() {
  const auto grey = gradient(23, 17, 1), rgb = gradient(23, 17, 3), four = gradient(23, 17, 4);
  return {jpeg_of(rgb),
          jpeg_of(grey),
          jpeg_of(rgb, {.progressive = true}),
          jpeg_of(rgb, {.arithmetic = true}),
          jpeg_of(four),
          jpeg_with_exif(jpeg_of(rgb), exif_block(7)),
          png_of(rgb),
          png_of(four, {.interlaced = true, .deep = true}),
          palette_png(23, 17),
          webp_of(rgb, true),
          webp_of(rgb, false),
          webp_of(four, false),
          webp_with_exif(webp_of(rgb), exif_block(5), 23, 17)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(decoding)

BOOST_AUTO_TEST_CASE(grey_and_colour_come_back) {
  const auto grey = gradient(61, 37, 1), rgb = gradient(61, 37, 3);
  constexpr int lossy = 8;
  for (const auto& options : {jpeg_options{}, jpeg_options{.progressive = true}, jpeg_options{.arithmetic = true}}) {
    BOOST_TEST(largest_difference(pixels_of(jpeg_of(rgb, options)), rgb) <= lossy);
    BOOST_TEST(largest_difference(pixels_of(jpeg_of(grey, options)), grey) <= lossy);
  }
  for (const auto& options : {png_options{}, png_options{.interlaced = true}, png_options{.deep = true},
                              png_options{.interlaced = true, .deep = true}}) {
    BOOST_TEST(largest_difference(pixels_of(png_of(rgb, options)), rgb) == 0);
    BOOST_TEST(largest_difference(pixels_of(png_of(grey, options)), grey) == 0);
  }
  BOOST_TEST(largest_difference(pixels_of(webp_of(rgb, true)), rgb) == 0);
  BOOST_TEST(largest_difference(pixels_of(webp_of(rgb, false)), rgb) <= lossy);
}

BOOST_AUTO_TEST_CASE(cmyk_becomes_rgb) {
  // Ink as libjpeg takes it: Adobe's programs store it inverted, so 255 is none.
  auto ink = make_raster(32, 16, 4);
  auto paper = make_raster(32, 16, 3);
  constexpr std::array<std::uint8_t, 4> values{255, 128, 0, 200};
  for (std::size_t i = 0; i < 32 * 16; ++i) {
    std::copy_n(values.begin(), 4, ink.pixels.begin() + static_cast<std::ptrdiff_t>(4 * i));
    for (std::size_t c = 0; c < 3; ++c)
      paper.pixels[3 * i + c] = static_cast<std::uint8_t>(values[c] * 200 / 255);
  }
  BOOST_TEST(largest_difference(pixels_of(jpeg_of(ink)), paper) <= 4);
  BOOST_TEST(largest_difference(pixels_of(jpeg_of(ink, {.ycck = true})), paper) <= 8);

  // Without Adobe's marker the values are the ink's.
  auto plain = ink;
  for (auto& value : plain.pixels)
    value = static_cast<std::uint8_t>(255 - value);
  BOOST_TEST(largest_difference(pixels_of(jpeg_of(plain, {.adobe = false})), paper) <= 4);
}

BOOST_AUTO_TEST_CASE(transparency_is_laid_on_white) {
  auto rgba = make_raster(16, 4, 4), on_white = make_raster(16, 4, 3);
  auto ga = make_raster(16, 4, 2), grey_on_white = make_raster(16, 4, 1);
  for (std::size_t i = 0; i < 16 * 4; ++i) {
    const int alpha = static_cast<int>(i % 16) * 17;
    const auto blended = [&](int value) {
      return static_cast<std::uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
    };
    const int values[] = {10, 100, 200};
    for (std::size_t c = 0; c < 3; ++c) {
      rgba.pixels[4 * i + c] = static_cast<std::uint8_t>(values[c]);
      on_white.pixels[3 * i + c] = blended(values[c]);
    }
    ga.pixels[2 * i] = 10;
    grey_on_white.pixels[i] = blended(10);
    rgba.pixels[4 * i + 3] = ga.pixels[2 * i + 1] = static_cast<std::uint8_t>(alpha);
  }
  for (const bool deep : {false, true}) {
    BOOST_TEST(largest_difference(pixels_of(png_of(rgba, {.deep = deep})), on_white) == 0);
    BOOST_TEST(largest_difference(pixels_of(png_of(ga, {.deep = deep})), grey_on_white) == 0);
  }
  BOOST_TEST(largest_difference(pixels_of(webp_of(rgba, true)), on_white) == 0);

  const auto palette = pixels_of(palette_png(9, 2));
  BOOST_REQUIRE(palette.channels == 3U);
  const std::vector<std::uint8_t> red{255, 0, 0}, half_black(3, 127);
  BOOST_TEST(std::vector(palette.pixels.begin(), palette.pixels.begin() + 3) == red, boost::test_tools::per_element());
  BOOST_TEST(std::vector(palette.pixels.begin() + 3, palette.pixels.begin() + 6) == half_black,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(all_orientations_come_out_upright) {
  for (const std::uint32_t channels : {1U, 3U}) {
    const auto wanted = gradient(64, 40, channels);
    for (int orientation = 1; orientation <= 8; ++orientation) {
      BOOST_TEST_CONTEXT("orientation " << orientation << ", channels " << channels) {
        const auto stored = stored_for(wanted, orientation);
        const auto exif = exif_block(static_cast<std::uint16_t>(orientation));
        BOOST_TEST(largest_difference(pixels_of(png_with_exif(png_of(stored), exif)), wanted) == 0);
        BOOST_TEST(largest_difference(pixels_of(jpeg_with_exif(jpeg_of(stored), exif)), wanted) <= 8);
        if (channels == 3)
          BOOST_TEST(largest_difference(pixels_of(webp_with_exif(webp_of(stored), exif, stored.width, stored.height)),
                                        wanted) == 0);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_single_pixel_is_a_picture) {
  const auto dot = gradient(1, 1, 3);
  BOOST_TEST(largest_difference(pixels_of(png_of(dot)), dot) == 0);
  BOOST_TEST(largest_difference(pixels_of(webp_of(dot)), dot) == 0);
  BOOST_TEST(largest_difference(pixels_of(jpeg_of(dot)), dot) <= 8);
}

BOOST_AUTO_TEST_CASE(a_picture_cut_anywhere_is_refused_or_read_with_a_warning) {
  for (const auto& bytes : one_of_each()) {
    const auto info = info_of(bytes);
    const auto whole = decode(bytes, info);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      // Its own memory, so that a sanitizer sees every byte read past the end.
      const std::vector<char> prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
      const auto result = decode({prefix.data(), prefix.size()}, info);
      BOOST_REQUIRE(equal(by_rows({prefix.data(), prefix.size()}, info), result));
      if (const auto* refusal = std::get_if<picture_refusal>(&result)) {
        BOOST_REQUIRE(to_string(refusal->code) == to_string(ec::invalid_picture));
        continue;
      }
      BOOST_REQUIRE((info.format == picture_format::jpeg));
      BOOST_REQUIRE_MESSAGE(!std::get<decoded_picture>(result).warning.empty() || equal(result, whole),
                            length << " of " << bytes.size() << " bytes pass for a whole picture");
    }
  }
}

BOOST_AUTO_TEST_CASE(rows_are_those_of_the_whole_picture) {
  const auto files = one_of_each();
  for (const auto& bytes : files)
    BOOST_TEST(equal(by_rows(bytes, info_of(bytes)), decode(bytes, info_of(bytes))));
  BOOST_TEST(rc::check("rows and the whole", [] {
    const auto width = *rc::gen::inRange<std::uint32_t>(1, 70), height = *rc::gen::inRange<std::uint32_t>(1, 50);
    const auto exif = exif_block(*rc::gen::inRange<std::uint16_t>(1, 9));
    const auto channels = *rc::gen::inRange<std::uint32_t>(1, 5);
    const auto picture = gradient(width, height, channels);
    std::string bytes;
    switch (*rc::gen::inRange(0, 3)) {
    case 0:
      // There is no JPEG of two channels.
      bytes = jpeg_with_exif(jpeg_of(gradient(width, height, channels == 2 ? 1 : channels),
                                     {.progressive = *rc::gen::arbitrary<bool>(), .ycck = channels == 4}),
                             exif);
      break;
    case 1:
      bytes = png_with_exif(
          png_of(picture, {.interlaced = *rc::gen::arbitrary<bool>(), .deep = *rc::gen::arbitrary<bool>()}), exif);
      break;
    default:
      bytes = webp_with_exif(webp_of(gradient(width, height, channels < 4 ? 3 : 4), *rc::gen::arbitrary<bool>()), exif,
                             width, height);
    }
    const auto info = info_of(bytes);
    const auto rows = by_rows(bytes, info);
    RC_ASSERT(std::holds_alternative<decoded_picture>(rows));
    RC_ASSERT(equal(rows, decode(bytes, info)));
  }));
}

BOOST_AUTO_TEST_CASE(webp_in_steps_is_webp_at_once) {
  constexpr std::uint32_t width = 400;
  for (const bool lossless : {false, true})
    // Few rows, about a step's, and pixels of so many bytes that memory is given back; noise below what is smooth, so
    // that steps come out uneven.
    for (const std::uint32_t height : {1U, 64U, 65U, 2000U}) {
      auto picture = gradient(width, height, 3);
      const auto below = noise(width, height, 3);
      const auto middle = static_cast<std::ptrdiff_t>(picture.pixels.size() * 3 / 4);
      std::copy(below.pixels.begin() + middle, below.pixels.end(), picture.pixels.begin() + middle);
      const auto file = webp_of(picture, lossless);
      auto at_once = make_raster(width, height, 3);
      BOOST_REQUIRE(WebPDecodeRGBInto(reinterpret_cast<const std::uint8_t*>(file.data()), file.size(),
                                      at_once.pixels.data(), at_once.pixels.size(),
                                      static_cast<int>(at_once.row_bytes())) != nullptr);
      BOOST_TEST(equal(by_rows(file, info_of(file)), decoded_picture{at_once, {}}));
    }
}

BOOST_AUTO_TEST_CASE(rows_before_the_damage_are_read) {
  const auto whole = png_of(noise(300, 400, 3));
  const auto info = info_of(whole);
  const auto bytes = std::string_view{whole}.substr(0, whole.size() / 2);
  const auto opened = read_rows(bytes, info);
  BOOST_REQUIRE(std::holds_alternative<std::unique_ptr<row_reader>>(opened));
  auto& rows = *std::get<std::unique_ptr<row_reader>>(opened);
  std::vector<std::uint8_t> row(std::size_t{info.width} * rows.channels());
  std::optional<picture_refusal> damaged;
  std::uint32_t count = 0;
  while (!(damaged = rows.next(row.data())))
    ++count;
  BOOST_TEST(count > info.height / 8);
  BOOST_TEST(count < info.height);
  BOOST_TEST(damaged->detail == std::get<picture_refusal>(decode(bytes, info)).detail);
}

BOOST_AUTO_TEST_CASE(the_last_row_comes_only_when_the_end_is_sound) {
  const auto whole = png_of(gradient(30, 20, 3));
  const auto info = info_of(whole);
  // Without the whole of the chunk that ends the file; the pixels are there.
  const auto bytes = std::string_view{whole}.substr(0, whole.size() - 2);
  const auto opened = read_rows(bytes, info);
  auto& rows = *std::get<std::unique_ptr<row_reader>>(opened);
  std::vector<std::uint8_t> row(std::size_t{info.width} * rows.channels());
  for (std::uint32_t y = 0; y + 1 < info.height; ++y)
    BOOST_TEST(!rows.next(row.data()).has_value());
  BOOST_TEST(rows.next(row.data()).has_value());
}

BOOST_AUTO_TEST_CASE(changed_bytes_are_refused_or_decoded_but_do_no_harm) {
  const auto files = one_of_each();
  BOOST_TEST(rc::check("changed bytes do no harm", [&] {
    auto bytes = *rc::gen::elementOf(files);
    for (int i = *rc::gen::inRange(1, 5); i > 0; --i)
      bytes[*rc::gen::inRange(std::size_t{0}, bytes.size())] = *rc::gen::arbitrary<char>();
    const auto header = inspect(bytes);
    const auto* told = std::get_if<picture_header>(&header);
    const auto* info = told == nullptr ? nullptr : &told->info;
    // What a caller would refuse by its limits is not decoded.
    if (info == nullptr || info->pixels() > 1'000'000)
      return;
    const auto result = decode(bytes, *info);
    RC_ASSERT(equal(by_rows(bytes, *info), result));
    if (const auto* whole = std::get_if<decoded_picture>(&result)) {
      const auto* picture = &whole->pixels;
      RC_ASSERT(picture->width == info->width);
      RC_ASSERT(picture->height == info->height);
      RC_ASSERT(picture->pixels.size() == picture->height * picture->row_bytes());
    }
  }));
}

BOOST_AUTO_TEST_CASE(a_size_other_than_the_headers_is_refused) {
  for (const auto& bytes : {jpeg_of(gradient(20, 10, 3)), png_of(gradient(20, 10, 3)), webp_of(gradient(20, 10, 3))}) {
    auto info = info_of(bytes);
    info.width = 19;
    check_undecodable(bytes, info, "");
    info.width = 21;
    check_undecodable(bytes, info, "its size is not the one that its header tells");
  }
}

BOOST_AUTO_TEST_CASE(damage_is_named) {
  const auto jpeg = jpeg_of(gradient(200, 200, 3));
  check_undecodable(jpeg.substr(0, jpeg.size() / 2), info_of(jpeg), "rows are missing");
  // The end marker where data are missing.
  check_undecodable(jpeg.substr(0, jpeg.size() / 2) + "\xFF\xD9", info_of(jpeg),
                    "rows are missing, and others may be wrong");

  const auto png = png_of(gradient(200, 200, 3));
  check_undecodable(png.substr(0, png.size() / 2), info_of(png), "cut short");
  auto changed = png;
  changed[png.size() / 2] ^= 1;
  check_undecodable(changed, info_of(png), "IDAT");

  const auto webp = webp_of(gradient(200, 200, 3), false);
  check_undecodable(webp.substr(0, webp.size() / 2), info_of(webp), "cut short");
}

BOOST_AUTO_TEST_CASE(harmless_oddities_are_passed) {
  const auto wanted = gradient(40, 40, 3);
  auto jpeg = jpeg_of(wanted);
  // A JFIF version that nobody knows, and stray bytes before a marker.
  jpeg[11] = 9;
  jpeg.insert(jpeg.find("\xFF\xDB"), "\0\0"s);
  BOOST_TEST(largest_difference(pixels_of(jpeg), wanted) <= 8);
  BOOST_TEST(largest_difference(pixels_of(jpeg_of(wanted) + "trailing bytes"), wanted) <= 8);

  auto png = png_of(wanted);
  png.insert(33, png_chunk("tEXt", "Comment") + png_chunk("prVt", "private") + png_chunk("iCCP", "bad"));
  BOOST_TEST(largest_difference(pixels_of(png), wanted) == 0);
}

BOOST_AUTO_TEST_CASE(a_jpeg_of_endless_scans_is_given_up) {
  const auto jpeg = jpeg_of(gradient(64, 64, 1), {.progressive = true});
  // The first scan, which builds on nothing, may follow itself any number of times.
  const auto first_scan = jpeg.find("\xFF\xDA");
  const auto first_table = jpeg.rfind("\xFF\xC4", first_scan);
  const auto repeated = jpeg.substr(first_table, jpeg.find("\xFF\xC4", first_scan) - first_table);
  auto many = jpeg;
  for (int i = 0; i < 100; ++i)
    many.insert(first_table, repeated);
  check_undecodable(many, info_of(many), "scans");
}

BOOST_AUTO_TEST_SUITE_END()
