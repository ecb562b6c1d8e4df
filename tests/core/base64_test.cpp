#include "core/base64.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/evp.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

using namespace glyphgate;
using namespace std::string_view_literals;

namespace {

// Base64 as it is defined, character by character.
std::optional<std::string> decode_slowly(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0)
    return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  std::string bytes;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos)
      return std::nullopt;
    bits = bits << 6U | static_cast<unsigned>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>(bits >> count));
      bits &= (1U << count) - 1;
    }
  }
  return bits == 0 ? std::optional{bytes} : std::nullopt;
}

// What decoding in place makes of a text, after checking that it stayed in it and digested what it gave.
std::optional<std::string> decode_where_it_lies(std::string text) {
  const std::string fence = "|fence|";
  const auto size = text.size();
  text = fence + text + fence;
  const auto got = decode_base64_in_place({text.data() + fence.size(), size});
  BOOST_TEST(text.starts_with(fence));
  BOOST_TEST(text.ends_with(fence));
  if (!got)
    return std::nullopt;
  BOOST_TEST((got->bytes.data() == text.data() + fence.size()));
  BOOST_TEST((got->content == sha256(got->bytes)));
  return std::string{got->bytes};
}

std::string encoded(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

// As long as the blocks that are digested at once and about as long.
constexpr std::size_t block = 3 * 4096;

} // namespace

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
    for (const auto& text : {std::string{wrong}, "Zm9v" + std::string{wrong}}) {
      BOOST_TEST(!decode_base64(text).has_value(), "accepted: " << text);
      BOOST_TEST(!decode_where_it_lies(text).has_value(), "accepted: " << text);
    }
}

BOOST_AUTO_TEST_CASE(in_place_it_is_the_same_whatever_the_text) {
  BOOST_TEST(rc::check("sound and damaged texts", [](const std::string& bytes) {
    std::string text = encoded(bytes);
    const auto damages = *rc::gen::inRange(0, 3);
    for (int i = 0; i < damages && !text.empty(); ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      const auto what = *rc::gen::inRange(0, 3);
      if (what == 0)
        text[at] = *rc::gen::arbitrary<char>();
      else if (what == 1)
        text.erase(at, 1);
      else
        text.insert(at, 1, *rc::gen::element('=', 'A', '/', '_', ' '));
    }
    const auto expected = decode_slowly(text);
    RC_ASSERT(decode_base64(text) == expected);
    RC_ASSERT(decode_where_it_lies(text) == expected);
  }));
}

BOOST_AUTO_TEST_CASE(blocks_have_no_seam) {
  std::string bytes;
  for (std::size_t i = 0; i < 2 * block + 8; ++i)
    bytes.push_back(static_cast<char>(i * 7 + i / 256));
  for (const std::size_t whole : {block, 2 * block})
    for (std::size_t size = whole - 4; size <= whole + 4; ++size) {
      const auto part = std::string_view{bytes}.substr(0, size);
      const auto text = encoded(part);
      BOOST_TEST((decode_where_it_lies(text) == std::string{part}), size);
      for (const std::size_t at :
           {std::size_t{0}, text.size() / 2, std::min(block / 3 * 4, text.size()) - 1, text.size() - 5}) {
        auto damaged = text;
        damaged[at] = '*';
        BOOST_TEST(!decode_where_it_lies(damaged).has_value(), size << ", damaged at " << at);
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()
