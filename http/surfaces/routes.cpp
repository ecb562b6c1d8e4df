#include "http/surfaces/routes.hpp"

#include "http/surfaces/admin_api.hpp"
#include "http/surfaces/annotate_api.hpp"
#include "http/surfaces/description_api.hpp"
#include "http/surfaces/jobs_api.hpp"
#include "http/surfaces/legacy_api.hpp"
#include "http/surfaces/metrics_api.hpp"
#include "http/surfaces/router.hpp"
#include "http/surfaces/service_api.hpp"

#include <utility>
#include <vector>

namespace glyphgate::http {

namespace {

constexpr std::size_t decode_threads = 2;

} // namespace

std::shared_ptr<handler> make_routes(const config& settings, std::shared_ptr<gateway> gate,
                                     std::shared_ptr<const vision::engine_provider> engine, clock_fn clock,
                                     std::string version, std::shared_ptr<const memory_budget> bodies,
                                     std::shared_ptr<const live_keys> keys, std::shared_ptr<const scraper> metrics) {
  auto pool = std::make_shared<decode_pool>(decode_threads);
  const auto documents = std::make_shared<document_desk>(engine);
  auto identity =
      service_identity{std::move(version), std::string{engine->name()}, engine->price_per_call(), engine->engines()};
  std::vector<std::shared_ptr<surface>> surfaces{
      std::make_shared<admin_api>(settings, gate, clock, pool),
      std::make_shared<annotate_api>(settings, gate, engine, clock, pool, documents),
      std::make_shared<description_api>()};
  if (metrics)
    surfaces.push_back(std::make_shared<metrics_api>(gate, std::move(metrics), pool));
  if (settings.http.legacy_answers) {
    identity.version = legacy_version;
    surfaces.push_back(
        std::make_shared<legacy_service_api>(settings, gate, std::move(identity), std::move(bodies), pool));
    surfaces.push_back(
        std::make_shared<legacy_jobs_api>(settings, gate, std::move(engine), std::move(clock), pool, documents));
  } else {
    surfaces.push_back(std::make_shared<service_api>(settings, gate, std::move(identity), std::move(bodies), pool));
    surfaces.push_back(
        std::make_shared<jobs_api>(settings, gate, std::move(engine), std::move(clock), pool, documents));
  }
  return std::make_shared<router>(std::move(surfaces), std::move(pool), entrance{std::move(keys)},
                                  settings.http.legacy_answers ? 307U : 308U);
}

std::shared_ptr<handler> make_metrics_routes(std::shared_ptr<gateway> gate, std::shared_ptr<const scraper> metrics) {
  auto pool = std::make_shared<decode_pool>(1);
  std::vector<std::shared_ptr<surface>> only{std::make_shared<metrics_api>(std::move(gate), std::move(metrics), pool)};
  auto no_keys = std::make_shared<const live_keys>(std::make_shared<const key_ring>());
  return std::make_shared<router>(std::move(only), std::move(pool), entrance{std::move(no_keys)}, 308U);
}

} // namespace glyphgate::http
