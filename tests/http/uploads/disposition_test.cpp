#include "http/uploads/disposition.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace glyphgate::http;

namespace {

// The file's name, or "flaw: " and why there is none.
std::string file_name_of(std::string_view parameters) {
  const auto found = read_disposition("form-data; " + std::string{parameters});
  return found.flaw.empty() ? found.file_name.value_or("no file") : "flaw: " + found.flaw;
}

bool is_flawed(std::string_view parameters) {
  return file_name_of(parameters).starts_with("flaw: ");
}

} // namespace

BOOST_AUTO_TEST_SUITE(disposition_of_a_part)

BOOST_AUTO_TEST_CASE(names_are_read_quoted_and_bare) {
  BOOST_TEST(file_name_of(R"(name="files"; filename="my scan.png")") == "my scan.png");
  BOOST_TEST(file_name_of("name=files; filename=my scan.png") == "my scan.png");
  BOOST_TEST(file_name_of("name=files; filename=my scan.png ; x=y") == "my scan.png");
  BOOST_TEST(file_name_of("filename=\"a.png\"") == "a.png");
  BOOST_TEST(file_name_of("name=note") == "no file");
  BOOST_TEST(file_name_of(R"(name=f; filename="")") == "");
  BOOST_TEST(read_disposition("Form-Data; NAME=\"a b\"").name == "a b");
}

BOOST_AUTO_TEST_CASE(the_extended_name_goes_first) {
  BOOST_TEST(file_name_of("name=f; filename*=UTF-8''%e6%96%87.png") == "文.png");
  BOOST_TEST(file_name_of("name=f; filename=\"_.png\"; filename*=utf-8'zh'%E6%96%87.png") == "文.png");
  BOOST_TEST(file_name_of("name=f; filename*=UTF-8''a%20b.png; filename=\"c.png\"") == "a b.png");
  BOOST_TEST(file_name_of("name=f; filename*=iso-8859-1'en'%A3%20rates") == "£ rates");
  // What cannot be read is left for the plain name, where there is one.
  BOOST_TEST(file_name_of("name=f; filename=\"c.png\"; filename*=UTF-16''%00a") == "c.png");
  for (const auto* broken : {"UTF-16''a", "UTF-8''%zz", "UTF-8''%a", "a.png", "UTF-8'a.png", "''a"})
    BOOST_TEST(is_flawed(std::string{"name=f; filename*="} + broken), broken);
}

BOOST_AUTO_TEST_CASE(encoded_words_are_decoded) {
  BOOST_TEST(file_name_of(R"(name=f; filename="=?utf-8?B?5paHLnBuZw==?=")") == "文.png");
  BOOST_TEST(file_name_of(R"(name=f; filename="=?UTF-8?Q?=E6=96=87_1.png?=")") == "文 1.png");
  BOOST_TEST(file_name_of(R"(name=f; filename="=?utf-8?b?5paH?= =?iso-8859-1?q?=E9.png?=")") == "文é.png");
  // What only looks like one at one end is a name as any other.
  BOOST_TEST(file_name_of(R"(name=f; filename="=?.png")") == "=?.png");
  for (const auto* broken : {"=?utf-8?B?5pa?=", "=?utf-7?Q?a?=", "=?utf-8?X?a?=", "=?utf-8?Q?=zz?=",
                             "=?"
                             "?=",
                             "=?a?=", "=?utf-8?Q?a?= b ?="})
    BOOST_TEST(is_flawed("name=f; filename=\"" + std::string{broken} + "\""), broken);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_named_says_why) {
  BOOST_TEST(is_flawed("filename=my;scan.png"));
  BOOST_TEST(is_flawed(R"(name=f; filename="a" b)"));
  BOOST_TEST(is_flawed(R"(name=f; filename="a)"));
  BOOST_TEST(is_flawed("name=a; name=b"));
  BOOST_TEST(is_flawed("name=f; filename=a; FileName=b"));
  BOOST_TEST(is_flawed(""));
  BOOST_TEST(is_flawed(R"(name=""; filename="")"));
  BOOST_TEST(read_disposition("attachment; filename=a").flaw == "its Content-Disposition is not form-data");
}

BOOST_AUTO_TEST_SUITE_END()
