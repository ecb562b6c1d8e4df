#include "http/wire/rpc_status.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(rpc_status)

BOOST_AUTO_TEST_CASE(a_limit_says_how_long_to_wait) {
  auto p = make_problem(ec::rate_limited, "the service's limit of 10 jobs a minute is reached");
  p.retry_after = 42s;
  p.usage.emplace();
  p.usage->minute.current = p.usage->minute.limit = 10;
  p.usage->hour.limit = 100;
  p.usage->day.limit = 1000;
  const auto r = rpc_refusal(p);
  BOOST_TEST(r.status == 429U);
  BOOST_TEST(r.content_type == "application/json");
  BOOST_TEST(r.headers.find("Retry-After: 42\r\n") != std::string::npos);
  BOOST_TEST(
      *r.body ==
      R"({"error":{"code":429,"message":"A rate limit is reached: the service's limit of 10 jobs a minute is reached",)"
      R"("status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",)"
      R"("reason":"RATE_LIMITED","domain":"glyphgate","metadata":{"minute_current":"10","minute_limit":"10",)"
      R"("hour_current":"0","hour_limit":"100","day_current":"0","day_limit":"1000"}},)"
      R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"42s"}]}})");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_request_is_400_with_its_fields) {
  const auto r = rpc_refusal(invalid_request("one thing is wrong", {{{}, "requests", "there is none"}}));
  BOOST_TEST(r.status == 400U);
  BOOST_TEST(*r.body == R"({"error":{"code":400,"message":"The request is not valid: one thing is wrong",)"
                        R"("status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",)"
                        R"("reason":"INVALID_REQUEST","domain":"glyphgate"},)"
                        R"({"@type":"type.googleapis.com/google.rpc.BadRequest",)"
                        R"("fieldViolations":[{"field":"requests","description":"there is none"}]}]}})");
  const auto large = rpc_refusal(body_too_large(40));
  BOOST_TEST(large.status == 400U);
  BOOST_TEST(large.body->find(R"("metadata":{"max_body_mb":"40"})") != std::string::npos);
  BOOST_TEST(rpc_refusal(unsupported_coding()).status == 400U);
}

BOOST_AUTO_TEST_CASE(clients_try_503_at_once_so_a_long_wait_is_429) {
  auto p = make_problem(ec::breaker_open);
  p.retry_after = 10s;
  BOOST_TEST(rpc_http_status(p) == 503U);
  BOOST_TEST((rpc_code_of(rpc_http_status(p)) == rpc_code::unavailable));
  p.retry_after = 11s;
  BOOST_TEST(rpc_http_status(p) == 429U);
  BOOST_TEST(rpc_refusal(p).body->find(R"("status":"RESOURCE_EXHAUSTED")") != std::string::npos);
  BOOST_TEST(rpc_refusal(p).body->find(R"("reason":"BREAKER_OPEN")") != std::string::npos);
  BOOST_TEST(rpc_http_status(make_problem(ec::no_answer)) == 503U);
}

BOOST_AUTO_TEST_CASE(every_status_has_its_code) {
  const std::pair<unsigned, const char*> all[] = {{400, "INVALID_ARGUMENT"},
                                                  {401, "UNAUTHENTICATED"},
                                                  {403, "PERMISSION_DENIED"},
                                                  {404, "NOT_FOUND"},
                                                  {405, "UNIMPLEMENTED"},
                                                  {408, "INVALID_ARGUMENT"},
                                                  {409, "ABORTED"},
                                                  {414, "INVALID_ARGUMENT"},
                                                  {417, "INVALID_ARGUMENT"},
                                                  {429, "RESOURCE_EXHAUSTED"},
                                                  {431, "INVALID_ARGUMENT"},
                                                  {500, "INTERNAL"},
                                                  {501, "UNIMPLEMENTED"},
                                                  {502, "UNKNOWN"},
                                                  {503, "UNAVAILABLE"},
                                                  {504, "DEADLINE_EXCEEDED"},
                                                  {505, "UNKNOWN"}};
  for (const auto& [status, name] : all)
    BOOST_TEST(to_string(rpc_code_of(status)) == name, status);
}

BOOST_AUTO_TEST_SUITE_END()
