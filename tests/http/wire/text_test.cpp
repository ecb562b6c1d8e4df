#include "http/wire/text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace glyphgate::http;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(percent_decoding_refuses_broken_escapes) {
  BOOST_TEST(*percent_decode("a%20b+c%2B%e6%96%87") == "a b+c+\xe6\x96\x87");
  BOOST_TEST(query_values("x=a+b%2B", "x")->front() == "a b+");
  BOOST_TEST(!percent_decode("%").has_value());
  BOOST_TEST(!percent_decode("%4").has_value());
  BOOST_TEST(!percent_decode("%zz").has_value());
}

BOOST_AUTO_TEST_CASE(query_values_come_in_order) {
  const std::vector<std::string> both{"zh", "en,de"};
  BOOST_TEST(*query_values("a=1&language_hints=zh&b&language_hints=en%2Cde", "language_hints") == both);
  BOOST_TEST(query_values("a=1&&", "b")->empty());
  BOOST_TEST(query_values("b", "b")->front() == "");
  BOOST_TEST(!query_values("b=%", "b").has_value());
  BOOST_TEST(query_values("c=%&b=1", "b")->front() == "1");
}

BOOST_AUTO_TEST_CASE(parameters_may_be_quoted) {
  BOOST_TEST(*field_parameter("multipart/form-data; boundary=abc", "boundary") == "abc");
  BOOST_TEST(*field_parameter("multipart/form-data;charset=utf-8 ;Boundary=\"a b;c\"", "boundary") == "a b;c");
  BOOST_TEST(*field_parameter("form-data; name=\"f\"; filename=\"a\\\"b.png\"", "filename") == "a\"b.png");
  BOOST_TEST(*field_parameter("form-data; filename=\"C:\\dir\\a.png\"", "filename") == "C:\\dir\\a.png");
  BOOST_TEST(!field_parameter("form-data; name=\"f", "name").has_value());
  BOOST_TEST(!field_parameter("form-data; name", "name").has_value());
  BOOST_TEST(!field_parameter("form-data", "name").has_value());
  BOOST_TEST(*field_parameter("form-data; filename=my scan.png; name=f", "filename") == "my scan.png");
  BOOST_TEST(*field_parameter("form-data; filename=my scan.png; name = f;", "name") == "f");
  BOOST_TEST(!field_parameter("form-data; filename=my;scan.png", "filename").has_value());
  BOOST_TEST(!field_parameter("form-data; filename=\"a\"b", "filename").has_value());
  BOOST_TEST(field_value(" Text/Plain ; a=b") == "Text/Plain");
}

BOOST_AUTO_TEST_CASE(lists_are_split_and_trimmed) {
  const std::vector<std::string_view> members{"a", "b"};
  BOOST_TEST(split_list(" a ,, b,") == members);
  BOOST_TEST(split_list("").empty());
}

BOOST_AUTO_TEST_SUITE_END()
