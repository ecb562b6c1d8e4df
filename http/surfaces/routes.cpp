#include "http/surfaces/routes.hpp"

#include "http/surfaces/jobs_api.hpp"
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
                                     std::string version, std::shared_ptr<const memory_budget> bodies) {
  auto pool = std::make_shared<decode_pool>(decode_threads);
  auto identity =
      service_identity{std::move(version), std::string{engine->name()}, engine->price_per_call(), engine->engines()};
  std::vector<std::shared_ptr<surface>> surfaces{
      std::make_shared<service_api>(settings, gate, std::move(identity), std::move(bodies), pool),
      std::make_shared<jobs_api>(settings, gate, std::move(engine), std::move(clock), pool),
  };
  return std::make_shared<router>(std::move(surfaces), std::move(pool));
}

} // namespace glyphgate::http
