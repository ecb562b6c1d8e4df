#include "../pictures.hpp"
#include "checks.hpp"
#include "handmade_files.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(bmp_header)

BOOST_AUTO_TEST_CASE(headers_of_all_generations) {
  for (const std::uint32_t header_size : {12, 40, 52, 56, 108, 124})
    check_info(accepted(bmp_of({.header_size = header_size})), picture_format::bmp, 61, 37, 1);
  check_info(accepted(bmp_of({.height = -37})), picture_format::bmp, 61, 37, 1);
  for (const std::uint32_t header_size : {0, 13, 16, 39, 64, 65535})
    check_refusal(bmp_of({.header_size = header_size}), ec::unsupported_format, "header of");
}

BOOST_AUTO_TEST_CASE(depths_and_compressions) {
  enum : std::uint32_t { none, rle8, rle4, bit_fields, jpeg, png, alpha_bit_fields };
  for (const std::uint32_t bits : {1, 4, 8, 16, 24, 32})
    check_info(accepted(bmp_of({.bits = bits})), picture_format::bmp, 61, 37, 1);
  for (const auto how : {bit_fields, alpha_bit_fields})
    for (const std::uint32_t bits : {16, 32})
      check_info(accepted(bmp_of({.bits = bits, .compression = how})), picture_format::bmp, 61, 37, 1);
  check_info(accepted(bmp_of({.bits = 8, .compression = rle8})), picture_format::bmp, 61, 37, 1);
  check_info(accepted(bmp_of({.bits = 4, .compression = rle4})), picture_format::bmp, 61, 37, 1);

  for (const std::uint32_t bits : {0, 2, 3, 48, 64})
    check_refusal(bmp_of({.bits = bits}), ec::unsupported_format, std::to_string(bits) + " bits");
  check_refusal(bmp_of({.bits = 4, .compression = rle8}), ec::unsupported_format, "4 bits with the compression 1");
  check_refusal(bmp_of({.bits = 8, .compression = rle4}), ec::unsupported_format, "8 bits with the compression 2");
  check_refusal(bmp_of({.bits = 24, .compression = bit_fields}), ec::unsupported_format, "24 bits");
  check_refusal(bmp_of({.bits = 0, .compression = jpeg}), ec::unsupported_format,
                "holds a JPEG is not supported; send");
  check_refusal(bmp_of({.bits = 0, .compression = png}), ec::unsupported_format, "holds a PNG");
  check_refusal(bmp_of({.bits = 32, .compression = 11}), ec::unsupported_format, "compression 11");
}

BOOST_AUTO_TEST_CASE(senseless_ones_are_refused) {
  constexpr auto least = std::numeric_limits<std::int32_t>::min(), most = std::numeric_limits<std::int32_t>::max();
  check_refusal(bmp_of({.width = 0}), ec::invalid_picture, "0 x 37 px");
  check_refusal(bmp_of({.height = 0}), ec::invalid_picture, "61 x 0 px");
  check_refusal(bmp_of({.width = -61}), ec::invalid_picture, "px");
  check_refusal(bmp_of({.height = least}), ec::invalid_picture, "61 x 2147483648 px");
  check_info(accepted(bmp_of({.width = most, .height = -most})), picture_format::bmp, 2147483647, 2147483647, 1);
  check_refusal(bmp_of({.height = -37, .bits = 8, .compression = 1}), ec::invalid_picture, "run lengths");
  check_refusal(bmp_of({}).substr(0, 50), ec::invalid_picture, "cut short");
  check_refusal(bmp_of({}).replace(10, 4, "\xFF\xFF\xFF\xFF"), ec::invalid_picture, "cut short");
}

BOOST_AUTO_TEST_SUITE_END()
