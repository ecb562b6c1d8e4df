#include "../pictures.hpp"
#include "checks.hpp"
#include "handmade_files.hpp"
#include "vision/header/exif.hpp"
#include "vision/header/png_text.hpp"
#include "vision/header/xmp.hpp"

#include <boost/test/unit_test.hpp>
#include <zlib.h>

#include <cstdio>
#include <string>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(orientation)

namespace {

const auto colours = gradient(61, 37, 3);

std::string xmp_packet(std::string_view property) {
  return "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF>"
         "<rdf:Description xmlns:tiff='http://ns.adobe.com/tiff/1.0/' " +
         std::string{property} + "</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>";
}

std::string attribute(int orientation) {
  return xmp_packet("tiff:Make=\"x\" tiff:Orientation=\"" + std::to_string(orientation) + "\">");
}

std::string jpeg_with_xmp(std::string jpeg, std::string_view packet) {
  const auto payload = "http://ns.adobe.com/xap/1.0/\0"s + std::string{packet};
  return jpeg.insert(2, "\xFF\xE1" + be16_text(static_cast<std::uint32_t>(payload.size()) + 2) + payload);
}

std::string png_with(std::string_view type, std::string_view data) {
  constexpr std::size_t signature_and_header = 8 + 25;
  return png_of(colours).insert(signature_and_header, png_chunk(type, data));
}

std::string webp_with(std::string_view chunks) {
  const auto header = le32_text(0x0C) + le32_text(60).substr(0, 3) + le32_text(36).substr(0, 3);
  return webp_file(webp_chunk("VP8X", header) + webp_of(colours).substr(12) + std::string{chunks});
}

/// As ImageMagick writes a profile.
std::string raw_profile_text(std::string_view name, std::string_view bytes) {
  auto text = "\n" + std::string{name} + "\n    " + std::to_string(bytes.size()) + "\n";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(bytes[i]));
    text += digits;
    if (i % 36 == 35)
      text += '\n';
  }
  return text + "\n";
}

std::string deflated(std::string_view text) {
  auto size = compressBound(static_cast<uLong>(text.size()));
  std::string bytes(size, '\0');
  compress(reinterpret_cast<Bytef*>(bytes.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
           static_cast<uLong>(text.size()));
  bytes.resize(size);
  return bytes;
}

int orientation_of(std::string_view file) {
  return accepted(file).orientation;
}

} // namespace

BOOST_AUTO_TEST_CASE(exif_may_tell_it_as_long) {
  // The entry's type and the low half of its value.
  auto little = exif_block(6), big = exif_block(6, false);
  little.replace(8 + 2 + 12 + 2, 1, "\x04");
  big.replace(8 + 2 + 12 + 2, 2, "\0\x04"s).replace(8 + 2 + 12 + 8, 4, "\0\0\0\x06"s);
  for (const auto& block : {little, big})
    BOOST_TEST(orientation_of(jpeg_with_exif(jpeg_of(colours), block)) == 6);
}

BOOST_AUTO_TEST_CASE(xmp_tells_it_in_every_format) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const auto element = "><tiff:Orientation>" + std::to_string(orientation) + "</tiff:Orientation>";
    for (const auto& packet : {attribute(orientation), xmp_packet(element)}) {
      const auto width = orientation < 5 ? 61U : 37U, height = orientation < 5 ? 37U : 61U;
      check_info(accepted(jpeg_with_xmp(jpeg_of(colours), packet)), picture_format::jpeg, width, height, orientation);
      check_info(accepted(png_with("iTXt", "XML:com.adobe.xmp\0\0\0\0\0"s + packet)), picture_format::png, width,
                 height, orientation);
      check_info(accepted(png_with("iTXt", "XML:com.adobe.xmp\0\x01\0en\0XMP\0"s + deflated(packet))),
                 picture_format::png, width, height, orientation);
      check_info(accepted(webp_with(webp_chunk("XMP ", packet))), picture_format::webp, width, height, orientation);
    }
  }
}

BOOST_AUTO_TEST_CASE(exif_goes_before_xmp) {
  BOOST_TEST(orientation_of(jpeg_with_xmp(jpeg_with_exif(jpeg_of(colours), exif_block(3)), attribute(6))) == 3);
  BOOST_TEST(orientation_of(jpeg_with_exif(jpeg_with_xmp(jpeg_of(colours), attribute(6)), exif_block(3))) == 3);
  BOOST_TEST(orientation_of(jpeg_with_exif(jpeg_with_xmp(jpeg_of(colours), attribute(6)), exif_block(1))) == 1);
  const auto xmp_png = png_with("iTXt", "XML:com.adobe.xmp\0\0\0\0\0"s + attribute(6));
  BOOST_TEST(orientation_of(png_with_exif(xmp_png, exif_block(3), true)) == 3);
  BOOST_TEST(orientation_of(webp_with(webp_chunk("XMP ", attribute(6)) + webp_chunk("EXIF", exif_block(3)))) == 3);
  // EXIF that tells none, or no sense.
  BOOST_TEST(orientation_of(jpeg_with_exif(jpeg_with_xmp(jpeg_of(colours), attribute(6)), exif_block(9))) == 6);
  BOOST_TEST(orientation_of(jpeg_with_exif(jpeg_with_xmp(jpeg_of(colours), attribute(6)), "II*\0"s)) == 6);
}

BOOST_AUTO_TEST_CASE(pngs_of_imagemagick_have_it_in_a_text) {
  const auto exif = "Exif\0\0"s + exif_block(6);
  for (const auto* name : {"exif", "APP1"})
    for (const auto& profile : {exif, exif_block(6)}) {
      const auto keyword = "Raw profile type "s + name + '\0', text = raw_profile_text(name, profile);
      BOOST_TEST(orientation_of(png_with("tEXt", keyword + text)) == 6);
      BOOST_TEST(orientation_of(png_with("zTXt", keyword + '\0' + deflated(text))) == 6);
      BOOST_TEST(orientation_of(png_with("iTXt", keyword + "\0\0\0\0"s + text)) == 6);
      BOOST_TEST(orientation_of(png_with("iTXt", keyword + "\1\0\0\0"s + deflated(text))) == 6);
      // Any other method of compression.
      BOOST_TEST(orientation_of(png_with("zTXt", keyword + '\1' + deflated(text))) == 1);
      BOOST_TEST(orientation_of(png_with_exif(png_with("tEXt", keyword + text), exif_block(3), true)) == 3);
    }
  const auto xmp = "http://ns.adobe.com/xap/1.0/\0"s + attribute(8);
  BOOST_TEST(orientation_of(png_with("zTXt", "Raw profile type APP1\0\0"s + deflated(raw_profile_text("APP1", xmp)))) ==
             8);
  BOOST_TEST(orientation_of(png_with("tEXt", "Raw profile type icc\0"s + raw_profile_text("icc", exif))) == 1);
  BOOST_TEST(orientation_of(png_with("tEXt", "Raw profile type exif"s)) == 1);
}

BOOST_AUTO_TEST_CASE(raw_profiles_end_at_what_is_no_digit) {
  using header::raw_profile;
  BOOST_TEST(raw_profile("\nexif\n    3\n4142\n43\n") == "ABC");
  BOOST_TEST(raw_profile("\nexif\n    3\n4a4B4") == "JK");
  BOOST_TEST(raw_profile("\nexif\n    3\n41x42") == "A");
  for (const auto* text : {"", "\n", "\nexif", "\nexif\n", "\nexif\n   9", "\nexif\n  9\n", "4142"})
    BOOST_TEST(raw_profile(text).empty());
}

BOOST_AUTO_TEST_CASE(texts_are_inflated_up_to_a_bound) {
  constexpr std::size_t bound = 256 * 1024;
  const auto bomb = deflated(std::string(50'000'000, ' '));
  BOOST_TEST(header::beginning_of({"k", bomb, true}).size() == bound);
  BOOST_TEST(header::beginning_of({"k", std::string_view{bomb}.substr(0, 100), true}).size() < bound);
  BOOST_TEST(header::beginning_of({"k", "no stream", true}).empty());
  BOOST_TEST(header::beginning_of({"k", "", true}).empty());
  BOOST_TEST(header::beginning_of({"k", std::string(bound + 1, 'x'), false}).size() == bound);
}

BOOST_AUTO_TEST_CASE(xmp_is_only_searched) {
  const auto told = [](std::string_view text) { return int{header::xmp_orientation(text).value_or(0)}; };
  for (const auto* text : {" tiff:Orientation='6'", "\ntiff:Orientation = \" 6 \"", "<tiff:Orientation>6<",
                           "<tiff:Orientation >\n 6 \n</tiff:Orientation>",
                           " tiff:Orientation='0'><tiff:Orientation>6</tiff:Orientation>"})
    BOOST_TEST(told(text) == 6, text);
  for (const auto* text :
       {"", "tiff:Orientation='6'", "xtiff:Orientation='6'", "</tiff:Orientation>6<", " tiff:Orientations='6'",
        " tiff:Orientation='9'", " tiff:Orientation='0'", " tiff:Orientation='66'", " tiff:Orientation='6",
        " tiff:Orientation=6", " tiff:Orientation=", " tiff:Orientation", " exif:Orientation='6'",
        "<tiff:Orientation>6", "<tiff:Orientation>"})
    BOOST_TEST(told(text) == 0, text);
  BOOST_TEST(told(std::string(256 * 1024, ' ') + "tiff:Orientation='6'") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
