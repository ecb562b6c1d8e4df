#pragma once

#include "core/config.hpp"
#include "core/observer.hpp"
#include "http/metrics/service_meters.hpp"
#include "http/traces/span_exporter.hpp"
#include "http/wire/request_watcher.hpp"
#include "vision/engine.hpp"

#include <memory>
#include <string>

namespace glyphgate {

/// What counts and traces the service's work, as far as the settings want that.
struct instruments {
  /// Null where nothing is counted.
  std::shared_ptr<http::service_meters> meters;
  /// Null where nothing is traced. To be stopped when nothing is to come any more.
  std::shared_ptr<http::span_exporter> traces;
  /// Who is to be told what the actors do. Never null.
  observer_ptr actors;
  /// Receives every request that was answered. Null when nothing listens.
  std::shared_ptr<http::request_watcher> requests;
};

/// Throws std::runtime_error where the settings for traces cannot be used, which `parse_options` refuses.
instruments make_instruments(const config& settings, const vision::engine_provider& engine, const std::string& version);

} // namespace glyphgate
