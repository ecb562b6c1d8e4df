#include "http/wire/response.hpp"

#include <boost/test/unit_test.hpp>

using namespace glyphgate::http;

BOOST_AUTO_TEST_SUITE(responses)

BOOST_AUTO_TEST_CASE(every_status_that_docs_openapi_yaml_has_is_sent_with_its_phrase) {
  for (const unsigned status : {200U, 202U, 204U, 304U, 307U, 308U, 400U, 401U, 403U, 404U, 405U, 408U, 409U,
                                413U, 414U, 415U, 417U, 422U, 429U, 431U, 500U, 501U, 503U, 504U, 505U})
    BOOST_TEST(reason_phrase(status) != "", status);
  response forbidden;
  forbidden.status = 403;
  BOOST_TEST(render_head(forbidden, true, "").starts_with("HTTP/1.1 403 Forbidden\r\n"));
}

BOOST_AUTO_TEST_SUITE_END()
