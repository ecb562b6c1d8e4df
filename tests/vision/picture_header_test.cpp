#include "header/checks.hpp"
#include "pictures.hpp"
#include "vision/header/exif.hpp"
#include "vision/picture_header.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using glyphgate::vision::header::exif_orientation;
using namespace std::string_literals;

namespace {

const auto colours = gradient(61, 37, 3);

/// The JPEG's frame header's marker is at the returned place.
std::size_t frame_of(const std::string& jpeg) {
  const auto at = jpeg.find("\xFF\xC0");
  BOOST_REQUIRE(at != std::string::npos);
  return at;
}

std::string jpeg_of_size(std::uint32_t width, std::uint32_t height) {
  auto jpeg = jpeg_of(colours);
  return jpeg.replace(frame_of(jpeg) + 5, 4, be16_text(height) + be16_text(width));
}

std::string png_of_header(std::uint32_t width, std::uint32_t height, std::string_view rest) {
  return "\x89PNG\r\n\x1A\n"s + png_chunk("IHDR", be32_text(width) + be32_text(height) + std::string{rest}) +
         png_chunk("IDAT", "x") + png_chunk("IEND", "");
}

} // namespace

BOOST_AUTO_TEST_SUITE(picture_header)

BOOST_AUTO_TEST_CASE(formats_are_recognised_by_content) {
  check_info(accepted(jpeg_of(colours)), picture_format::jpeg, 61, 37, 1);
  check_info(accepted(jpeg_of(colours, {.progressive = true})), picture_format::jpeg, 61, 37, 1);
  check_info(accepted(jpeg_of(colours, {.arithmetic = true})), picture_format::jpeg, 61, 37, 1);
  check_info(accepted(jpeg_of(gradient(61, 37, 1))), picture_format::jpeg, 61, 37, 1);
  check_info(accepted(jpeg_of(gradient(61, 37, 4))), picture_format::jpeg, 61, 37, 1);
  check_info(accepted(png_of(colours)), picture_format::png, 61, 37, 1);
  check_info(accepted(palette_png(61, 37)), picture_format::png, 61, 37, 1);
  check_info(accepted(webp_of(colours, true)), picture_format::webp, 61, 37, 1);
  check_info(accepted(webp_of(colours, false)), picture_format::webp, 61, 37, 1);
}

BOOST_AUTO_TEST_CASE(orientation_turns_the_size) {
  for (int orientation = 1; orientation <= 8; ++orientation)
    for (const bool little_endian : {true, false}) {
      const auto exif = exif_block(static_cast<std::uint16_t>(orientation), little_endian);
      const auto width = orientation < 5 ? 61U : 37U, height = orientation < 5 ? 37U : 61U;
      check_info(accepted(jpeg_with_exif(jpeg_of(colours), exif)), picture_format::jpeg, width, height, orientation);
      check_info(accepted(png_with_exif(png_of(colours), exif)), picture_format::png, width, height, orientation);
      check_info(accepted(png_with_exif(png_of(colours), exif, true)), picture_format::png, width, height, orientation);
      for (const bool lossless : {true, false})
        for (const auto& prefix : {""s, "Exif\0\0"s})
          check_info(accepted(webp_with_exif(webp_of(colours, lossless), prefix + exif, 61, 37)), picture_format::webp,
                     width, height, orientation);
    }
}

BOOST_AUTO_TEST_CASE(the_first_exif_block_counts) {
  const auto jpeg = jpeg_with_exif(jpeg_with_exif(jpeg_of(colours), exif_block(3)), exif_block(6));
  BOOST_TEST(int{accepted(jpeg).orientation} == 6);
}

BOOST_AUTO_TEST_CASE(damaged_exif_tells_nothing) {
  const auto told = [](std::string_view block) { return int{exif_orientation(block).value_or(0)}; };
  const auto exif = exif_block(6);
  BOOST_TEST(told(exif) == 6);
  // The entry that tells the orientation ends four bytes before the block.
  for (std::size_t length = 0; length < exif.size() - 4; ++length)
    BOOST_TEST(told(exif.substr(0, length)) == 0);
  for (const int orientation : {0, 9, 255})
    BOOST_TEST(told(exif_block(static_cast<std::uint16_t>(orientation))) == 0);
  const auto changed = [&](std::size_t at, const std::string& bytes) {
    return told(std::string{exif}.replace(at, bytes.size(), bytes));
  };
  BOOST_TEST(changed(0, "XX") == 0);
  BOOST_TEST(changed(2, "\0"s) == 0);
  // The directory is past the end, at the end of what 32 bits can tell, and within the header.
  BOOST_TEST(changed(4, "\x40\0\0\0"s) == 0);
  BOOST_TEST(changed(4, "\xFF\xFF\xFF\xFF") == 0);
  BOOST_TEST(changed(4, "\0\0\0\0"s) == 0);
  // As many entries as 16 bits can tell: the orientation is among the first, an absent one is not sought past the end.
  BOOST_TEST(changed(8, "\xFF\xFF") == 6);
  BOOST_TEST(told("II*\0\x08\0\0\0\xFF\xFF"s + std::string(100, '\0')) == 0);
  // The orientation as a type that it does not have.
  BOOST_TEST(changed(24, "\x07") == 0);
}

BOOST_AUTO_TEST_CASE(other_formats_are_named) {
  for (const auto& [bytes, name] :
       {std::pair{"%PDF-1.7\n"s, "a PDF, which is no image: post it to /ocr/jobs, where its pages are read"},
        {"\xEF\xBB\xBF\n%PDF-1.7\n"s, "a PDF"},
        {"\xFF\x0A\xFA\x7F"s, "a JPEG XL"},
        {"\0\0\0\x0CJXL \r\n\x87\n"s, "a JPEG XL"},
        {"8BPS\0\x01"s, "a Photoshop document"},
        {"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>"s, "an SVG"},
        {"<!DOCTYPE html>\n<html><body><svg></svg>"s, "an HTML page"},
        {"\n<!doctype HTML>\n<p>Not found"s, "an HTML page"},
        {"<HTML><p>Not found"s, "an HTML page"},
        {"PK\x03\x04\x14"s, "a ZIP archive or an office document"},
        {"\0\0\0\x18"
         "ftypisom\0\0\0\0isommp42"s,
         "a video"},
        {"hello, world"s, "a text"},
        {"gr\xC3\xBC\xC3\x9F dich"s, "a text"},
        {"BM of a lot, in words"s, "a text"},
        {"GIF, in words"s, "a text"},
        {"\xFF"s, "of no known kind"},
        {"\0"s, "of no known kind"},
        {"RIFF\x04\0\0\0WAVE"s, "of no known kind"},
        {"\x89PNG"s, "of no known kind"}}) {
    check_refusal(bytes, ec::unsupported_format, "the file is "s + name);
    check_refusal(bytes, ec::unsupported_format,
                  "supported are JPEG, PNG, WebP, GIF, BMP, TIFF, JPEG 2000, HEIC and AVIF, and PDF for jobs");
  }
  check_refusal("", ec::invalid_picture, "empty");
}

BOOST_AUTO_TEST_CASE(a_long_text_may_be_cut_within_a_character) {
  std::string text;
  while (text.size() < 1025)
    text += "\xE6\x96\x87";
  for (const auto* before : {"", "x", "xy"})
    check_refusal(before + text, ec::unsupported_format, "a text");
  check_refusal(text + "\xFF", ec::unsupported_format, "a text");
  check_refusal(text.substr(0, 90) + "\xFF" + text, ec::unsupported_format, "of no known kind");
}

BOOST_AUTO_TEST_CASE(only_a_tiff_has_more_pages) {
  for (const auto& bytes : {jpeg_of(colours), png_of(colours), webp_of(colours)}) {
    const auto header = std::get<vision::picture_header>(inspect(bytes));
    BOOST_TEST(header.pages == 1U);
    BOOST_TEST(header.info.page == 0U);
    const auto second = inspect(bytes, 1);
    BOOST_REQUIRE(std::holds_alternative<picture_refusal>(second));
    BOOST_TEST(std::get<picture_refusal>(second).detail ==
               "the file has no page 1, counted from 0; it holds 1 picture");
  }
}

BOOST_AUTO_TEST_CASE(variants_without_a_decoder_are_unsupported) {
  auto jpeg = jpeg_of(colours);
  const auto frame = frame_of(jpeg);
  const auto changed = [&](std::size_t at, char value) { return std::string{jpeg}.replace(frame + at, 1, 1, value); };
  for (const char marker : {'\xC3', '\xC5', '\xC6', '\xC7', '\xCB', '\xCD', '\xCE', '\xCF'})
    check_refusal(changed(1, marker), ec::unsupported_format, "lossless");
  check_refusal(changed(4, 12), ec::unsupported_format, "12 bits");
  // Two components, with a frame header of the right length.
  auto two = jpeg.substr(0, frame) + "\xFF\xC0" + be16_text(14) + jpeg.substr(frame + 4, 5) + "\x02" +
             jpeg.substr(frame + 10, 6) + jpeg.substr(frame + 19);
  check_refusal(two, ec::unsupported_format, "2 components");
}

BOOST_AUTO_TEST_CASE(senseless_headers_are_invalid) {
  check_refusal(jpeg_of_size(0, 10), ec::invalid_picture, "0 x 10 px");
  check_refusal(jpeg_of_size(10, 0), ec::invalid_picture, "10 x 0 px");
  check_info(accepted(jpeg_of_size(65500, 65500)), picture_format::jpeg, 65500, 65500, 1);
  check_refusal(jpeg_of_size(65501, 10), ec::invalid_picture, "65500");
  check_refusal(jpeg_of_size(10, 65535), ec::invalid_picture, "65500");

  const auto jpeg = jpeg_of(colours);
  const auto frame = frame_of(jpeg);
  check_refusal(std::string{jpeg}.insert(frame, jpeg.substr(frame, 19)), ec::invalid_picture, "two frame headers");
  check_refusal(std::string{jpeg}.erase(frame, 19), ec::invalid_picture, "no frame header");
  check_refusal(std::string{jpeg}.replace(frame + 9, 1, "\x09"), ec::invalid_picture, "damaged");
  check_refusal(std::string{jpeg}.replace(frame + 2, 2, "\0\x01"s), ec::invalid_picture, "damaged");
  check_refusal("\xFF\xD8\xFF\xD9", ec::invalid_picture, "damaged");
  check_refusal("\xFF\xD8\xFF\xE1\xFF\xFF", ec::invalid_picture, "cut short");

  const auto sane = "\x08\x02\0\0\0"s;
  check_info(accepted(png_of_header(3, 4, sane)), picture_format::png, 3, 4, 1);
  check_refusal(png_of_header(0, 4, sane), ec::invalid_picture, "0 x 4 px");
  check_refusal(png_of_header(3, 0, sane), ec::invalid_picture, "3 x 0 px");
  check_refusal(png_of_header(0x80000000, 4, sane), ec::invalid_picture, "2147483648 x 4 px");
  for (const auto& rest : {"\x03\x02\0\0\0"s, "\x10\x03\0\0\0"s, "\x08\x01\0\0\0"s, "\x08\x07\0\0\0"s,
                           "\x08\x02\x01\0\0"s, "\x08\x02\0\x01\0"s, "\x08\x02\0\0\x02"s})
    check_refusal(png_of_header(3, 4, rest), ec::invalid_picture, "damaged");
  auto wrong_sum = png_of_header(3, 4, sane);
  wrong_sum[16] ^= 1;
  check_refusal(wrong_sum, ec::invalid_picture, "damaged");
  const auto png = png_of_header(3, 4, sane);
  check_refusal(png.substr(0, 33) + png_chunk("IEND", ""), ec::invalid_picture, "no image data");
  check_refusal(png.substr(0, 33) + be32_text(0xFFFFFFFF) + "tEXt" + std::string(64, 'x'), ec::invalid_picture,
                "cut short");

  const auto webp = webp_of(colours);
  check_refusal(std::string{webp}.replace(4, 4, "\xFF\xFF\xFF\xFF"), ec::invalid_picture, "cut short");
  check_refusal(std::string{webp}.replace(4, 4, "\0\0\0\0"s), ec::invalid_picture, "no image data");
  check_refusal(std::string{webp}.replace(12, 4, "VP9 "), ec::invalid_picture, "no image data");
  check_refusal(std::string{webp}.replace(20, 1, "x"), ec::invalid_picture, "damaged");
}

BOOST_AUTO_TEST_CASE(stray_bytes_between_jpeg_segments_are_passed) {
  auto jpeg = jpeg_of(colours);
  jpeg.insert(frame_of(jpeg), "\0\0\xFF\xFF"s);
  check_info(accepted(jpeg), picture_format::jpeg, 61, 37, 1);
}

BOOST_AUTO_TEST_CASE(bytes_after_the_picture_do_no_harm) {
  for (const auto& bytes : {jpeg_of(colours), png_of(colours), webp_of(colours)})
    BOOST_TEST(accepted(bytes + std::string(1000, '\xFF')).width == 61U);
}

BOOST_AUTO_TEST_CASE(endless_headers_are_given_up) {
  std::string segments = "\xFF\xD8";
  for (int i = 0; i < 70000; ++i)
    segments += "\xFF\xFE\0\x02"s;
  check_refusal(segments + jpeg_of(colours).substr(2), ec::invalid_picture, "too many parts");
  check_refusal("\xFF\xD8" + std::string(100000, '\xFF'), ec::invalid_picture, "too many parts");

  auto chunks = png_of(colours);
  std::string texts;
  for (int i = 0; i < 70000; ++i)
    texts += png_chunk("tEXt", "");
  check_refusal(chunks.insert(33, texts), ec::invalid_picture, "too many chunks");

  std::string profiles;
  for (int i = 0; i < 70000; ++i)
    profiles += webp_chunk("ICCP", "");
  check_refusal(webp_file(webp_of(colours).substr(12) + profiles), ec::invalid_picture, "too many chunks");
}

BOOST_AUTO_TEST_CASE(every_prefix_is_refused_or_tells_the_same) {
  for (const auto& bytes : {jpeg_with_exif(jpeg_of(colours), exif_block(6)), jpeg_of(colours, {.progressive = true}),
                            png_with_exif(png_of(colours), exif_block(6)), webp_of(colours, false),
                            webp_with_exif(webp_of(colours), exif_block(6), 61, 37)}) {
    const auto whole = accepted(bytes);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const auto result = inspect(std::string_view{bytes}.substr(0, length));
      if (const auto* header = std::get_if<vision::picture_header>(&result)) {
        // Only a JPEG's end is not looked for.
        BOOST_TEST((whole.format == picture_format::jpeg));
        check_info(header->info, whole.format, whole.width, whole.height, whole.orientation);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(limits_name_what_is_exceeded) {
  const call_limits limits;
  const auto check = [&](picture_info info, std::size_t size, std::string_view name, std::uint64_t value,
                         std::string_view part_of_detail) {
    const auto refusal = check_limits(info, size, limits);
    BOOST_REQUIRE(refusal);
    BOOST_TEST(to_string(refusal->code) == to_string(ec::picture_too_large));
    BOOST_REQUIRE(refusal->limit);
    BOOST_TEST(refusal->limit->name == name);
    BOOST_TEST(refusal->limit->value == value);
    BOOST_TEST(refusal->detail.find(part_of_detail) != std::string::npos, refusal->detail);
  };
  const auto info = [](std::uint32_t width, std::uint32_t height) {
    return picture_info{picture_format::png, width, height, 1};
  };
  constexpr std::size_t max_size = 15 * 1024 * 1024;
  BOOST_TEST(!check_limits(info(666, 64), max_size, limits));
  BOOST_TEST(!check_limits(info(1000, 50000), 1, limits));
  BOOST_TEST(!check_limits(info(65500, 763), 1, limits));
  check(info(666, 64), max_size + 1, "file_size_limit_mb", 15, "15 MiB");
  check(info(7072, 7071), 1, "pixel_limit", 50'000'000, "50006112 pixels; at most 50000000");
  check(info(900, 50001), 1, "height_limit_px", 50000, "900 x 50001 px");
  check(info(65501, 10), 1, "side_limit_px", 65500, "65501 x 10 px");
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  check(info(most, most), 1, "pixel_limit", 50'000'000, "18446744065119617025 pixels");

  call_limits higher;
  higher.height_px = 70000;
  BOOST_TEST(check_limits(info(10, 65501), 1, higher)->limit->name == "side_limit_px");
}

BOOST_AUTO_TEST_SUITE_END()
