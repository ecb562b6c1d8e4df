#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/keys/live_keys.hpp"
#include "http/metrics/scraper.hpp"
#include "http/surfaces/gateway.hpp"
#include "http/wire/handler.hpp"
#include "http/wire/memory_budget.hpp"
#include "vision/engine.hpp"

#include <memory>
#include <string>

namespace glyphgate::http {

/// Every path of the service, for those that `keys` let in. `bodies` is what the requests' bodies come out of.
/// `metrics` may be null: there is no /metrics then. Replies of `gate` may come after the handler's stop: what they
/// need is kept until then.
std::shared_ptr<handler> make_routes(const config& settings, std::shared_ptr<gateway> gate,
                                     std::shared_ptr<const vision::engine_provider> engine, clock_fn clock,
                                     std::string version, std::shared_ptr<const memory_budget> bodies,
                                     std::shared_ptr<const live_keys> keys, std::shared_ptr<const scraper> metrics);

/// Only /metrics, for whoever comes.
std::shared_ptr<handler> make_metrics_routes(std::shared_ptr<gateway> gate, std::shared_ptr<const scraper> metrics);

} // namespace glyphgate::http
