#include "vision/ppocr/surer_reading.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;

namespace {

recognition read(const std::vector<std::pair<std::string, float>>& letters) {
  recognition r;
  for (const auto& [text, confidence] : letters)
    r.symbols.push_back({text, {0, 0, 1, 1}, confidence, text_break::none});
  return r;
}

bool is_ascii(std::string_view text) {
  return text.size() == 1;
}

BOOST_AUTO_TEST_SUITE(surer_reading)

BOOST_AUTO_TEST_CASE(one_unsure_character_is_a_doubt) {
  BOOST_TEST(!is_in_doubt(read({})));
  BOOST_TEST(!is_in_doubt(read({{"a", 0.95F}, {"b", 1.0F}})));
  BOOST_TEST(is_in_doubt(read({{"a", 1.0F}, {"b", 0.94F}, {"c", 1.0F}})));
}

BOOST_AUTO_TEST_CASE(tesseract_must_be_sure_as_a_whole) {
  BOOST_TEST(!is_sure(read({})));
  BOOST_TEST(is_sure(read({{"a", 0.94F}, {"b", 0.97F}})));
  BOOST_TEST(!is_sure(read({{"a", 0.90F}, {"b", 0.97F}})));
}

BOOST_AUTO_TEST_CASE(letters_that_ppocr_has_no_class_for) {
  for (const auto* letter : {"ö", "ß", "ê", "Ł", "ж", "字"})
    BOOST_TEST(has_letters_beyond(read({{"a", 0.9F}, {letter, 0.9F}}), is_ascii), letter);
  // Not unsure of it.
  BOOST_TEST(!has_letters_beyond(read({{"a", 0.9F}, {"ö", 0.7F}}), is_ascii));
  // Marks and signs are no letters.
  for (const auto* sign : {"a", "§", "×", "÷", "—", "“", "…", "€", ""})
    BOOST_TEST(!has_letters_beyond(read({{"a", 0.9F}, {sign, 0.9F}}), is_ascii), sign);
  BOOST_TEST(!has_letters_beyond(read({{"ö", 0.9F}}), [](std::string_view) { return true; }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
