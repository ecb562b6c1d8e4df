#pragma once

#include "core/config.hpp"
#include "http/answers/service_report.hpp"
#include "http/metrics/service_meters.hpp"
#include "http/traces/span_exporter.hpp"
#include "http/wire/memory_budget.hpp"
#include "store/store.hpp"
#include "vision/engine.hpp"

#include <memory>
#include <string>

namespace glyphgate::http {

/// Where the metrics come from that no report has.
struct metric_sources {
  std::shared_ptr<const service_meters> meters;
  std::shared_ptr<const memory_budget> bodies;
  std::shared_ptr<const vision::engine_provider> engine;
  store::store_room_fn store_room;
  /// Null where nothing is traced.
  std::shared_ptr<const span_exporter> traces;
  std::string version;
};

/// Writes down all metrics. Immutable; usable from any thread.
class scraper {
public:
  scraper(const config& settings, metric_sources sources);

  /// In Prometheus' text format, version 0.0.4. Takes about a millisecond.
  std::string text(const service_report& report) const;

private:
  const config settings_;
  const metric_sources sources_;
};

/// The type of that text.
inline constexpr std::string_view metrics_type = "text/plain; version=0.0.4; charset=utf-8";

} // namespace glyphgate::http
