#include "core/recognition.hpp"

#include <boost/test/unit_test.hpp>

using namespace glyphgate;

BOOST_AUTO_TEST_SUITE(recognitions)

BOOST_AUTO_TEST_CASE(the_last_break_is_no_text_but_a_hyphen_is) {
  const struct {
    text_break after;
    const char* inside;
    const char* at_the_end;
  } table[] = {
      {text_break::none, "ab", "a"},   {text_break::space, "a b", "a"}, {text_break::sure_space, "a b", "a"},
      {text_break::wrap, "a\nb", "a"}, {text_break::line, "a\nb", "a"}, {text_break::hyphen, "a-\nb", "a-"},
  };
  for (const auto& [after, inside, at_the_end] : table) {
    BOOST_TEST(text_of({{{"a", {}, 1, after}, {"b", {}, 1, text_break::none}}}) == inside);
    BOOST_TEST(text_of({{{"a", {}, 1, after}}}) == at_the_end);
  }
  BOOST_TEST(text_of({}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
