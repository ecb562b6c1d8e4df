#include "http/metrics/metric_families.hpp"

namespace glyphgate::http {

metric_families& metric_families::gauge(std::string name, std::string help) {
  all_.push_back({std::move(name), std::move(help), prometheus::MetricType::Gauge, {}});
  return *this;
}

metric_families& metric_families::counter(std::string name, std::string help) {
  all_.push_back({std::move(name), std::move(help), prometheus::MetricType::Counter, {}});
  return *this;
}

metric_families& metric_families::is(double value, metric_labels labels) {
  prometheus::ClientMetric metric;
  for (auto& [name, text] : labels)
    metric.label.push_back({std::move(name), std::move(text)});
  auto& family = all_.back();
  if (family.type == prometheus::MetricType::Gauge)
    metric.gauge.value = value;
  else
    metric.counter.value = value;
  family.metric.push_back(std::move(metric));
  return *this;
}

} // namespace glyphgate::http
