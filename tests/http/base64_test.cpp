#include "http/base64.hpp"
#include "samples.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <string>
#include <string_view>

using namespace glyphgate::http;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(base64)

BOOST_AUTO_TEST_CASE(decodes_what_was_encoded) {
  BOOST_TEST(rc::check("base64 there and back", [](const std::string& bytes) {
    const auto decoded = decode_base64(test::to_base64(bytes));
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(*decoded == bytes);
  }));
}

BOOST_AUTO_TEST_CASE(refuses_whatever_is_not_the_one_form_of_its_content) {
  BOOST_TEST(*decode_base64("") == "");
  BOOST_TEST(*decode_base64("Zg==") == "f");
  for (const auto wrong :
       {"Z"sv, "Zg"sv, "Zg="sv, "Zg==="sv, "Zh=="sv, "Zm9="sv, "Zm9v "sv, " Zm9v"sv, "Zm\n9"sv, "Zm9v\n\n\n\n"sv,
        "Zm-_"sv, "===="sv, "Zg==Zg=="sv, "Z=g="sv, "=Zg="sv, "Zm9\0"sv, "Zm9\xff"sv, "data:image"sv})
    BOOST_TEST(!decode_base64(wrong).has_value(), "accepted: " << wrong);
}

BOOST_AUTO_TEST_SUITE_END()
