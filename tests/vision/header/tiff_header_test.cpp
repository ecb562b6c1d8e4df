#include "../pictures.hpp"
#include "checks.hpp"
#include "handmade_files.hpp"
#include "library_files.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>
#include <variant>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(tiff_header)

namespace {

vision::picture_header page_of(std::string_view file, std::uint32_t page) {
  const auto result = inspect(file, page);
  if (const auto* refusal = std::get_if<picture_refusal>(&result))
    BOOST_FAIL("refused: " << refusal->detail);
  return std::get<vision::picture_header>(result);
}

} // namespace

BOOST_AUTO_TEST_CASE(what_libtiff_writes) {
  for (const char* mode : {"wl", "wb", "w8", "w8l", "w8b"})
    for (const int compression : {1, 5, 7, 8, 32773, 32946, 34925, 50000})
      check_info(accepted(tiff_by_libtiff({gradient(61, 37, 3)},
                                          {.compression = static_cast<std::uint16_t>(compression), .mode = mode})),
                 picture_format::tiff, 61, 37, 1);
  for (const int compression : {2, 3, 4})
    check_info(
        accepted(tiff_by_libtiff({gradient(61, 37, 1)}, {.compression = static_cast<std::uint16_t>(compression)})),
        picture_format::tiff, 61, 37, 1);
  check_info(accepted(tiff_by_libtiff({gradient(61, 37, 3)}, {.tile = 16})), picture_format::tiff, 61, 37, 1);
}

BOOST_AUTO_TEST_CASE(orientation_turns_the_size) {
  for (std::uint16_t orientation = 1; orientation <= 8; ++orientation)
    check_info(accepted(tiff_by_libtiff({gradient(61, 37, 3)}, {.orientation = orientation})), picture_format::tiff,
               orientation < 5 ? 61 : 37, orientation < 5 ? 37 : 61, orientation);
  for (const std::uint64_t senseless : {0, 9, 262})
    check_info(accepted(tiff_of({usual_tiff(61, 37, {{274, 3, senseless}})})), picture_format::tiff, 61, 37, 1);
}

BOOST_AUTO_TEST_CASE(every_page_is_a_picture) {
  for (const char* mode : {"wl", "wb", "w8"}) {
    const auto file = tiff_by_libtiff({gradient(61, 37, 3), gradient(10, 20, 1), gradient(30, 5, 3)}, {.mode = mode});
    for (std::uint32_t page = 0; page < 3; ++page) {
      const auto header = page_of(file, page);
      BOOST_TEST(header.pages == 3U);
      BOOST_TEST(header.info.page == page);
      BOOST_TEST(header.info.width == (page == 0 ? 61U : page == 1 ? 10U : 30U));
    }
    for (const std::uint32_t absent : {3U, std::numeric_limits<std::uint32_t>::max()}) {
      const auto none = inspect(file, absent);
      BOOST_REQUIRE(std::holds_alternative<picture_refusal>(none));
      BOOST_TEST(std::get<picture_refusal>(none).detail ==
                 "the file has no page " + std::to_string(absent) + ", counted from 0; it holds 3 pictures");
    }
  }
}

BOOST_AUTO_TEST_CASE(thumbnails_are_no_pages) {
  const auto thumbnail = usual_tiff(8, 8, {{254, 4, 1}}), old_thumbnail = usual_tiff(7, 7, {{255, 3, 2}}),
             part = usual_tiff(61, 37, {{254, 4, 2}});
  const auto file = tiff_of({thumbnail, part, old_thumbnail, usual_tiff(10, 20)});
  BOOST_TEST(page_of(file, 0).info.width == 61U);
  BOOST_TEST(page_of(file, 1).info.width == 10U);
  BOOST_TEST(page_of(file, 1).pages == 2U);
  check_refusal(tiff_of({thumbnail, old_thumbnail}), ec::invalid_picture, "only thumbnails");
  check_refusal("II*\0\0\0\0\0"s, ec::invalid_picture, "no pages");
}

BOOST_AUTO_TEST_CASE(only_the_wanted_page_has_to_be_supported) {
  const auto file = tiff_of({usual_tiff(61, 37), {{256, 4, 10}, {257, 4, 20}, {259, 3, 34712}}});
  BOOST_TEST(page_of(file, 0).pages == 2U);
  const auto second = inspect(file, 1);
  BOOST_REQUIRE(std::holds_alternative<picture_refusal>(second));
  BOOST_TEST(std::get<picture_refusal>(second).detail == "TIFF of the compression 34712 is not supported");
}

BOOST_AUTO_TEST_CASE(kinds_that_are_not_decoded_are_unsupported) {
  const auto with = [](const tiff_fields& more) { return tiff_of({usual_tiff(61, 37, more)}); };
  for (const std::uint64_t compression : {0, 9, 10, 32895, 34712, 50002, 65535})
    check_refusal(with({{259, 3, compression}}), ec::unsupported_format, "compression " + std::to_string(compression));
  for (const std::uint64_t bits : {0, 3, 12, 32, 64})
    check_refusal(with({{258, 3, bits}}), ec::unsupported_format, "TIFF of " + std::to_string(bits) + " bits");
  check_refusal(with({{339, 3, 3}}), ec::unsupported_format, "floating-point");
  for (const std::uint64_t photometric : {4, 7, 9, 10, 50000})
    check_refusal(with({{262, 3, photometric}}), ec::unsupported_format,
                  "photometric interpretation " + std::to_string(photometric));
  check_refusal(with({{262, 3, 32803}, {259, 3, 34713}}), ec::unsupported_format, "camera's raw picture");
  for (const std::uint64_t photometric : {0, 1, 2, 3, 5, 6, 8})
    check_info(accepted(with({{262, 3, photometric}})), picture_format::tiff, 61, 37, 1);
  check_info(accepted(with({{259, 3, 34676}, {262, 3, 32845}, {258, 3, 32}, {339, 3, 3}})), picture_format::tiff, 61,
             37, 1);
}

BOOST_AUTO_TEST_CASE(fields_of_any_integer_type) {
  check_info(accepted(tiff_of({{{256, 3, 61}, {257, 3, 37}}}, {.little = false})), picture_format::tiff, 61, 37, 1);
  for (const bool little : {true, false})
    check_info(accepted(tiff_of({{{256, 16, 61}, {257, 16, 37}}}, {.little = little, .big = true})),
               picture_format::tiff, 61, 37, 1);
  // Values that do not fit the field are elsewhere: here, at the file's second number.
  check_info(accepted(tiff_of({{{256, 3, 2, 3}, {257, 3, 37}}})), picture_format::tiff, 42, 37, 1);
  check_refusal(tiff_of({{{256, 3, 0xFFFFFFFF, 3}, {257, 3, 37}}}), ec::invalid_picture, "0 x 37 px");
}

BOOST_AUTO_TEST_CASE(senseless_ones_are_refused) {
  check_refusal(tiff_of({usual_tiff(0, 37)}), ec::invalid_picture, "0 x 37 px");
  check_refusal(tiff_of({{{256, 3, 61}}}), ec::invalid_picture, "61 x 0 px");
  check_refusal(tiff_of({usual_tiff(0xFFFFFFFF, 37)}), ec::invalid_picture, "4294967295 x 37 px");
  check_refusal(tiff_of({usual_tiff(61, 37, {{277, 3, 0}})}), ec::invalid_picture, "0 samples");
  check_refusal(tiff_of({usual_tiff(61, 37)}, {.end = first_tiff_directory}), ec::invalid_picture, "a loop");
  check_refusal(tiff_of({usual_tiff(61, 37), usual_tiff(61, 37), usual_tiff(61, 37)}, {.end = 86}), ec::invalid_picture,
                "a loop");
  check_refusal(tiff_of({usual_tiff(61, 37)}, {.end = 0xFFFFFFFF}), ec::invalid_picture, "cut short");
  check_refusal(tiff_of({usual_tiff(61, 37)}, {.big = true, .end = std::numeric_limits<std::uint64_t>::max()}),
                ec::invalid_picture, "cut short");
  // As many entries as 64 bits can tell.
  check_refusal(tiff_of({usual_tiff(61, 37)}, {.big = true}).replace(16, 8, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
                ec::invalid_picture, "cut short");
}

BOOST_AUTO_TEST_CASE(endless_chains_are_given_up) {
  std::vector<tiff_fields> directories(500, {{256, 3, 61}, {257, 3, 37}});
  BOOST_TEST(page_of(tiff_of(directories), 499).pages == 500U);
  directories.emplace_back(directories.back());
  check_refusal(tiff_of(directories), ec::invalid_picture, "too many pages; at most 500");
  check_refusal(tiff_of(std::vector<tiff_fields>(5, tiff_fields(60000))), ec::invalid_picture, "too many entries");
}

BOOST_AUTO_TEST_SUITE_END()
