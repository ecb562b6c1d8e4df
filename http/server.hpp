#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"
#include "http/gateway.hpp"
#include "vision/engine.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace glyphgate::http {

/// The HTTP side of the service: listens, and answers on threads of its own.
class server {
public:
  /// Listens from now on. Replies of `gate` may come after `stop`: what they need is kept until then. Throws
  /// std::runtime_error, naming the address and the reason, when it cannot listen.
  server(const config& settings, std::shared_ptr<gateway> gate, std::shared_ptr<const vision::engine_provider> engine,
         clock_fn clock, std::string version);
  /// Stops.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// The port that it listens on, also where the setting left the choice to the system.
  std::uint16_t port() const;

  /// From now on /readyz and new jobs are answered with 503. Thread-safe.
  void refuse_new_work();

  /// When a client last used the service (see `api::is_use`): a request's begin or its answer's end, or this instant
  /// while one is under way. Not to be called once `stop` has begun.
  std::chrono::steady_clock::time_point last_used() const;

  /// Stops listening if no client has used the service since `t`, no request of any kind is being received or answered,
  /// and nothing that has arrived waits to be read; from then on what still arrives over open connections is answered
  /// with 503. Else false, and nothing changes. Not to be called once `stop` has begun.
  bool close_if_unused_since(std::chrono::steady_clock::time_point t);

  /// Stops listening, answers 503 to whoever still waits, closes every connection and joins the threads: within about
  /// two seconds. Not to be called by two threads at once.
  void stop();

private:
  class core;
  std::shared_ptr<core> core_;
};

} // namespace glyphgate::http
