#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glyphgate::http {

using metric_labels = std::vector<std::pair<std::string, std::string>>;

/// Metrics whose values are known elsewhere, as they are at a scrape. Each belongs to the family that was begun last.
class metric_families {
public:
  /// Begins a family of values that go up and down.
  metric_families& gauge(std::string name, std::string help);
  /// Begins one of values that only grow; they may begin anew with the process.
  metric_families& counter(std::string name, std::string help);

  metric_families& is(double value, metric_labels labels = {});

  std::vector<prometheus::MetricFamily> take() { return std::exchange(all_, {}); }

private:
  std::vector<prometheus::MetricFamily> all_;
};

} // namespace glyphgate::http
