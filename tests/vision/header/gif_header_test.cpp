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

BOOST_AUTO_TEST_SUITE(gif_header)

BOOST_AUTO_TEST_CASE(the_screen_is_the_canvas) {
  check_info(accepted(gif_by_giflib(gradient(61, 37, 1))), picture_format::gif, 61, 37, 1);
  check_info(accepted(gif_of({61, 37, 0, 0, 61, 37})), picture_format::gif, 61, 37, 1);
  check_info(accepted(gif_of({61, 37, 10, 20, 1, 2})), picture_format::gif, 61, 37, 1);
  auto older = gif_of({61, 37, 0, 0, 61, 37});
  check_info(accepted(older.replace(4, 1, "7")), picture_format::gif, 61, 37, 1);
}

BOOST_AUTO_TEST_CASE(a_frame_beyond_the_screen_is_refused) {
  check_refusal(gif_of({0, 0, 0, 0, 61, 37}), ec::invalid_picture, "beyond its canvas of 0 x 0 px");
  check_refusal(gif_of({61, 37, 1, 0, 61, 37}), ec::invalid_picture, "beyond its canvas");
  check_refusal(gif_of({61, 37, 0, 1, 61, 37}), ec::invalid_picture, "beyond its canvas");
  check_refusal(gif_of({65535, 65535, 65535, 65535, 65535, 65535}), ec::invalid_picture, "beyond its canvas");
}

BOOST_AUTO_TEST_CASE(extensions_and_colour_tables_are_passed) {
  const auto control = "\x21\xF9\x04\0\0\0\0\0"s, comment = "\x21\xFE\x03"
                                                            "abc\x02"
                                                            "de\0"s;
  check_info(accepted(gif_of({61, 37, 0, 0, 61, 37}, control + comment)), picture_format::gif, 61, 37, 1);
  auto with_table = gif_of({61, 37, 0, 0, 61, 37}, std::string(3 * 8, '\x2C'));
  with_table[10] = '\x82';
  check_info(accepted(with_table), picture_format::gif, 61, 37, 1);
}

BOOST_AUTO_TEST_CASE(senseless_ones_are_refused) {
  check_refusal(gif_of({61, 37, 0, 0, 0, 37}), ec::invalid_picture, "0 x 37 px");
  check_refusal(gif_of({61, 37, 0, 0, 61, 0}), ec::invalid_picture, "61 x 0 px");
  check_refusal(gif_of({61, 37, 0, 0, 61, 37}, "\x3B"), ec::invalid_picture, "no image data");
  check_refusal(gif_of({61, 37, 0, 0, 61, 37}, "x"), ec::invalid_picture, "damaged");
  check_refusal(gif_of({61, 37, 0, 0, 61, 37}).substr(0, 20), ec::invalid_picture, "cut short");
  std::string extensions;
  for (int i = 0; i < 70000; ++i)
    extensions += "\x21\xFE\0"s;
  check_refusal(gif_of({61, 37, 0, 0, 61, 37}, extensions), ec::invalid_picture, "too many parts");
}

BOOST_AUTO_TEST_SUITE_END()
