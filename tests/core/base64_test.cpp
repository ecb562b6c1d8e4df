#include "core/base64.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/evp.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

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

// What a lenient reader makes of it: blanks go, the alphabet for URLs is the other one, padding that is not there is
// added.
std::optional<std::string> decode_leniently(std::string_view text) {
  std::string strict;
  for (const char c : text)
    if (std::string_view{" \t\r\n"}.find(c) == std::string_view::npos)
      strict.push_back(c == '-' ? '+' : c == '_' ? '/' : c);
  while (strict.size() % 4 != 0)
    strict.push_back('=');
  return decode_slowly(strict);
}

// What decoding in place makes of a text, after checking that it stayed in it and digested what it gave.
std::variant<std::string, refused_base64> decode_where_it_lies(std::string text) {
  const std::string fence = "|fence|";
  const auto size = text.size();
  text = fence + text + fence;
  auto got = decode_base64_in_place({text.data() + fence.size(), size});
  BOOST_TEST(text.starts_with(fence));
  BOOST_TEST(text.ends_with(fence));
  if (auto* refused = std::get_if<refused_base64>(&got))
    return std::move(*refused);
  const auto& decoded = std::get<decoded_base64>(got);
  BOOST_TEST((decoded.bytes.data() == text.data() + fence.size()));
  BOOST_TEST((decoded.content == sha256(decoded.bytes)));
  return std::string{decoded.bytes};
}

std::optional<std::string> bytes_in(const std::string& text) {
  auto got = decode_where_it_lies(text);
  auto* bytes = std::get_if<std::string>(&got);
  return bytes == nullptr ? std::nullopt : std::optional{std::move(*bytes)};
}

std::string flaw_in(const std::string& text) {
  auto got = decode_where_it_lies(text);
  BOOST_TEST_REQUIRE(std::holds_alternative<refused_base64>(got), "accepted: " << text);
  return std::get<refused_base64>(got).flaw;
}

std::string encoded(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

// As long as the blocks that are digested at once.
constexpr std::size_t block = 3 * 2048;

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
    for (const auto& text : {std::string{wrong}, "Zm9v" + std::string{wrong}})
      BOOST_TEST(!decode_base64(text).has_value(), "accepted: " << text);
}

BOOST_AUTO_TEST_CASE(in_place_every_usual_form_is_read) {
  const std::string bytes = "\xfb\xef\xff\xfb\xf0";
  for (const auto* form : {"++///vwA", "--___vwA", "+-/__vwA", "++// /vw\tA", "++//\r\n/vwA\r\n", "\n++///vwA"})
    BOOST_TEST((bytes_in(form) == std::string{"\xfb\xef\xff\xfe\xfc"} + '\0'), form);
  BOOST_TEST((bytes_in(encoded(bytes)) == bytes));
  for (const auto* form : {"Zg==", "Zg=", "Zg", "Zg = =\n", "Z\ng"})
    BOOST_TEST((bytes_in(form) == "f"), form);
  BOOST_TEST((bytes_in("Zm8") == "fo"));
  for (const auto* nothing : {"", " ", "\r\n"})
    BOOST_TEST((bytes_in(nothing) == ""), nothing);
}

BOOST_AUTO_TEST_CASE(in_place_a_flaw_is_named_with_its_place) {
  BOOST_TEST(flaw_in("Zm9*") == "'*' at position 3 is not in its alphabet");
  BOOST_TEST(flaw_in("Zm9v Z\xff==") == "the byte 0xFF at position 6 is not in its alphabet");
  BOOST_TEST(flaw_in("\x0bZm9v") == "the byte 0x0B at position 0 is not in its alphabet");
  BOOST_TEST(flaw_in("Zg==Zg==") == "it goes on behind its padding, at position 4; send each text by itself");
  BOOST_TEST(flaw_in("Zg===") == "the '=' at position 4 is one too many");
  BOOST_TEST(flaw_in("Zm9v=") == "the '=' at position 4 is one too many");
  BOOST_TEST(flaw_in("=") == "the '=' at position 0 is one too many");
  BOOST_TEST(flaw_in("Zm9vZ") == "its last character is left over; it is cut short");
  BOOST_TEST(flaw_in("Z===") == "its last character is left over; it is cut short");
  for (const auto* bits : {"Zh==", "Zm9", "Z_"})
    BOOST_TEST(flaw_in(bits) == "its last character has bits that belong to no byte; it is cut short or damaged");
}

BOOST_AUTO_TEST_CASE(in_place_what_is_refused_is_known_by_what_was_sent) {
  const auto sent = [](const std::string& text) { return std::get<refused_base64>(decode_where_it_lies(text)).sent; };
  const auto sound = encoded(std::string(2 * block, 'x'));
  for (const auto& before : {std::string{}, std::string{"Zm9v"}, sound}) {
    BOOST_TEST((sent(before + "Zm9v*") == sent(before + "Zm9v*")));
    BOOST_TEST((sent(before + "Zm9v*") != sent(before + "Zm9v *")));
    BOOST_TEST((sent(before + "Zm9v*") != sent(before + "Zm8v*")));
    BOOST_TEST((sent(before + "Zm9v*") != sha256(before + "Zm9v*")));
  }
  BOOST_TEST((sent(sound + '*') != sent('A' + sound.substr(1) + '*')));
}

BOOST_AUTO_TEST_CASE(in_place_it_is_the_same_whatever_the_text) {
  BOOST_TEST(rc::check("sound and damaged texts", [](const std::string& bytes) {
    // Now and then longer than a block.
    std::string text = encoded(*rc::gen::inRange(0, 10) == 0 ? std::string(block / 2, 'x') + bytes : bytes);
    const auto damages = *rc::gen::inRange(0, 4);
    for (int i = 0; i < damages && !text.empty(); ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      const auto what = *rc::gen::inRange(0, 4);
      if (what == 0)
        text[at] = *rc::gen::arbitrary<char>();
      else if (what == 1)
        text.erase(at, 1);
      else if (what == 2)
        text.resize(text.find_last_not_of('=') + 1);
      else
        text.insert(at, 1, *rc::gen::element('=', 'A', '/', '_', '-', ' ', '\n'));
    }
    RC_ASSERT(decode_base64(text) == decode_slowly(text));
    RC_ASSERT(bytes_in(text) == decode_leniently(text));
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
      BOOST_TEST((bytes_in(text) == std::string{part}), size);
      for (const std::size_t at :
           {std::size_t{0}, text.size() / 2, std::min(block / 3 * 4, text.size()) - 1, text.size() - 5}) {
        auto damaged = text;
        damaged[at] = '*';
        BOOST_TEST(!bytes_in(damaged).has_value(), size << ", damaged at " << at);
        BOOST_TEST(flaw_in(damaged).starts_with("'*' at position " + std::to_string(at) + " "));
        auto wrapped = text;
        wrapped.insert(at, "\r\n");
        BOOST_TEST((bytes_in(wrapped) == std::string{part}), size << ", wrapped at " << at);
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()
