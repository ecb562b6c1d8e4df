#pragma once

#include "actors/service_actors.hpp"
#include "app/idle_exit.hpp"
#include "app/instruments.hpp"
#include "app/replaced_actor.hpp"
#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/keys/live_keys.hpp"
#include "http/wire/server.hpp"
#include "store/store.hpp"
#include "vision/engine.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace glyphgate {

/// The composition root: starts the actors and the HTTP server in order, and stops them in stages. Owned by main; its
/// functions are called from one thread.
class service {
public:
  /// Called from an actor's thread, with the actor's name, when one that holds state has died: the service can't go on,
  /// and is to be stopped.
  using on_lost_fn = std::function<void(std::string_view actor)>;

  /// Recovers what the store holds, then serves whoever `keys` let in: everybody, where they are empty. Throws
  /// std::runtime_error when the store cannot be read or the address cannot be bound.
  service(const config& settings, std::string version, std::shared_ptr<const vision::engine_provider> engines,
          std::shared_ptr<store::job_store> store, clock_fn clock, on_lost_fn on_lost,
          std::shared_ptr<live_keys> keys = std::make_shared<live_keys>(std::make_shared<const key_ring>()));

  /// As `stop`.
  ~service();

  service(const service&) = delete;
  service& operator=(const service&) = delete;

  /// The port that the server listens on.
  std::uint16_t port() const;

  /// The port that /metrics has for itself; 0 where it has none.
  std::uint16_t metrics_port() const;

  /// What it has in hand. Where the actors do not answer, it counts as working.
  activity look();

  /// Closes the port if no client has used the service since that time, and none does: then what still arrives over
  /// open connections is refused, and `stop` is to follow. False when a client does or did; nothing changes then.
  bool close_if_unused_since(std::chrono::steady_clock::time_point t);

  /// Refuses new work, lets running calls end within the grace, answers who waits, closes. Does nothing the second
  /// time.
  void stop();

private:
  void start_actors(const std::shared_ptr<const vision::engine_provider>& engines,
                    std::shared_ptr<store::job_store> store, const std::shared_ptr<const recovery>& recovered,
                    const clock_fn& clock, const key_ring& keys);
  /// Opens the ports.
  void start_servers(const std::shared_ptr<const vision::engine_provider>& engines, const clock_fn& clock,
                     std::string version, std::shared_ptr<live_keys> keys, store::store_room_fn store_room);
  /// The limits by name are those of the keys in force, and what waits for room in them asks again when they change.
  void follow_keys(live_keys& keys);
  void end_actors();
  template <class Handle>
  void watch(const Handle& actor, std::string_view name);

  config settings_;
  on_lost_fn on_lost_;
  std::atomic<bool> stopping_ = false;
  bool stopped_ = false;
  caf::actor_system_config system_config_;
  /// Before the system, which it outlives.
  std::unique_ptr<replaced_actor> timer_;
  std::unique_ptr<caf::actor_system> system_;
  service_actors actors_;
  /// The actors that are told when the API keys are replaced. Null once the actors end.
  struct keys_followers {
    rate_limiter_actor limiter;
    job_registry_actor registry;
  };
  std::shared_ptr<keys_followers> keys_follow_;
  caf::actor bridge_;
  instruments instruments_;
  std::unique_ptr<http::server> server_;
  /// Null where /metrics has no port of its own.
  std::unique_ptr<http::server> metrics_server_;
};

} // namespace glyphgate
