#include "core/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace glyphgate;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(it_is_what_rfc_3629_says) {
  for (const auto good :
       {""sv, "abc"sv, "\xc3\xa9"sv, "\xe6\x96\x87"sv, "\xf0\x9f\x98\x80"sv, "\xed\x9f\xbf"sv, "\xf4\x8f\xbf\xbf"sv})
    BOOST_TEST(is_utf8(good));
  for (const auto bad : {"\x80"sv, "\xc0\x80"sv, "\xc3"sv, "\xe0\x80\x80"sv, "\xed\xa0\x80"sv, "\xf0\x80\x80\x80"sv,
                         "\xf4\x90\x80\x80"sv, "\xff"sv, "a\xe6\x96"sv, "\xc3\x28"sv})
    BOOST_TEST(!is_utf8(bad));
}

BOOST_AUTO_TEST_CASE(code_points_are_taken_off_one_after_the_other) {
  auto text = "a\xc3\xa9\xe6\x96\x87\xf0\x9f\x98\x80\xe6\x96!"sv;
  std::u32string taken;
  while (!text.empty())
    taken += next_code_point(text);
  // Each byte of a sequence that is cut short stands by itself.
  BOOST_TEST((taken == U"a\u00e9\u6587\U0001f600\ufffd\ufffd!"));
  BOOST_TEST((first_code_point("\xe6\x96\x87x") == U'\u6587'));
  BOOST_TEST((first_code_point("\x80") == replacement_code_point));
}

BOOST_AUTO_TEST_SUITE_END()
