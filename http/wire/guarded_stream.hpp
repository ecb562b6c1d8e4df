#pragma once

#include "http/wire/channel.hpp"

#include <asio/associated_executor.hpp>
#include <asio/bind_executor.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace glyphgate::http {

/// The socket as RESTinio sees it: what it reads are the placeholders of `channel`. A moved-from stream is as good as a
/// new one, like asio's own.
class guarded_stream {
public:
  using executor_type = asio::ip::tcp::socket::executor_type;
  using lowest_layer_type = asio::ip::tcp::socket;

  explicit guarded_stream(asio::io_context& io) : io_{&io} {}

  asio::ip::tcp::socket& lowest_layer() { return line()->socket(); }
  executor_type get_executor() { return lowest_layer().get_executor(); }
  bool is_open() { return line()->is_open(); }
  const std::shared_ptr<channel>& line() {
    if (!channel_)
      channel_ = std::make_shared<channel>(*io_);
    return channel_;
  }

  template <class Handler>
  void async_read_some(asio::mutable_buffer to, Handler&& handler) {
    line()->read(to, std::forward<Handler>(handler));
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    auto executor = asio::get_associated_executor(handler, get_executor());
    lowest_layer().async_write_some(
        buffers, asio::bind_executor(std::move(executor), [c = line(), h = std::forward<Handler>(handler)](
                                                              const std::error_code& error, std::size_t size) mutable {
          c->wrote(size);
          h(error, size);
        }));
  }

  void cancel(std::error_code&) { line()->cancel_read(); }
  /// `close` sees to it.
  void shutdown(asio::ip::tcp::socket::shutdown_type, std::error_code&) {}
  void close() { line()->close(); }

private:
  asio::io_context* io_;
  std::shared_ptr<channel> channel_;
};

// What RESTinio asks of a socket type of its own.

template <class Connection, class Start, class Failed>
void prepare_connection_and_start_read(guarded_stream& stream, Connection&, Start start, Failed) {
  stream.line()->open();
  start();
}

inline std::nullptr_t make_tls_socket_pointer_for_state_listener(guarded_stream&) noexcept {
  return nullptr;
}

} // namespace glyphgate::http
