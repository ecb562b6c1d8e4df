#pragma once

#include "core/config.hpp"
#include "http/wire/handler.hpp"
#include "http/wire/memory_budget.hpp"
#include "http/wire/request_watcher.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace glyphgate::http {

/// The HTTP side of the service: listens, and answers on threads of its own.
class server {
public:
  /// Listens from now on, and lets `requests` answer. What bodies take comes out of `bodies`. `watch` is told of each
  /// answer; it may be null. Throws std::runtime_error, naming the address and the reason, when it cannot listen.
  server(const http_config& settings, std::shared_ptr<handler> requests, std::shared_ptr<memory_budget> bodies,
         std::shared_ptr<request_watcher> watch = nullptr);
  /// Stops.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// The port that it listens on, also where the setting left the choice to the system.
  std::uint16_t port() const;

  /// From now on new work is refused. Thread-safe.
  void refuse_new_work();

  /// When a client last used the service (see `handler::is_use`): a request's begin or its answer's end, or this
  /// instant while one is under way. Not to be called once `stop` has begun.
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
