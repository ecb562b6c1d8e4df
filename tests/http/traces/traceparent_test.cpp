#include "http/traces/traceparent.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace glyphgate;
using namespace glyphgate::http;

namespace {

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string span = "00f067aa0ba902b7";

/// The field of these parts.
std::string field(std::string_view version, std::string_view of_trace, std::string_view of_span,
                  std::string_view flags) {
  std::string text{version};
  for (const auto part : {of_trace, of_span, flags})
    text.append("-").append(part);
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(traceparent)

BOOST_AUTO_TEST_CASE(the_clients_span_is_read) {
  const auto read = parse_traceparent(field("00", trace, span, "01"));
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->sampled);
  BOOST_TEST(read->at.trace.front() == 0x4b);
  BOOST_TEST(read->at.trace.back() == 0x36);
  BOOST_TEST(read->at.span.front() == 0x00);
  BOOST_TEST(read->at.span.back() == 0xb7);
  BOOST_TEST(!parse_traceparent(field("00", trace, span, "00"))->sampled);
  // Of the flags only the lowest has a meaning.
  BOOST_TEST(!parse_traceparent(field("00", trace, span, "fe"))->sampled);
  // A later version may have more.
  BOOST_TEST(parse_traceparent(field("01", trace, span, "01")).has_value());
  BOOST_TEST(parse_traceparent(field("cc", trace, span, "01-what the future brings")).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_not_well_formed_is_none) {
  const std::string zeros(32, '0');
  for (const auto& value :
       {std::string{}, std::string{"00"}, field("00", trace, span, "").substr(0, 52), field("00", trace, span, "1"),
        field("00", trace, span, "01-more"), field("00", trace, span, "01x"), field("cc", trace, span, "01x"),
        field("ff", trace, span, "01"), field("00", zeros, span, "01"), field("00", trace, zeros.substr(16), "01"),
        field("00", "4BF92F3577B34DA6A3CE929D0E0E4736", span, "01"), field("00", trace, span, "01").replace(2, 1, "_"),
        field("0g", trace, span, "01"), field("00", trace, span, "0g"),
        field("00", trace.substr(1), std::string{"-"}.append(span), "01"),
        std::string{" "}.append(field("00", trace, span, "01")), std::string(1000, '0')})
    BOOST_TEST(!parse_traceparent(value).has_value(), value);
}

BOOST_AUTO_TEST_SUITE_END()
