#include "../pictures.hpp"
#include "checks.hpp"
#include "handmade_files.hpp"
#include "library_files.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(jpeg2000_header)

BOOST_AUTO_TEST_CASE(what_openjpeg_writes) {
  for (const bool in_container : {true, false})
    for (const std::uint32_t channels : {1, 2, 3, 4})
      check_info(accepted(jpeg2000_by_openjpeg(gradient(61, 37, channels), in_container)), picture_format::jpeg2000, 61,
                 37, 1);
}

BOOST_AUTO_TEST_CASE(the_size_is_without_the_offset) {
  check_info(accepted(codestream_of(
                 {.right = 161, .bottom = 57, .left = 100, .top = 20, .tile_width = 200, .tile_height = 200})),
             picture_format::jpeg2000, 61, 37, 1);
  check_info(accepted(jp2_of(codestream_of({}))), picture_format::jpeg2000, 61, 37, 1);
  check_info(accepted(codestream_of(
                 {.right = 0xFFFFFFFF, .bottom = 0xFFFFFFFF, .tile_width = 0xFFFFFFFF, .tile_height = 0xFFFFFFFF})),
             picture_format::jpeg2000, 4294967295, 4294967295, 1);
}

BOOST_AUTO_TEST_CASE(boxes_of_all_sizes) {
  const auto start = box_of("jP  ", "\r\n\x87\n") + box_of("ftyp", "jp2 \0\0\0\0jp2 "s);
  check_info(accepted(start + long_box_of("jp2h", "") + long_box_of("jp2c", codestream_of({}))),
             picture_format::jpeg2000, 61, 37, 1);
  // The last box may reach to the end.
  check_info(accepted(start + "\0\0\0\0jp2c"s + codestream_of({})), picture_format::jpeg2000, 61, 37, 1);
  check_refusal(start, ec::invalid_picture, "no image data");
  check_refusal(start + "\0\0\0\x07jp2c"s + codestream_of({}), ec::invalid_picture, "damaged");
  check_refusal(start + "\xFF\xFF\xFF\xFFjp2c" + codestream_of({}), ec::invalid_picture, "cut short");
  check_refusal(start + "\0\0\0\x01jp2c\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s + codestream_of({}), ec::invalid_picture,
                "cut short");
  std::string many;
  for (int i = 0; i < 70000; ++i)
    many += box_of("free", "");
  check_refusal(start + many, ec::invalid_picture, "too many boxes");
}

BOOST_AUTO_TEST_CASE(kinds_that_are_not_decoded_are_unsupported) {
  check_refusal(codestream_of({.components = 6}), ec::unsupported_format, "6 components");
  check_info(accepted(codestream_of({.components = 5})), picture_format::jpeg2000, 61, 37, 1);
  check_refusal(codestream_of({.component{16, 1, 1}}), ec::unsupported_format, "17 bits");
  check_info(accepted(codestream_of({.component{'\x8F', 1, 1}})), picture_format::jpeg2000, 61, 37, 1);
  check_info(accepted(codestream_of({.component{7, 2, 1}})), picture_format::jpeg2000, 61, 37, 1);
}

BOOST_AUTO_TEST_CASE(senseless_ones_are_refused) {
  check_refusal(codestream_of({.left = 61}), ec::invalid_picture, "without pixels");
  check_refusal(codestream_of({.top = 38}), ec::invalid_picture, "without pixels");
  check_refusal(codestream_of({.components = 0}), ec::invalid_picture, "damaged");
  check_refusal(codestream_of({.component{7, 0, 1}}), ec::invalid_picture, "damaged");
  check_refusal(codestream_of({.tile_width = 0}), ec::invalid_picture, "tiles");
  check_refusal(codestream_of({.left = 1, .tile_left = 2}), ec::invalid_picture, "tiles");
  check_refusal(codestream_of({.right = 257, .bottom = 256, .tile_width = 1, .tile_height = 1}), ec::invalid_picture,
                "tiles");
  check_refusal(codestream_of({.right = 0xFFFFFFFF, .bottom = 0xFFFFFFFF, .tile_width = 1, .tile_height = 1}),
                ec::invalid_picture, "tiles");
  check_refusal(jp2_of("no codestream" + std::string(60, 'x')), ec::invalid_picture, "damaged");
  check_refusal(codestream_of({}).substr(0, 48), ec::invalid_picture, "cut short");
}

BOOST_AUTO_TEST_SUITE_END()
