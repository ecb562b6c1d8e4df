#include "http/surfaces/metrics_api.hpp"

#include "http/surfaces/admins_only.hpp"
#include "http/wire/text.hpp"

#include <chrono>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::string_view path_of_metrics = "/metrics";
// Well below what scrapers wait. Parts that do not answer meanwhile are left out.
constexpr std::chrono::seconds scrape_bound{2};

} // namespace

metrics_api::metrics_api(std::shared_ptr<gateway> gate, std::shared_ptr<const scraper> metrics,
                         std::shared_ptr<decode_pool> pool)
    : gate_{std::move(gate)},
      metrics_{std::move(metrics)},
      pool_{std::move(pool)} {}

bool metrics_api::serves(std::string_view path) const {
  return path == path_of_metrics;
}

std::string_view metrics_api::route_of(std::string_view) const {
  return path_of_metrics;
}

void metrics_api::handle(const exchange_ptr& ex) {
  if (!is_read(ex->request().method()))
    return refuse(ex, wrong_method(methods_of(path_of_metrics)));
  if (!sees_everything(ex))
    return refuse(ex, not_an_admin(ex));
  gate_->report(scrape_bound, [self = shared_from_this(), this, ex](const service_report& report) {
    // The actors' threads have better things to do than to write text.
    attempt_on(*pool_, ex, [this, ex, report] {
      response r;
      r.content_type = metrics_type;
      r.body = std::make_shared<const std::string>(metrics_->text(report));
      finish_packed(*pool_, ex, std::move(r));
    });
  });
}

} // namespace glyphgate::http
