#include "http/traces/otlp_json.hpp"

#include "http/wire/json_writer.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace glyphgate::http {

namespace {

// Of opentelemetry/proto/trace/v1/trace.proto.
constexpr int kind_internal = 1;
constexpr int kind_server = 2;
constexpr int kind_client = 3;
constexpr int status_error = 2;

template <class Bytes>
std::string hexadecimal(const Bytes& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::string nanoseconds(std::chrono::system_clock::time_point t) {
  return std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(t.time_since_epoch()).count());
}

void write_text(json_writer& json, std::string_view name, std::string_view text) {
  json.object().member("key", name).key("value").object().member("stringValue", text).end_object().end_object();
}

void write_number(json_writer& json, std::string_view name, std::uint64_t number) {
  json.object().member("key", name).key("value").object();
  json.member("intValue", std::to_string(number)).end_object().end_object();
}

// What the kinds of spans differ in, inside an object that is open.
void write_facts(json_writer& json, const request_span_facts& r) {
  auto name = std::string{r.method};
  if (!r.route.empty())
    name.append(" ").append(r.route);
  json.member("name", name).member("kind", kind_server).key("attributes").array();
  write_text(json, "http.request.method", r.method);
  if (!r.route.empty())
    write_text(json, "http.route", r.route);
  write_number(json, "http.response.status_code", r.status);
  write_text(json, "url.scheme", "http");
  write_number(json, "http.request.body.size", r.received);
  write_number(json, "http.response.body.size", r.sent);
  if (r.status >= 500)
    write_text(json, "error.type", std::to_string(r.status));
  json.end_array();
  if (r.status >= 500)
    json.key("status").object().member("code", status_error).end_object();
}

void write_facts(json_writer& json, const job_span_facts& j) {
  json.member("name", "job").member("kind", kind_internal).key("attributes").array();
  write_text(json, "glyphgate.job.status", to_string(j.status));
  write_number(json, "glyphgate.job.images", j.images);
  json.end_array();
  if (j.status == job_status::failed)
    json.key("status").object().member("code", status_error).end_object();
}

void write_facts(json_writer& json, const call_span_facts& c) {
  json.member("name", "engine call").member("kind", kind_client).key("attributes").array();
  write_text(json, "glyphgate.call.outcome", c.outcome);
  write_number(json, "glyphgate.call.attempt", c.attempt);
  write_number(json, "glyphgate.call.images", c.images);
  if (c.failed)
    write_text(json, "error.type", c.outcome);
  json.end_array();
  if (!c.other_jobs.empty()) {
    json.key("links").array();
    for (const auto& other : c.other_jobs) {
      json.object().member("traceId", hexadecimal(other.trace));
      json.member("spanId", hexadecimal(other.span)).end_object();
    }
    json.end_array();
  }
  if (c.failed)
    json.key("status").object().member("code", status_error).end_object();
}

void write_span(json_writer& json, const finished_span& s) {
  json.object().member("traceId", hexadecimal(s.own.trace)).member("spanId", hexadecimal(s.own.span));
  if (std::ranges::any_of(s.parent, [](auto byte) { return byte != 0; }))
    json.member("parentSpanId", hexadecimal(s.parent));
  json.member("startTimeUnixNano", nanoseconds(s.begin)).member("endTimeUnixNano", nanoseconds(s.end));
  std::visit([&](const auto& facts) { write_facts(json, facts); }, s.facts);
  json.end_object();
}

} // namespace

std::string otlp_json(const traced_service& service, std::span<const finished_span> spans) {
  json_writer json;
  json.object().key("resourceSpans").array().object();
  json.key("resource").object().key("attributes").array();
  write_text(json, "service.name", service.name);
  write_text(json, "service.version", service.version);
  write_text(json, "glyphgate.engine", service.engine);
  json.end_array().end_object();
  json.key("scopeSpans").array().object().key("scope").object().member("name", "glyphgate").end_object();
  json.key("spans").array();
  for (const auto& s : spans)
    write_span(json, s);
  json.end_array().end_object().end_array().end_object().end_array().end_object();
  return json.take();
}

} // namespace glyphgate::http
