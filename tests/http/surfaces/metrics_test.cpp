#include "../gunzipped.hpp"
#include "../metrics/metric_value.hpp"
#include "../server_fixture.hpp"
#include "core/digest.hpp"
#include "core/keys/api_key.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;

namespace {

std::string shown(std::uint8_t number) {
  return "X-API-Key: " + std::string{api_key_of({number}).reveal()} + "\r\n";
}

struct metrics_fixture : server_fixture {
  void ask_for_keys() {
    const auto line = [](const std::string& name, std::uint8_t number, const char* words) {
      return name + ":" + to_hex(sha256(api_key_of({number}).reveal())) + words + "\n";
    };
    keys = std::make_shared<live_keys>(std::make_shared<const key_ring>(
        std::get<key_ring>(key_ring::parse(line("ops", 1, " admin") + line("alice", 2, "")))));
  }

  std::string request_count(const std::string& method, const std::string& status, const std::string& route) const {
    return "http_server_request_duration_seconds_count{http_request_method=\"" + method +
           "\",http_response_status_code=\"" + status + "\",http_route=\"" + route + "\"}";
  }
  /// The value of a series, -1 where there is none.
  double value(const std::string& series) const { return metric_value(get("/metrics").body, series).value_or(-1); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(metrics_path, metrics_fixture)

BOOST_AUTO_TEST_CASE(metrics_are_told_in_prometheus_text_format) {
  start();
  const auto answer = get("/metrics");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  BOOST_TEST(metric_value(answer.body, "glyphgate_build_info{version=\"1.2.3\",engine=\"fake\"}").value_or(0) == 1);
  const auto packed = get("/metrics", "Accept-Encoding: gzip\r\n");
  BOOST_TEST(packed.header("content-encoding") == "gzip");
  BOOST_TEST(gunzipped(packed.body).find("# TYPE glyphgate_jobs gauge") != std::string::npos);
  BOOST_TEST(call("HEAD", "/metrics").status == 200);
  BOOST_TEST(call("POST", "/metrics").status == 405);
  BOOST_TEST(call("POST", "/metrics").header("allow") == "GET, HEAD");
}

BOOST_AUTO_TEST_CASE(with_keys_they_are_for_admins_only) {
  ask_for_keys();
  start();
  BOOST_TEST(get("/metrics").status == 401);
  BOOST_TEST(get("/metrics", shown(3)).status == 401);
  BOOST_TEST(get("/metrics", shown(2)).status == 403);
  BOOST_TEST(get("/metrics", shown(1)).status == 200);
}

BOOST_AUTO_TEST_CASE(requests_are_counted_by_the_pattern_of_their_path_and_by_nothing_that_a_client_chose) {
  start();
  get("/ocr/jobs/0123456789abcdef0123456789abcdef?wait=0&note=leaks");
  get("/ocr/jobs/another-leak");
  get("/no/such/leak");
  get("/ocr/leak");
  call("LEAK", "/health");
  post_json("/ocr/jobs", job_body());
  get("/health/");
  const auto text = get("/metrics").body;
  const auto of = [&](const std::string& series) { return metric_value(text, series).value_or(-1); };
  BOOST_TEST(of(request_count("GET", "404", "/ocr/jobs/{id}")) == 2);
  BOOST_TEST(of(request_count("GET", "404", "")) == 2);
  BOOST_TEST(of(request_count("_OTHER", "405", "/health")) == 1);
  BOOST_TEST(of(request_count("POST", "202", "/ocr/jobs")) == 1);
  BOOST_TEST(of(request_count("GET", "308", "/health")) == 1);
  BOOST_TEST(of("glyphgate_http_request_body_bytes_sum{http_route=\"/ocr/jobs\"}") ==
             static_cast<double>(job_body().size()));
  for (const auto* chosen : {"leak", "LEAK", "0123456789abcdef"})
    BOOST_TEST(text.find(chosen) == std::string::npos, chosen);
}

BOOST_AUTO_TEST_CASE(refusals_before_the_path_is_known_are_counted_too) {
  start();
  auto broken = connect();
  broken.send("no request\r\n\r\n");
  BOOST_TEST(broken.read().status == 400);
  BOOST_TEST(value(request_count("_OTHER", "400", "")) == 1);
}

BOOST_AUTO_TEST_CASE(a_stranger_is_counted_under_the_route_that_he_asked_for) {
  ask_for_keys();
  start();
  get("/ocr/jobs");
  const auto text = get("/metrics", shown(1)).body;
  BOOST_TEST(metric_value(text, request_count("GET", "401", "/ocr/jobs")).value_or(0) == 1);
}

BOOST_AUTO_TEST_CASE(where_they_have_a_port_of_their_own_it_has_nothing_else_and_asks_for_no_key) {
  ask_for_keys();
  const auto bodies = make_body_budget(settings.http);
  const server apart{settings.http, make_metrics_routes(shared_gate, scraper_of(settings, bodies)), bodies};
  BOOST_TEST(http_call(apart.port(), "GET", "/metrics").status == 200);
  for (const auto* path : {"/", "/health", "/livez", "/ocr/jobs", "/usage", "/admin/pause"})
    BOOST_TEST(http_call(apart.port(), "GET", path).status == 404, path);
  const server without{settings.http,
                       make_routes(
                           settings, shared_gate, engine, [] { return timestamp{}; }, "1", bodies, keys, nullptr),
                       bodies};
  BOOST_TEST(http_call(without.port(), "GET", "/metrics", shown(1)).status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
