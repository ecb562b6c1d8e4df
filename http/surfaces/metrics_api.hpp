#pragma once

#include "http/metrics/scraper.hpp"
#include "http/surfaces/gateway.hpp"
#include "http/surfaces/surface.hpp"
#include "http/uploads/decode_pool.hpp"

#include <memory>
#include <string_view>

namespace glyphgate::http {

/// The path /metrics, for Prometheus. Where there are keys it needs an admin's.
class metrics_api : public surface {
public:
  metrics_api(std::shared_ptr<gateway> gate, std::shared_ptr<const scraper> metrics, std::shared_ptr<decode_pool> pool);

  bool serves(std::string_view path) const override;
  /// A monitor asks for ever, needed or not.
  bool is_use(std::string_view) const override { return false; }
  std::string_view methods_of(std::string_view) const override { return "GET, HEAD"; }
  std::string_view route_of(std::string_view path) const override;
  void handle(const exchange_ptr& ex) override;

private:
  const std::shared_ptr<gateway> gate_;
  const std::shared_ptr<const scraper> metrics_;
  const std::shared_ptr<decode_pool> pool_;
};

} // namespace glyphgate::http
