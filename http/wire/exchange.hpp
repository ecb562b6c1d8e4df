#pragma once

#include "core/address_block.hpp"
#include "core/trace_context.hpp"
#include "http/wire/request.hpp"
#include "http/wire/response.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace glyphgate::http {

/// Where answers go.
class answer_sink {
public:
  virtual ~answer_sink() = default;
  /// Sends the answer to the request of that token. From any thread; ignored when the connection is gone.
  virtual void send(std::uint64_t token, response answer) = 0;
};

/// One request and its answer. Shared by whoever works on the answer; the last one to let go of it unanswered answers
/// 500. The request may be used by one thread at a time; `answer` may come from any.
class exchange {
public:
  /// `client` is who sent the request, as far as that can be told; `headers` are lines that any answer to it has;
  /// `trace` is its own span, where somebody traces.
  exchange(std::shared_ptr<answer_sink> sink, std::uint64_t token, http::request r, const ip_address& client,
           std::string headers, const trace_context& trace);
  ~exchange();
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  http::request& request() { return request_; }
  /// Whom the request comes from. Valid as long as the exchange is.
  const caller& who() const;
  /// Whether the service knows that.
  bool is_known() const;
  /// The client's X-Request-Id when it sent a sane one, else one of our own.
  const std::string& request_id() const { return request_id_; }
  /// The request's own span.
  const trace_context& trace() const { return trace_; }

  /// Calls `then`, once, if the client leaves before the answer: nothing needs to be waited for any longer. To be
  /// called while the request is handled. Both are called on the server's I/O thread.
  void when_client_leaves(std::function<void()> then) { when_client_leaves_ = std::move(then); }
  void client_leaves() {
    if (const auto then = std::exchange(when_client_leaves_, nullptr))
      then();
  }

  /// Completes the answer (X-Request-Id, HEAD), logs it and sends it. Only the first call does anything.
  void answer(response r);

private:
  void log(const response& r) const;

  std::shared_ptr<answer_sink> sink_;
  std::uint64_t token_;
  http::request request_;
  ip_address client_;
  std::string headers_;
  trace_context trace_;
  std::string request_id_;
  std::function<void()> when_client_leaves_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::atomic<bool> answered_{false};
};

using exchange_ptr = std::shared_ptr<exchange>;

} // namespace glyphgate::http
