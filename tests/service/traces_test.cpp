#include "recording_fixture.hpp"
#include "support/trace_receiver.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

struct seen_span {
  std::string trace;
  std::string id;
  /// Empty where it has none.
  std::string parent;
  std::string name;
  int kind = 0;
  std::size_t links = 0;
};

std::vector<seen_span> spans_of(const trace_receiver& receiver) {
  std::vector<seen_span> spans;
  for (const auto& post : receiver.posts()) {
    rapidjson::Document document;
    document.Parse(post.body.c_str(), post.body.size());
    BOOST_REQUIRE(!document.HasParseError());
    for (const auto& s : document["resourceSpans"][0]["scopeSpans"][0]["spans"].GetArray()) {
      const auto text = [&](const char* name) { return s.HasMember(name) ? s[name].GetString() : ""; };
      spans.push_back({text("traceId"), text("spanId"), text("parentSpanId"), text("name"), s["kind"].GetInt(),
                       s.HasMember("links") ? s["links"].Size() : 0});
      BOOST_TEST(std::stoull(text("startTimeUnixNano")) <= std::stoull(text("endTimeUnixNano")));
    }
  }
  return spans;
}

std::vector<seen_span> named(const std::vector<seen_span>& spans, const std::string& name) {
  std::vector<seen_span> found;
  for (const auto& s : spans)
    if (s.name == name)
      found.push_back(s);
  return found;
}

struct traces_fixture : recording_fixture {
  /// All spans of a service that has stopped.
  static std::vector<seen_span> all_of(service_process& service, const trace_receiver& receiver) {
    service.signal(SIGTERM);
    BOOST_TEST(service.wait() == 0);
    return spans_of(receiver);
  }

  static std::string post_traced(std::uint16_t port, std::uint64_t number, const std::string& traceparent) {
    const auto posted = http_call(port, "POST", "/ocr/jobs",
                                  "Content-Type: image/png\r\ntraceparent: " + traceparent + "\r\n", test_png(number));
    BOOST_REQUIRE(posted.status == 202);
    return posted.header("location");
  }
};

BOOST_FIXTURE_TEST_SUITE(traces, traces_fixture)

BOOST_AUTO_TEST_CASE(a_clients_trace_goes_on_through_the_request_the_job_and_the_call) {
  const trace_receiver receiver;
  service_process service{RECORDING_SERVICE_BINARY, log_path(),
                          settings({{"OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()}})};
  const auto port = service.port();
  const auto job = post_traced(port, 1, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  http_call(port, "GET", job + "?wait=20");
  http_call(port, "GET", "/health");
  http_call(port, "GET", "/metrics");
  const auto spans = all_of(service, receiver);

  const auto requests = named(spans, "POST /ocr/jobs");
  const auto jobs = named(spans, "job");
  const auto calls = named(spans, "engine call");
  const auto polls = named(spans, "GET /ocr/jobs/{id}");
  BOOST_REQUIRE(requests.size() == 1u);
  BOOST_REQUIRE(jobs.size() == 1u);
  BOOST_REQUIRE(calls.size() == 1u);
  BOOST_REQUIRE(polls.size() == 1u);
  BOOST_TEST(spans.size() == 4u);
  for (const auto& s : {requests[0], jobs[0], calls[0]})
    BOOST_TEST(s.trace == "4bf92f3577b34da6a3ce929d0e0e4736");
  BOOST_TEST(requests[0].parent == "00f067aa0ba902b7");
  BOOST_TEST(jobs[0].parent == requests[0].id);
  BOOST_TEST(calls[0].parent == jobs[0].id);
  BOOST_TEST(requests[0].kind == 2);
  BOOST_TEST(jobs[0].kind == 1);
  BOOST_TEST(calls[0].kind == 3);
  // Who brings no trace begins one.
  BOOST_TEST(polls[0].parent == "");
  BOOST_TEST(polls[0].trace != requests[0].trace);
  for (const auto& post : receiver.posts()) {
    BOOST_TEST(post.body.find(job.substr(10)) == std::string::npos);
    BOOST_TEST(post.body.find("127.0.0.1") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_malformed_trace_is_none_and_one_that_is_not_recorded_is_not_recorded_here) {
  const trace_receiver receiver;
  service_process service{RECORDING_SERVICE_BINARY, log_path(),
                          settings({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", receiver.url() + "/here"}})};
  const auto port = service.port();
  http_call(port, "GET", post_traced(port, 1, "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01") + "?wait=20");
  const auto unsampled = post_traced(port, 2, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
  http_call(port, "GET", unsampled + "?wait=20",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00\r\n");
  const auto spans = all_of(service, receiver);
  const auto requests = named(spans, "POST /ocr/jobs");
  BOOST_REQUIRE(requests.size() == 1u);
  BOOST_TEST(requests[0].parent == "");
  BOOST_TEST(requests[0].trace != "4bf92f3577b34da6a3ce929d0e0e4736");
  BOOST_TEST(named(spans, "job").size() == 1u);
  BOOST_TEST(named(spans, "engine call").size() == 1u);
  for (const auto& s : spans)
    BOOST_TEST(s.trace != "0af7651916cd43dd8448eb211c80319c");
  BOOST_TEST(receiver.posts().at(0).head.starts_with("POST /here HTTP/1.1\r\n"));
}

BOOST_AUTO_TEST_CASE(a_collector_that_hangs_harms_nobody_and_holds_up_no_stop) {
  const trace_receiver hanging{[](std::size_t) { return 0; }};
  service_process service{RECORDING_SERVICE_BINARY, log_path(),
                          settings({{"OTEL_EXPORTER_OTLP_ENDPOINT", hanging.url()}})};
  const auto port = service.port();
  for (std::uint64_t number = 1; number <= 5; ++number) {
    const auto posted = post(port, number);
    BOOST_REQUIRE(posted.status == 202);
    const auto done = http_call(port, "GET", posted.header("location") + "?wait=20");
    BOOST_TEST(done.body.find("\"status\":\"completed\"") != std::string::npos);
  }
  BOOST_REQUIRE(eventually([&] { return !hanging.posts().empty(); }));
  BOOST_TEST(http_call(port, "GET", "/metrics").body.find("glyphgate_trace_spans_total{outcome=\"exported\"} 0") !=
             std::string::npos);
  const auto begin = std::chrono::steady_clock::now();
  service.signal(SIGTERM);
  BOOST_TEST(service.wait() == 0);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 8s));
}

BOOST_AUTO_TEST_CASE(settings_that_cannot_be_used_stop_the_start_with_2) {
  service_process service{GLYPHGATE_BINARY, log_path(), settings({{"OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"}})};
  BOOST_TEST(service.wait() == 2);
  BOOST_TEST(service.log().find("OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
