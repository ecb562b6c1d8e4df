#include "core/base64.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/evp.h>
#include <rapidcheck.h>

#include <string>
#include <string_view>

using namespace glyphgate;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(base64)

BOOST_AUTO_TEST_CASE(encodes_as_openssl_does_and_decodes_what_was_encoded) {
  BOOST_TEST(rc::check("base64 there and back", [](const std::string& bytes) {
    std::string text = "x";
    append_base64(text, bytes);
    RC_ASSERT(text.size() == 1 + base64_size(bytes.size()));
    // It writes a terminating 0 as well.
    std::string expected(base64_size(bytes.size()) + 1, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(expected.data()),
                    reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    expected.pop_back();
    RC_ASSERT(text == 'x' + expected);
    RC_ASSERT(decode_base64(expected) == bytes);
  }));
}

BOOST_AUTO_TEST_CASE(for_urls_it_has_another_alphabet_and_no_padding) {
  BOOST_TEST(base64url("") == "");
  BOOST_TEST(base64url("\xfb\xff") == "-_8");
  BOOST_TEST(base64url("f") == "Zg");
  BOOST_TEST(base64url("foo") == "Zm9v");
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
