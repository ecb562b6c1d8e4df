#include "../pictures.hpp"
#include "checks.hpp"
#include "handmade_files.hpp"
#include "vision/header/decoding_need.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(decoding_needs)

namespace {

using header::need_of;
using header::picture_shape;
using header::unfolding;

constexpr std::uint64_t kib = 1024;

decoding_need needs(std::string_view file) {
  accepted(file);
  return std::get<vision::picture_header>(inspect(file)).needs;
}

} // namespace

BOOST_AUTO_TEST_CASE(rows_take_rows_and_a_whole_takes_the_pixels_besides) {
  const auto need = need_of({picture_format::jpeg, 1000, 5000});
  BOOST_TEST(need.rows == 512 * kib + 64 * 1000 * 3);
  BOOST_TEST(need.whole == need.rows + 1000 * 5000 * 3);
  const auto grey = need_of({picture_format::jpeg, 1000, 5000, 1, 1});
  BOOST_TEST(grey.rows == 512 * kib + 64 * 1000);
  BOOST_TEST(grey.whole == grey.rows + 1000 * 5000);
  BOOST_TEST(need_of({picture_format::png, 1000, 5000, 1, 3, true, 16}).rows == 256 * kib + 64 * 1000 * 8);
}

BOOST_AUTO_TEST_CASE(turning_takes_the_upright_pixels) {
  for (std::uint8_t orientation = 1; orientation <= 8; ++orientation) {
    const auto need = need_of({picture_format::jpeg, 100, 50, orientation});
    BOOST_TEST(need.rows == 512 * kib + 64 * 100 * 3 + (orientation >= 3 ? 100 * 50 * 3 : 0));
  }
}

BOOST_AUTO_TEST_CASE(a_picture_is_turned_once_whoever_says_so) {
  const auto plain = jpeg_of(gradient(61, 37, 3));
  const auto with_exif = jpeg_with_exif(plain, exif_block(6));
  auto turned = std::get<vision::picture_header>(inspect(plain)).info;
  turned.orientation = 6;
  const auto expected = needs(with_exif);
  for (const auto& file : {plain, with_exif}) {
    const auto need = std::get<vision::picture_header>(inspect(file, turned)).needs;
    BOOST_TEST(need.rows == expected.rows);
    BOOST_TEST(need.whole == expected.whole);
  }
}

BOOST_AUTO_TEST_CASE(jpegs_of_several_scans_hold_their_coefficients) {
  const auto picture = gradient(61, 37, 3);
  const auto rows = 512 * kib + 64 * 61 * 3;
  BOOST_TEST(needs(jpeg_of(picture)).rows == rows);
  // 4 x 3 units of 16 x 16 px: four blocks of luma and two of chroma.
  BOOST_TEST(needs(jpeg_of(picture, {.progressive = true, .across = 2, .down = 2})).rows == rows + 4 * 3 * 6 * 8 * 17);
  // 8 x 5 units of 8 x 8 px.
  BOOST_TEST(needs(jpeg_of(picture, {.progressive = true, .across = 1, .down = 1})).rows == rows + 8 * 5 * 3 * 8 * 17);
  BOOST_TEST(needs(jpeg_of(picture, {.across = 1, .down = 1, .separate_scans = true})).rows ==
             rows + 8 * 5 * 3 * 8 * 17);
  BOOST_TEST(needs(jpeg_of(gradient(61, 37, 1), {.progressive = true})).rows == 512 * kib + 64 * 61 + 8 * 5 * 8 * 17);
}

BOOST_AUTO_TEST_CASE(interlaced_pngs_hold_their_pixels) {
  const auto rows = 256 * kib;
  BOOST_TEST(needs(png_of(gradient(61, 37, 3))).rows == rows + 64 * 61 * 3);
  BOOST_TEST(needs(png_of(gradient(61, 37, 3), {.interlaced = true})).rows == rows + 64 * 61 * 3 + 61 * 37 * 3);
  BOOST_TEST(needs(png_of(gradient(61, 37, 2), {.interlaced = true})).rows == rows + 64 * 61 * 2 + 61 * 37 * 2);
  BOOST_TEST(needs(palette_png(61, 37)).rows == rows + 64 * 61 * 4);
}

BOOST_AUTO_TEST_CASE(what_webps_hold) {
  const auto rows = 512 * kib;
  BOOST_TEST(needs(webp_of(gradient(61, 37, 3), false)).rows == rows + 128 * 61 * 3);
  BOOST_TEST(needs(webp_of(gradient(61, 37, 4), false)).rows == rows + 128 * 61 * 4 + 61 * 37 * 8);
  BOOST_TEST(needs(webp_of(gradient(61, 37, 3), true)).rows == rows + 128 * 61 * 3 + 61 * 37 * 4 + 4 * (61 * 37 / 8));
}

BOOST_AUTO_TEST_CASE(what_the_other_formats_hold) {
  BOOST_TEST(needs(gif_of({61, 37, 0, 0, 61, 37})).rows == 256 * kib + 4 * 61 * 3 + 61 * 37 * 4);
  BOOST_TEST(needs(bmp_of({})).rows == 64 * kib + 4 * 61 * 3);
  BOOST_TEST(needs(bmp_of({.bits = 8, .compression = 1})).rows == 64 * kib + 4 * 61 * 3 + 61 * 37);
  BOOST_TEST(needs(codestream_of({})).rows == 1024 * kib + 4 * 61 * 3 + 61 * 37 * 3 * 7);
  // As coded, not as cropped.
  BOOST_TEST(needs(heif_of({.properties = {ispe(100, 50), clap({60, 1, 30, 1, 0, 1, 0, 1})}})).rows ==
             8192 * kib + 4 * 60 * 3 + 100 * 50 * 8);
}

BOOST_AUTO_TEST_CASE(a_tiff_holds_a_strip_or_a_row_of_tiles) {
  const auto rows = 512 * kib + 4 * 61 * 3;
  const auto of = [](const tiff_fields& more) { return needs(tiff_of({usual_tiff(61, 37, more)})).rows; };
  BOOST_TEST(of({}) == rows + 61 * 37 * 7);
  BOOST_TEST(of({{278, 3, 10}}) == rows + 61 * 10 * 7);
  BOOST_TEST(of({{322, 3, 16}, {323, 3, 32}}) == rows + 64 * 32 * 7);
  // Planes of their own and unusual colours are unfolded as a whole.
  BOOST_TEST(of({{278, 3, 10}, {284, 3, 2}}) == rows + 61 * 37 * 7);
  BOOST_TEST(of({{278, 3, 10}, {262, 3, 8}}) == rows + 61 * 37 * 7);
  BOOST_TEST(of({{322, 3, 16}, {323, 3, 32}, {284, 3, 2}}) == rows + 64 * 64 * 7);
}

BOOST_AUTO_TEST_CASE(no_sum_overflows) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  constexpr auto side = std::numeric_limits<std::uint32_t>::max();
  const auto need = need_of({picture_format::heif, side, side, 1, 3, true, 16, unfolding::block, most});
  BOOST_TEST(need.rows == most);
  BOOST_TEST(need.whole == most);
  BOOST_TEST(needs(tiff_of({usual_tiff(61, 37, {{322, 4, side}, {323, 4, side}, {277, 3, 65535}})})).rows == most);
}

BOOST_AUTO_TEST_SUITE_END()
