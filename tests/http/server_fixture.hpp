#pragma once

#include "core/log.hpp"
#include "fake_gateway.hpp"
#include "http/surfaces/routes.hpp"
#include "http/wire/server.hpp"
#include "samples.hpp"
#include "support/http_client.hpp"
#include "support/literal_time.hpp"

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace glyphgate::http::test {

/// A server on a free port, with a gateway and a clock that the test controls. `start` it once all is set.
struct server_fixture {
  config settings;
  /// Shared with the server; a test may give its share up.
  std::shared_ptr<fake_gateway> shared_gate = std::make_shared<fake_gateway>();
  std::shared_ptr<fake_engine> engine = std::make_shared<fake_engine>();
  fake_gateway& gate = *shared_gate;
  /// Nobody's, unless a test replaces them.
  std::shared_ptr<live_keys> keys = std::make_shared<live_keys>(std::make_shared<const key_ring>());
  std::shared_ptr<service_meters> meters = std::make_shared<service_meters>(call_limits{}, true);
  std::atomic<timestamp> now{at(std::chrono::minutes{10})};
  std::unique_ptr<server> running;

  server_fixture() {
    log::configure({log_level::error, log_format::text});
    settings.http.port = 0;
  }
  // The callbacks that a test keeps must not outlive the server's parts.
  ~server_fixture() { running.reset(); }

  void start() { running = make_server(settings); }

  std::unique_ptr<server> make_server(const config& with) {
    const auto bodies = make_body_budget(with.http);
    auto routes = make_routes(
        with, shared_gate, engine, [this] { return now.load(); }, "1.2.3", bodies, keys, scraper_of(with, bodies));
    return std::make_unique<server>(with.http, std::move(routes), bodies, meters);
  }

  std::shared_ptr<const scraper> scraper_of(const config& with, std::shared_ptr<const memory_budget> bodies) const {
    return std::make_shared<const scraper>(
        with,
        metric_sources{meters, std::move(bodies), engine, [] { return std::uint64_t{1} << 30U; }, nullptr, "1.2.3"});
  }

  std::uint16_t port() const { return running->port(); }
  http_connection connect() const { return http_connection{port()}; }
  http_answer call(std::string_view method, std::string_view target, std::string_view headers = {},
                   std::string_view body = {}) const {
    return http_call(port(), method, target, headers, body);
  }
  http_answer get(std::string_view target, std::string_view headers = {}) const { return call("GET", target, headers); }
  http_answer post_json(std::string_view target, std::string_view body) const {
    return call("POST", target, "Content-Type: application/json\r\n", body);
  }
};

inline std::string job_body(std::string_view marker = "") {
  return R"({"images":[{"id":"a","data":")" + to_base64(png_header(10, 20, marker)) + R"("}]})";
}

/// What a JSON text holds at that place ("/errors/0/image"): strings as they are, all else as JSON; "missing" when
/// there is nothing.
inline std::string field(const std::string& json, const char* place) {
  rapidjson::Document document;
  document.Parse(json.c_str(), json.size());
  const auto* value = document.HasParseError() ? nullptr : rapidjson::Pointer{place}.Get(document);
  if (value == nullptr)
    return "missing";
  if (value->IsString())
    return value->GetString();
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  value->Accept(writer);
  return buffer.GetString();
}

/// The last part of a problem's type, after checking that the answer is one and agrees with its status.
inline std::string problem_kind(const http_answer& answer) {
  constexpr std::string_view prefix = "urn:glyphgate:problem:";
  const auto type = field(answer.body, "/type");
  if (answer.header("content-type") != "application/problem+json" || field(answer.body, "/title") == "missing" ||
      field(answer.body, "/status") != std::to_string(answer.status) || !type.starts_with(prefix))
    return "no problem: " + answer.body;
  return type.substr(prefix.size());
}

} // namespace glyphgate::http::test
