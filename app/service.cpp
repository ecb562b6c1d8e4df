#include "app/service.hpp"

#include "actors/circuit_breaker_actor.hpp"
#include "actors/cleanup_timer_actor.hpp"
#include "actors/job_registry_actor.hpp"
#include "actors/rate_limiter_actor.hpp"
#include "actors/sieve_worker_actor.hpp"
#include "actors/store_reader_actor.hpp"
#include "actors/store_writer_actor.hpp"
#include "actors/vision_pool_actor.hpp"
#include "actors/vision_worker_actor.hpp"
#include "app/planning.hpp"
#include "core/log.hpp"
#include "http/surfaces/actor_gateway.hpp"
#include "http/surfaces/routes.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <thread>
#include <utility>

namespace glyphgate {

namespace {

/// The actors that are scheduled wait for others nearly always: two threads serve them.
constexpr std::size_t scheduler_threads = 2;
/// A calendar that was ahead by that much once is ahead for good, as recorded times never go back.
constexpr std::chrono::minutes noteworthy{1};
/// Scrapers are few.
constexpr std::uint32_t scraper_connections = 16;
/// How long a look at the service waits for an actor.
constexpr std::chrono::seconds look_timeout{2};
/// How long the stop waits for answers that are on their way to the HTTP side.
constexpr std::chrono::seconds flush_timeout{1};

/// The same clock, put forward so that it starts no earlier than that: what the store recorded is never in the future.
clock_fn not_before(timestamp start, clock_fn clock) {
  const auto behind = std::max(start - clock(), duration::zero());
  if (behind > noteworthy)
    log::warn("clock_behind_store", {{"seconds", std::chrono::floor<std::chrono::seconds>(behind).count()}});
  return [behind, clock = std::move(clock)] { return clock() + behind; };
}

bool has_unfinished_jobs(const registry_stats& jobs) {
  std::uint64_t unfinished = jobs.unsaved;
  for (std::size_t i = 0; i < jobs.by_status.size(); ++i)
    unfinished += is_final(static_cast<job_status>(i)) ? 0 : jobs.by_status[i];
  return unfinished != 0;
}

/// A store's reader, which the store outlives, whichever actor ends first: what closes last merges the log.
std::shared_ptr<store::job_reader> open_reader(const std::shared_ptr<store::job_store>& store) {
  struct open_store {
    std::shared_ptr<store::job_store> store;
    std::unique_ptr<store::job_reader> reader;
  };
  const auto both = std::make_shared<open_store>(open_store{store, store->open_reader()});
  return {both, both->reader.get()};
}

} // namespace

service::service(const config& settings, std::string version, std::shared_ptr<const vision::engine_provider> engines,
                 std::shared_ptr<store::job_store> store, clock_fn clock, on_lost_fn on_lost,
                 std::shared_ptr<live_keys> keys)
    : settings_{settings},
      on_lost_{std::move(on_lost)},
      instruments_{make_instruments(settings, *engines, version)} {
  system_config_.set("scheduler.policy", caf::atom("sharing"));
  system_config_.set("scheduler.max-threads", scheduler_threads);
  system_ = std::make_unique<caf::actor_system>(system_config_);
  const auto recovered = std::make_shared<const recovery>(store->recover(clock()));
  clock = not_before(recovered->as_of, std::move(clock));
  try {
    auto store_room = store->room();
    start_actors(engines, std::move(store), recovered, clock, *keys->get());
    follow_keys(*keys);
    start_servers(engines, clock, std::move(version), std::move(keys), std::move(store_room));
  } catch (...) {
    server_.reset();
    end_actors();
    throw;
  }
}

void service::start_actors(const std::shared_ptr<const vision::engine_provider>& engines,
                           std::shared_ptr<store::job_store> store, const std::shared_ptr<const recovery>& recovered,
                           const clock_fn& clock, const key_ring& keys) {
  auto windows = std::make_shared<rate_limiter_state>(
      settings_.limits, billing{engines->price_per_call(), billing_calendar{settings_.billing_time_zone}},
      keys.limits());
  windows->restore(recovered->as_of, history_of(*recovered));

  actors_.limiter = system_->spawn(rate_limiter, windows, clock);
  const engine_description engine{std::string{engines->name()}, engines->recognition_scope(), engines->price_per_call(),
                                  engines->stands_for(), settings_.keys.share_results};
  const auto& pause = recovered->pause;
  const auto paused_until = pause && pause->engine == engine.name ? pause->until : timestamp{};
  if (const auto left = paused_until - clock(); left > duration::zero())
    log::warn("engine_pause_goes_on", {{"seconds", std::chrono::ceil<std::chrono::seconds>(left).count()}});
  actors_.breaker =
      system_->spawn(circuit_breaker, settings_.breaker, paused_until, recovered->stopped.has_value(), clock);
  const auto reader = open_reader(store);
  const auto store_room = store->room();
  actors_.store =
      system_->spawn<caf::detached>(store_writer, std::move(store), recovered->last_batch, clock, instruments_.actors);
  actors_.reader = system_->spawn<caf::detached>(store_reader, reader, actors_.store);
  // Called by the pool, also while the system is being destroyed, when `system_` is null already.
  const auto make_worker = [&system = *system_, engines, writer = actors_.store, max_age = settings_.jobs.max_age,
                            idle = settings_.engine.idle, clock, watch = instruments_.actors] {
    return system.spawn<caf::detached>(vision_worker, engines, writer, max_age, idle, clock, watch);
  };
  const auto make_sieve = [&system = *system_, engines, idle = settings_.engine.idle, clock] {
    return system.spawn<caf::detached>(sieve_worker, engines, idle, clock);
  };
  const auto sieve = sieve_for(settings_, *engines, std::thread::hardware_concurrency());
  const vision_pool_config pool_config{settings_.engine.workers, settings_.jobs.queue_capacity, settings_.jobs.max_age,
                                       settings_.breaker.lease, sieve.places};
  actors_.pool = system_->spawn(vision_pool, pool_config, actors_.breaker, worker_factory{make_worker},
                                sieve_factory{make_sieve}, clock);
  const registry_setup setup{settings_.jobs,
                             planner_for(settings_, *engines, std::thread::hardware_concurrency()),
                             make_random_job_ids(),
                             make_random_jitter(),
                             engine,
                             sharing_for(settings_, *engines),
                             sieve,
                             keys.limits().size()};
  actors_.registry =
      system_->spawn(job_registry, job_registry_config{setup, actors_.breaker, actors_.limiter, actors_.store,
                                                       actors_.reader, actors_.pool, clock, recovered, store_room});
  watch(actors_.limiter, "rate_limiter");
  watch(actors_.breaker, "circuit_breaker");
  watch(actors_.store, "store_writer");
  watch(actors_.reader, "store_reader");
  watch(actors_.pool, "vision_pool");
  watch(actors_.registry, "job_registry");
  bridge_ = http::spawn_gateway_bridge(*system_);
  watch(bridge_, "http_gateway");
  timer_ = std::make_unique<replaced_actor>("cleanup_timer", [this] {
    return caf::actor_cast<caf::actor>(
        system_->spawn(cleanup_timer, actors_.registry, caf::timespan{settings_.cleanup_interval}));
  });
  timer_->start();
  // What expired while no process ran goes now: one that sleeps often may not live until the timer's first sweep.
  caf::anon_send(actors_.registry, sweep_atom::value);
}

void service::start_servers(const std::shared_ptr<const vision::engine_provider>& engines, const clock_fn& clock,
                            std::string version, std::shared_ptr<live_keys> keys, store::store_room_fn store_room) {
  const auto gate = http::make_actor_gateway(bridge_, actors_, clock);
  const auto bodies = http::make_body_budget(settings_.http);
  std::shared_ptr<const http::scraper> metrics;
  if (instruments_.meters)
    metrics = std::make_shared<const http::scraper>(settings_, http::metric_sources{instruments_.meters, bodies,
                                                                                    engines, std::move(store_room),
                                                                                    instruments_.traces, version});
  const bool apart = metrics && settings_.metrics.port != 0;
  server_ = std::make_unique<http::server>(settings_.http,
                                           http::make_routes(settings_, gate, engines, clock, std::move(version),
                                                             bodies, std::move(keys), apart ? nullptr : metrics),
                                           bodies, instruments_.requests);
  if (!apart)
    return;
  auto own = settings_.http;
  own.host = settings_.metrics.host;
  own.port = settings_.metrics.port;
  own.max_connections = scraper_connections;
  metrics_server_ =
      std::make_unique<http::server>(own, http::make_metrics_routes(gate, metrics), http::make_body_budget(own));
}

void service::follow_keys(live_keys& keys) {
  keys_follow_ = std::make_shared<keys_followers>(keys_followers{actors_.limiter, actors_.registry});
  keys.on_replaced([followers = std::weak_ptr{keys_follow_}](const live_keys::ring_ptr& ring) {
    if (const auto alive = followers.lock()) {
      // The registry asks the limiter, which is to know by then.
      caf::anon_send(alive->limiter, limits_atom::value, ring->limits());
      caf::anon_send(alive->registry, keys_atom::value, std::uint64_t{ring->limits().size()});
    }
  });
}

service::~service() {
  stop();
}

std::uint16_t service::port() const {
  return server_->port();
}

std::uint16_t service::metrics_port() const {
  return metrics_server_ ? metrics_server_->port() : 0;
}

activity service::look() {
  activity seen{server_->last_used(), false};
  caf::scoped_actor self{*system_};
  const auto no_answer = [&](const caf::error&) { seen.working = true; };
  self->request(actors_.registry, look_timeout, stats_atom::value)
      .receive([&](const registry_stats& jobs) { seen.working |= has_unfinished_jobs(jobs); }, no_answer);
  self->request(actors_.pool, look_timeout, stats_atom::value)
      .receive([&](const pool_stats& calls) { seen.working |= calls.waiting + calls.running != 0; }, no_answer);
  return seen;
}

bool service::close_if_unused_since(std::chrono::steady_clock::time_point t) {
  return server_->close_if_unused_since(t);
}

template <class Handle>
void service::watch(const Handle& actor, std::string_view name) {
  actor->attach_functor([this, name](const caf::error& reason) {
    if (stopping_)
      return;
    log::error("actor_died", {{"actor", name}, {"reason", caf::to_string(reason)}});
    on_lost_(name);
  });
}

void service::stop() {
  if (std::exchange(stopped_, true))
    return;
  server_->refuse_new_work();
  {
    caf::scoped_actor self{*system_};
    const duration grace = settings_.shutdown_grace;
    self->request(actors_.registry, settings_.shutdown_grace + std::chrono::seconds{5}, drain_atom::value, grace)
        .receive([](acknowledged) { log::info("drained"); },
                 [](const caf::error& e) {
                   log::error("drain_failed", {{"reason", caf::to_string(e)}});
                 });
    // Who waited has an answer on its way, which is to come before the server's own refusal.
    self->request(bridge_, flush_timeout, flush_atom::value).receive([](acknowledged) {}, [](const caf::error&) {});
  }
  server_.reset();
  metrics_server_.reset();
  end_actors();
  if (instruments_.traces)
    instruments_.traces->stop();
}

void service::end_actors() {
  stopping_ = true;
  keys_follow_.reset();
  const auto end = [](auto& actor) {
    if (actor)
      caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    actor = nullptr;
  };
  if (timer_)
    timer_->stop();
  end(bridge_);
  end(actors_.registry);
  end(actors_.pool);
  end(actors_.breaker);
  end(actors_.limiter);
  end(actors_.reader);
  end(actors_.store);
  // Waits for every actor, running engines included: main bounds it.
  system_.reset();
}

} // namespace glyphgate
