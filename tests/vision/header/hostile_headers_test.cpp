#include "../pictures.hpp"
#include "checks.hpp"
#include "handmade_files.hpp"
#include "library_files.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <ctime>
#include <string>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(hostile_headers)

namespace {

const std::vector<std::string>& files() {
  static const auto exif = exif_block(6);
  static const auto colours = gradient(61, 37, 3);
  static const std::vector<std::string> all{
      jpeg_with_exif(jpeg_of(colours), exif),
      jpeg_of(colours, {.progressive = true}),
      png_with_exif(png_of(colours), exif),
      webp_of(colours, false),
      webp_with_exif(webp_of(colours), exif, 61, 37),
      gif_by_giflib(gradient(61, 37, 1)),
      gif_of({61, 37, 10, 20, 50, 10}, "\x21\xFE\x03"
                                       "abc\0"s),
      bmp_of({}),
      bmp_of({.header_size = 12}),
      bmp_of({.header_size = 124, .bits = 32, .compression = 3}),
      tiff_by_libtiff({colours, gradient(10, 20, 1)}, {.compression = 5, .mode = "wl"}),
      tiff_by_libtiff({colours}, {.mode = "wb", .orientation = 6}),
      tiff_by_libtiff({colours}, {.mode = "w8"}),
      tiff_of({usual_tiff(61, 37), usual_tiff(10, 20)}),
      jpeg2000_by_openjpeg(colours, true),
      jpeg2000_by_openjpeg(colours, false),
      heif_by_libheif(gradient(71, 65, 3), {.orientation = 6}),
      heif_by_libheif(gradient(71, 65, 3), {.av1 = true, .grid = true}),
      heif_of({.properties = {ispe(100, 50), clap({60, 1, 30, 1, 0, 1, 0, 1}), irot(1)}})};
  return all;
}

/// What holds for any bytes.
void check_sense(const std::variant<vision::picture_header, picture_refusal>& result, std::uint32_t page) {
  if (const auto* refusal = std::get_if<picture_refusal>(&result)) {
    RC_ASSERT(refusal->code == ec::invalid_picture || refusal->code == ec::unsupported_format);
    RC_ASSERT(!refusal->detail.empty());
    return;
  }
  const auto& [info, needs, pages] = std::get<vision::picture_header>(result);
  RC_ASSERT(info.width >= 1U);
  RC_ASSERT(info.height >= 1U);
  RC_ASSERT(info.orientation >= 1);
  RC_ASSERT(info.orientation <= 8);
  RC_ASSERT(info.page == page);
  RC_ASSERT(page < pages);
  RC_ASSERT(needs.rows > 0U);
  RC_ASSERT(needs.whole >= needs.rows);
}

/// A header is to be read within a few milliseconds of processor time; a sanitizer takes more.
void check_quick(std::string_view bytes) {
  const auto start = std::clock();
  inspect(bytes);
  const auto took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  BOOST_TEST(took < 1.0);
}

} // namespace

BOOST_AUTO_TEST_CASE(every_prefix_is_refused_or_tells_the_same) {
  for (const auto& bytes : files()) {
    const auto whole = accepted(bytes);
    std::size_t told = 0;
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      // A copy, so that a sanitizer sees what is read behind its end.
      const std::string prefix(bytes, 0, length);
      const auto result = inspect(prefix);
      if (const auto* header = std::get_if<vision::picture_header>(&result)) {
        ++told;
        if (header->info.width != whole.width || header->info.height != whole.height ||
            header->info.orientation != whole.orientation || header->info.format != whole.format)
          BOOST_ERROR("another header in the first " << length << " bytes");
      } else if (const auto& refusal = std::get<picture_refusal>(result); refusal.detail.empty()) {
        BOOST_ERROR("no reason for " << length << " bytes");
      }
    }
    BOOST_TEST(told < bytes.size());
    // These are refused where anything is missing.
    if (whole.format == picture_format::png || whole.format == picture_format::webp)
      BOOST_TEST(told == 0U);
  }
}

BOOST_AUTO_TEST_CASE(changed_bytes_make_no_nonsense) {
  BOOST_TEST(rc::check("changed bytes", [] {
    auto bytes = *rc::gen::elementOf(files());
    for (int i = *rc::gen::inRange(1, 8); i > 0; --i) {
      // Headers are at the beginning, but for TIFF.
      const auto within = *rc::gen::elementOf(std::vector<std::size_t>{64, 512, bytes.size()});
      const auto at = *rc::gen::inRange(std::size_t{0}, std::min(within, bytes.size()));
      bytes[at] = *rc::gen::element('\0', '\1', '\x7F', '\x80', '\xFF', *rc::gen::arbitrary<char>());
    }
    for (const std::uint32_t page : {0U, 1U})
      check_sense(inspect(bytes, page), page);
  }));
}

BOOST_AUTO_TEST_CASE(arbitrary_bytes_behind_a_signature_make_no_nonsense) {
  BOOST_TEST(rc::check("arbitrary bytes", [] {
    auto bytes =
        *rc::gen::element("\xFF\xD8\xFF"s, "\x89PNG\r\n\x1A\n"s, "GIF89a"s, "BM"s, "II*\0\x08\0\0\0"s,
                          "MM\0*\0\0\0\x08"s, "II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0"s, "\xFF\x4F\xFF\x51"s, jp2_of(""),
                          "\0\0\0\x10"
                          "ftypheic\0\0\0\0heic"s,
                          "RIFF\x40\0\0\0WEBPVP8X"s);
    bytes += *rc::gen::arbitrary<std::string>();
    check_sense(inspect(bytes), 0);
  }));
}

BOOST_AUTO_TEST_CASE(bombs_are_quick) {
  constexpr std::size_t size = 16'000'000;
  for (const auto& start : {"\xFF\xD8\xFF"s, "\x89PNG\r\n\x1A\n"s, "GIF89a\1\0\1\0\0\0\0"s, "II*\0\x08\0\0\0"s,
                            "MM\0*\0\0\0\x08"s, "\xFF\x4F\xFF\x51"s, jp2_of(""),
                            "\0\0\0\x14"
                            "ftypheic\0\0\0\0heic"s,
                            "RIFF\xFF\0\0\0WEBP"s, "%!"s, "<"s})
    for (const char filler : {'\0', '\1', '\x08', '!', '<', '\xFF'})
      check_quick(start + std::string(size, filler));

  std::string properties;
  for (int i = 0; i < 60000; ++i)
    properties += " tiff:Orientation=";
  check_quick(jpeg_of(gradient(8, 8, 3))
                  .insert(2, "\xFF\xE1\xFF\xFF"
                             "http://ns.adobe.com/xap/1.0/\0"s +
                                 properties.substr(0, 65535 - 2 - 29)));
  std::string associations;
  for (int i = 0; i < 60000; ++i)
    associations += "\0\1\xFF"s + std::string(255, '\1');
  check_quick(box_of("ftyp", "heic\0\0\0\0heic"s) +
              box_of("meta", "\0\0\0\0"s + box_of("pitm", "\0\0\0\0\0\2"s) +
                                 box_of("iinf", "\0\0\0\0\0\1"s + heif_item(2, "hvc1")) +
                                 box_of("iprp", box_of("ipco", ispe(8, 8)) +
                                                    box_of("ipma", "\0\0\0\0\xFF\xFF\xFF\xFF"s + associations))));
}

BOOST_AUTO_TEST_SUITE_END()
