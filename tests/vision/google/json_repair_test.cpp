#include "core/utf8.hpp"
#include "vision/google/json_repair.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>
#include <rapidjson/document.h>

#include <string>
#include <string_view>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(json_repairs)

BOOST_AUTO_TEST_CASE(what_is_well_formed_stays) {
  for (const auto good : {""sv, "{}"sv, " \t\r\n[\"a\"]\n"sv, R"("\ud83d\ude00")"sv, R"("\u00e9\\u\\ud800\"\n\/")"sv,
                          "\"\xe6\x96\x87\xf0\x9f\x98\x80\""sv, R"("\ud83)"sv, R"("\u12g4\x\)"sv, "\"\\"sv})
    BOOST_TEST(!repair_json(good).has_value(), "changed: " << good);
}

BOOST_AUTO_TEST_CASE(every_code_unit_that_is_no_text_becomes_the_replacement_character) {
  const struct {
    std::string_view given;
    std::string_view expected;
  } table[] = {
      {R"("a\ud800b")", "\"a\xef\xbf\xbd"
                        "b\""},
      {R"("\udc00")", "\"\xef\xbf\xbd\""},
      {R"("\uD83D\uD83D\uDE00")", "\"\xef\xbf\xbd\\uD83D\\uDE00\""},
      {R"("\ude00\ud83d")", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
      {R"("\ud83d\n")", "\"\xef\xbf\xbd\\n\""},
      {R"("\ud83d","\ude00")", "\"\xef\xbf\xbd\",\"\xef\xbf\xbd\""},
      {"\"\xff\xe6\x96\"", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {"\"\xed\xa0\x80\"", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {"\"a\tb\0c\"\t"sv, "\"a\xef\xbf\xbd"
                          "b\xef\xbf\xbd"
                          "c\"\t"},
      {R"("\\\ud800")", "\"\\\\\xef\xbf\xbd\""},
  };
  for (const auto& [given, expected] : table)
    BOOST_TEST(repair_json(given).value_or("unchanged") == expected, "given: " << given);
}

BOOST_AUTO_TEST_CASE(a_string_of_any_bytes_and_units_can_be_parsed_when_repaired) {
  BOOST_TEST(rc::check("repaired strings", [] {
    std::string text = "\"";
    for (int i = *rc::gen::inRange(0, 30); i > 0; --i) {
      const auto piece = *rc::gen::element<std::string>("\\ud83d", "\\ude00", "\\u0041", "\\\\", "\\\"", "x", "\xc3",
                                                        "\xa9", std::string(1, '\0'), "\n", "\xf0\x9f", "\x98\x80");
      text += piece;
    }
    text += '"';
    const auto repaired = repair_json(text).value_or(text);
    RC_ASSERT(repaired.size() <= 3 * text.size());
    RC_ASSERT(is_utf8(repaired));
    RC_ASSERT(!repair_json(repaired).has_value());
    rapidjson::Document document;
    document.Parse<rapidjson::kParseValidateEncodingFlag>(repaired.data(), repaired.size());
    RC_ASSERT(!document.HasParseError());
    RC_ASSERT(is_utf8({document.GetString(), document.GetStringLength()}));
  }));
}

BOOST_AUTO_TEST_SUITE_END()
