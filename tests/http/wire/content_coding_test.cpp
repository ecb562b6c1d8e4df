#include "../gunzipped.hpp"
#include "http/wire/content_coding.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <string>

using namespace glyphgate::http;
using namespace glyphgate::http::test;

BOOST_AUTO_TEST_SUITE(content_coding)

BOOST_AUTO_TEST_CASE(gzip_is_sent_to_who_prefers_it) {
  for (const auto* accept : {"gzip", "GZIP", "x-gzip", "br, gzip", "gzip;q=0.001", "gzip ; q=1.000", "*", "*;q=0.1",
                             "gzip;q=0.5, identity;q=0.5", "identity;q=0, gzip;q=0.1", "deflate,gzip;Q=1", "gzip;q=1.",
                             "gzip, *;q=0", "gzip;q=0, x-gzip"})
    BOOST_TEST(wants_gzip(accept), accept);
  for (const auto* accept :
       {"", "br", "identity", "gzip;q=0", "gzip;q=0.000", "gzip;q=0, *", "identity, gzip;q=0.9", "*;q=0", "gzip;q=2",
        "gzip;q=", "gzip;q=0.1234", "gzip;q=-1", "gzip;q=1.001", "gzip;v=1", "gzipped", "q=1", ";q=1"})
    BOOST_TEST(!wants_gzip(accept), accept);
}

BOOST_AUTO_TEST_CASE(what_is_packed_is_the_text) {
  BOOST_TEST(
      rc::check("any text", [](const std::string& text) { RC_ASSERT(gunzipped(gzipped(text).value()) == text); }));
  const std::string long_text(1'000'000, 'x');
  const auto packed = gzipped(long_text).value();
  BOOST_TEST(packed.size() < 2000U);
  BOOST_TEST(gunzipped(packed) == long_text);
  BOOST_TEST(gzipped(long_text).value() == packed);
}

BOOST_AUTO_TEST_CASE(any_field_is_read) {
  BOOST_TEST(rc::check("any field", [](const std::string& accept) {
    const bool wanted = wants_gzip(accept);
    RC_ASSERT(!wanted || !accept.empty());
  }));
}

BOOST_AUTO_TEST_SUITE_END()
