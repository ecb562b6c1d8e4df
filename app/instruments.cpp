#include "app/instruments.hpp"

#include "http/traces/tracer.hpp"

#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

namespace glyphgate {

instruments make_instruments(const config& settings, const vision::engine_provider& engine,
                             const std::string& version) {
  instruments made;
  made.actors = std::make_shared<observer>();
  if (settings.metrics.on) {
    made.meters = std::make_shared<http::service_meters>(settings.calls, engine.reads_montages());
    made.actors = made.meters;
    made.requests = made.meters;
  }
  auto to = http::collector_of(settings.traces);
  if (const auto* why = std::get_if<std::string>(&to))
    throw std::runtime_error{*why};
  if (auto& collector = std::get<std::optional<http::collector>>(to)) {
    made.traces = std::make_shared<http::span_exporter>(
        std::move(*collector), http::traced_service{settings.traces.service_name, version, std::string{engine.name()}});
    auto counted = made.requests ? made.requests : std::make_shared<http::request_watcher>();
    const auto tracer = std::make_shared<http::tracer>(made.traces, made.actors, std::move(counted));
    made.actors = tracer;
    made.requests = tracer;
  }
  return made;
}

} // namespace glyphgate
