#include "core/log.hpp"
#include "http/traces/span_exporter.hpp"
#include "support/service_process.hpp"
#include "support/trace_receiver.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

#include <chrono>
#include <memory>
#include <string>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace std::chrono_literals;

namespace {

struct exporter_fixture {
  exporter_fixture() { log::configure({log_level::error, log_format::text}); }

  static collector to(const trace_receiver& receiver, const std::string& headers = "") {
    traces_config settings;
    settings.endpoint = receiver.url() + "/";
    settings.headers = secret{headers};
    return *std::get<std::optional<collector>>(collector_of(settings));
  }
  static std::unique_ptr<span_exporter> exporter(collector to) {
    return std::make_unique<span_exporter>(std::move(to), traced_service{"ocr", "1.2.3", "fake"});
  }
  static finished_span request_span_of(unsigned status) {
    const std::chrono::system_clock::time_point begin{1'700'000'000'000'000'000ns};
    finished_span s;
    s.own.trace.fill(0xab);
    s.own.span.fill(0x01);
    s.begin = begin;
    s.end = begin + 5ms;
    s.facts = request_span_facts{"GET", "/ocr/jobs/{id}", status, 0, 300};
    return s;
  }
};

/// What a JSON text holds at that place; "missing" when there is none.
std::string at(const std::string& json, const char* place) {
  rapidjson::Document document;
  document.Parse(json.c_str(), json.size());
  const auto* value = document.HasParseError() ? nullptr : rapidjson::Pointer{place}.Get(document);
  if (value == nullptr)
    return "missing";
  return value->IsString() ? value->GetString() : value->IsInt() ? std::to_string(value->GetInt()) : "?";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(exported_spans, exporter_fixture)

BOOST_AUTO_TEST_CASE(spans_are_posted_as_otlp_has_them) {
  const trace_receiver receiver;
  const auto exporting = exporter(to(receiver, "x-team=ocr%2C%20too , api-key=hush"));
  auto failed = request_span_of(503);
  failed.parent.fill(0x02);
  exporting->push(request_span_of(200));
  exporting->stop();
  const auto beside = exporter(to(receiver));
  beside->push(failed);
  beside->stop();
  BOOST_TEST(exporting->counts().exported == 1u);
  const auto posts = receiver.posts();
  BOOST_REQUIRE(posts.size() == 2u);
  BOOST_TEST(posts[0].head.starts_with("POST /v1/traces HTTP/1.1\r\n"));
  for (const auto* field :
       {"\r\nContent-Type: application/json\r\n", "\r\nx-team: ocr, too\r\n", "\r\napi-key: hush\r\n"})
    BOOST_TEST(posts[0].head.find(field) != std::string::npos, field);
  const auto& body = posts[0].body;
  BOOST_TEST(at(body, "/resourceSpans/0/resource/attributes/0/value/stringValue") == "ocr");
  BOOST_TEST(at(body, "/resourceSpans/0/scopeSpans/0/scope/name") == "glyphgate");
  const auto span = [&](const std::string& member) {
    return at(body, ("/resourceSpans/0/scopeSpans/0/spans/" + member).c_str());
  };
  BOOST_TEST(span("0/traceId") == "abababababababababababababababab");
  BOOST_TEST(span("0/spanId") == "0101010101010101");
  BOOST_TEST(span("0/parentSpanId") == "missing");
  BOOST_TEST(span("0/name") == "GET /ocr/jobs/{id}");
  BOOST_TEST(span("0/kind") == "2");
  BOOST_TEST(span("0/startTimeUnixNano") == "1700000000000000000");
  BOOST_TEST(span("0/endTimeUnixNano") == "1700000000005000000");
  BOOST_TEST(span("0/attributes/2/key") == "http.response.status_code");
  BOOST_TEST(span("0/attributes/2/value/intValue") == "200");
  BOOST_TEST(span("0/status") == "missing");
  BOOST_TEST(at(posts[1].body, "/resourceSpans/0/scopeSpans/0/spans/0/parentSpanId") == "0202020202020202");
  BOOST_TEST(at(posts[1].body, "/resourceSpans/0/scopeSpans/0/spans/0/status/code") == "2");
}

BOOST_AUTO_TEST_CASE(spans_that_come_together_travel_together) {
  const trace_receiver receiver;
  const auto exporting = exporter(to(receiver));
  for (int i = 0; i < 100; ++i)
    exporting->push(request_span_of(200));
  BOOST_TEST(eventually([&] { return exporting->counts().exported == 100u; }));
  // On a machine that is busy they may be parted, but not one by one.
  BOOST_TEST(receiver.posts().size() < 10u);
}

BOOST_AUTO_TEST_CASE(a_collector_that_asks_to_come_back_gets_them_again_and_one_that_refuses_does_not) {
  const trace_receiver busy{[](std::size_t number) { return number == 0 ? 503 : 200; }};
  const auto patient = exporter(to(busy));
  patient->push(request_span_of(200));
  BOOST_TEST(eventually([&] { return patient->counts().exported == 1u; }));
  BOOST_TEST(busy.posts().size() == 2u);
  BOOST_TEST(busy.posts()[0].body == busy.posts()[1].body);

  const trace_receiver refusing{[](std::size_t) { return 400; }};
  const auto refused = exporter(to(refusing));
  refused->push(request_span_of(200));
  BOOST_TEST(eventually([&] { return refused->counts().failed == 1u; }));
  refused->stop();
  BOOST_TEST(refusing.posts().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_collector_that_hangs_holds_up_nobody_and_the_stop_is_bounded) {
  const trace_receiver hanging{[](std::size_t) { return 0; }};
  const auto exporting = exporter(to(hanging));
  exporting->push(request_span_of(200));
  BOOST_REQUIRE(eventually([&] { return hanging.posts().size() == 1u; }));
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < span_exporter::most_waiting + 10; ++i)
    exporting->push(request_span_of(200));
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 1s));
  BOOST_TEST(exporting->counts().dropped == 10u);
  exporting->stop();
  BOOST_TEST((std::chrono::steady_clock::now() - begin < span_exporter::last_flush + 2s));
  // What was under way has failed, and what waited was dropped.
  const auto counts = exporting->counts();
  BOOST_TEST(counts.exported == 0u);
  BOOST_TEST(counts.failed + counts.dropped == span_exporter::most_waiting + 11);
  exporting->push(request_span_of(200));
  BOOST_TEST(exporting->counts().dropped == counts.dropped + 1);
}

BOOST_AUTO_TEST_CASE(a_collector_that_is_not_there_costs_its_spans_only) {
  std::string url;
  {
    const trace_receiver gone;
    url = gone.url();
  }
  const auto exporting = exporter({url + "/v1/traces", {}});
  exporting->push(request_span_of(200));
  const auto begin = std::chrono::steady_clock::now();
  exporting->stop();
  BOOST_TEST((std::chrono::steady_clock::now() - begin < span_exporter::last_flush + 2s));
  BOOST_TEST(exporting->counts().failed == 1u);
}

BOOST_AUTO_TEST_CASE(where_they_go_is_told_as_opentelemetry_has_it) {
  const auto url = [](const std::string& base, const std::string& traces) {
    traces_config settings;
    settings.endpoint = base;
    settings.traces_endpoint = traces;
    const auto found = collector_of(settings);
    const auto* to = std::get_if<std::optional<collector>>(&found);
    return to == nullptr ? std::get<std::string>(found) : *to ? (*to)->url : "none";
  };
  BOOST_TEST(url("", "") == "none");
  BOOST_TEST(url("http://localhost:4318", "") == "http://localhost:4318/v1/traces");
  BOOST_TEST(url("https://collector/otlp/", "") == "https://collector/otlp/v1/traces");
  BOOST_TEST(url("http://localhost:4318", "http://other/here") == "http://other/here");
  BOOST_TEST(url("localhost:4318", "") == "OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL");
  BOOST_TEST(url("http://a b", "") == "OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL");
  BOOST_TEST(url("", "ftp://x") == "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be an http or https URL");
}

BOOST_AUTO_TEST_CASE(headers_that_cannot_be_sent_are_refused_without_their_value) {
  for (const auto* wrong : {"hush", "=hush", "a b=hush", "a=hush%0d%0aX: y", "a=hush%", "ok=1,hush"}) {
    traces_config settings;
    settings.endpoint = "http://localhost:4318";
    settings.headers = secret{wrong};
    const auto found = collector_of(settings);
    const auto* why = std::get_if<std::string>(&found);
    BOOST_REQUIRE_MESSAGE(why != nullptr, wrong);
    BOOST_TEST(why->find("OTEL_EXPORTER_OTLP_HEADERS: entry ") == 0u, *why);
    BOOST_TEST(why->find("hush") == std::string::npos, *why);
  }
}

BOOST_AUTO_TEST_SUITE_END()
