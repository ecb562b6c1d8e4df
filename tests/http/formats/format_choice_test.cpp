#include "http/formats/format_choice.hpp"

#include <boost/test/unit_test.hpp>

using namespace glyphgate::http;

namespace {

std::string_view accepted(std::string_view accept) {
  const auto format = accepted_format(accept);
  return format ? description_of(*format).name : "none";
}

} // namespace

BOOST_AUTO_TEST_SUITE(format_choice)

BOOST_AUTO_TEST_CASE(json_is_the_default) {
  for (const auto* accept :
       {"", "*/*", "application/json", "application/*", "text/html, application/xhtml+xml, */*;q=0.8",
        "text/plain;q=0.9, */*", "application/pdf;q=0, */*"})
    BOOST_TEST(accepted(accept) == "json", accept);
}

BOOST_AUTO_TEST_CASE(what_is_liked_best_is_sent) {
  BOOST_TEST(accepted("text/plain") == "txt");
  BOOST_TEST(accepted("TEXT/Plain; charset=utf-8; q=0.5, application/json;q=0.4") == "txt");
  BOOST_TEST(accepted("text/*") == "txt");
  BOOST_TEST(accepted("application/x-ndjson") == "jsonl");
  BOOST_TEST(accepted("application/xml+alto, */*;q=0.1") == "alto");
  BOOST_TEST(accepted("text/vnd.hocr+html, text/plain;q=0.9") == "hocr");
  BOOST_TEST(accepted("application/json;q=0, application/*") == "alto");
}

BOOST_AUTO_TEST_CASE(what_there_is_not_is_not_sent) {
  for (const auto* accept : {"image/png", "text/html", "*/*;q=0", "application/json;q=0", "x"})
    BOOST_TEST(accepted(accept) == "none", accept);
}

BOOST_AUTO_TEST_CASE(every_format_is_found_by_its_name) {
  for (const auto& f : all_formats()) {
    BOOST_TEST((format_of(f.name) == f.format), f.name);
    BOOST_TEST((&description_of(f.format) == &f), f.name);
    BOOST_TEST(f.content_type.starts_with(f.media_types.front()), f.name);
  }
  BOOST_TEST(!format_of("xml").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
