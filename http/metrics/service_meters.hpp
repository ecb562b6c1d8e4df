#pragma once

#include "core/config.hpp"
#include "core/observer.hpp"
#include "http/wire/request_watcher.hpp"

#include <memory>
#include <span>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace glyphgate::http {

/// Counts and times what happens, from the process's start on. Thread-safe, apart from `answered`, which one thread
/// calls.
class service_meters final : public observer, public request_watcher {
public:
  /// How full a call is, is measured by `calls`, where `stacked` says that the engine reads montages.
  service_meters(const call_limits& calls, bool stacked);
  ~service_meters() override;

  void call_ended(const planned_call& call, const call_outcome& outcome, elapsed took) noexcept override;
  void committed(std::span<const transaction> all, const verdicts& decided, elapsed took) noexcept override;
  void commit_failed(elapsed took) noexcept override;
  void answered(const finished_request& r) noexcept override;

  /// All that was counted.
  std::vector<prometheus::MetricFamily> families() const;

private:
  struct meters;
  std::unique_ptr<meters> meters_;
};

} // namespace glyphgate::http
