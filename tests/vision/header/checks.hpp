#pragma once

#include "vision/picture_header.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string_view>
#include <variant>

/// What the tests of the headers say about `inspect`.
namespace glyphgate::vision::test {

inline picture_info accepted(std::string_view bytes) {
  const auto result = inspect(bytes);
  if (const auto* refusal = std::get_if<picture_refusal>(&result))
    BOOST_FAIL("refused: " << refusal->detail);
  return std::get<vision::picture_header>(result).info;
}

inline picture_refusal refused(std::string_view bytes) {
  const auto result = inspect(bytes);
  BOOST_REQUIRE(std::holds_alternative<picture_refusal>(result));
  const auto& refusal = std::get<picture_refusal>(result);
  BOOST_TEST(!refusal.detail.empty());
  return refusal;
}

inline void check_refusal(std::string_view bytes, ec code, std::string_view part_of_detail) {
  const auto refusal = refused(bytes);
  BOOST_TEST(to_string(refusal.code) == to_string(code));
  BOOST_TEST(refusal.detail.find(part_of_detail) != std::string::npos, refusal.detail << " lacks " << part_of_detail);
  BOOST_TEST(!refusal.limit);
}

inline void check_info(const picture_info& info, picture_format format, std::uint32_t width, std::uint32_t height,
                       int orientation) {
  BOOST_TEST((info.format == format));
  BOOST_TEST(info.width == width);
  BOOST_TEST(info.height == height);
  BOOST_TEST(int{info.orientation} == orientation);
}

} // namespace glyphgate::vision::test
