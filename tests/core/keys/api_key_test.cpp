#include "core/keys/api_key.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <string>

using namespace glyphgate;

namespace {

using bits = std::array<std::uint8_t, 16>;

std::string text_of(const bits& b) {
  return std::string{api_key_of(b).reveal()};
}

BOOST_AUTO_TEST_SUITE(api_keys)

// The checksums are zlib's, the numbers Python's.
BOOST_AUTO_TEST_CASE(the_form_is_the_documented_one) {
  bits counting{};
  for (std::size_t i = 0; i < counting.size(); ++i)
    counting[i] = static_cast<std::uint8_t>(i);
  bits highest;
  highest.fill(0xff);
  BOOST_TEST(text_of({}) == "gg_00000000000000000000002McTaw");
  BOOST_TEST(text_of(counting) == "gg_000SYW7RiJxkEgOGusQGwp2C9fu4");
  BOOST_TEST(text_of(highest) == "gg_7n42DGM5Tflk9n8mt7Fhc71hymyl");
}

BOOST_AUTO_TEST_CASE(every_key_has_the_form_and_different_bits_are_different_keys) {
  BOOST_TEST(rc::check("any bits", [](const bits& a, const bits& b) {
    RC_ASSERT(is_api_key(text_of(a)));
    RC_ASSERT((text_of(a) == text_of(b)) == (a == b));
  }));
}

BOOST_AUTO_TEST_CASE(one_wrong_character_is_found) {
  BOOST_TEST(rc::check("any change of one character", [](const bits& b, char other) {
    auto text = text_of(b);
    auto& c = text[*rc::gen::inRange<std::size_t>(0, text.size())];
    RC_PRE(c != other);
    c = other;
    RC_ASSERT(!is_api_key(text));
  }));
}

BOOST_AUTO_TEST_CASE(what_is_cut_off_swapped_or_something_else_is_no_key) {
  const auto text = text_of({1, 2, 3});
  for (std::size_t size = 0; size < text.size(); ++size)
    BOOST_TEST(!is_api_key(std::string_view{text}.substr(0, size)));
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    auto swapped = text;
    std::swap(swapped[i], swapped[i + 1]);
    BOOST_TEST((swapped == text || !is_api_key(swapped)));
  }
  BOOST_TEST(!is_api_key(text + " "));
  BOOST_TEST(!is_api_key(" " + text));
  BOOST_TEST(!is_api_key("AIzaSyA-not-one-of-ours-0123456"));
}

BOOST_AUTO_TEST_CASE(keys_that_are_drawn_differ) {
  std::set<std::string> drawn;
  for (int i = 0; i < 100; ++i)
    drawn.insert(std::string{make_api_key().reveal()});
  BOOST_TEST(drawn.size() == 100U);
  BOOST_TEST(std::ranges::all_of(drawn, [](const auto& k) { return is_api_key(k); }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
