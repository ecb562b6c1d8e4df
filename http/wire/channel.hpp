#pragma once

#include "http/wire/problem.hpp"
#include "http/wire/request.hpp"
#include "http/wire/request_reader.hpp"

#include <asio/buffer.hpp>
#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

namespace glyphgate::http {

class channel;

/// A request that a connection has delivered, or refused.
struct arrival {
  http::request request;
  std::optional<problem> refusal;
  std::shared_ptr<channel> from;
};

/// All connections of one server. A service of its I/O context, so that a connection finds it; used on the I/O thread
/// only.
class channel_set : public asio::execution_context::service {
public:
  using key_type = channel_set;
  inline static asio::execution_context::id id;

  explicit channel_set(asio::execution_context& context) : service{context} {}

  /// To be called before the first connection.
  void configure(reader_limits limits, std::size_t max_connections);

  /// The request that a connection is just delivering.
  arrival take_arrival();

  /// Connections that still exist, those that are closing included.
  std::size_t size() const { return open_.size(); }
  /// Whether more clients are connected than there should be: their connections are not kept.
  bool crowded() const { return open_.size() - closing_ > max_connections_; }

  /// Whether every connection only waits for a request, or is closing.
  bool idle() const;

  /// Closes the connections on which no answer is owed and nothing has arrived unread; or all of them.
  void close_quiet();
  void close_all();

private:
  friend class channel;

  void shutdown() override {}
  void add(channel& c);

  reader_limits limits_;
  std::size_t max_connections_ = 0;
  std::unordered_set<channel*> open_;
  std::size_t closing_ = 0;
  std::size_t lingering_ = 0;
  std::optional<arrival> arrival_;
  std::array<char, 64 * 1024> scratch_;
};

/// One client's connection, between the socket and the HTTP library. It reads requests with `request_reader`, and hands
/// the library a placeholder for each: the library's own parser, which is lenient and whose limits close without an
/// answer, never sees a byte from outside. Used on the I/O thread only; kept alive by the operations under way.
class channel : public std::enable_shared_from_this<channel> {
public:
  using read_handler = std::function<void(const std::error_code&, std::size_t)>;

  explicit channel(asio::io_context& io);
  ~channel();
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;

  asio::ip::tcp::socket& socket() { return socket_; }
  bool is_open() const { return !closed_ && socket_.is_open(); }

  /// A client is connected.
  void open();

  /// Reads the next request and completes with its placeholder in `to`, the request being in `take_arrival`. Never
  /// completes after a refusal. One at a time.
  void read(asio::mutable_buffer to, read_handler done);
  void cancel_read();

  /// The library writes.
  void begin_write() { writing_ = true; }
  void end_write();
  /// An answer is on its way to the library.
  void answered() { --unanswered_; }

  /// Closes, after a refusal only once the client has had time to read the answer.
  void close();

  /// Whether no answer is owed or on its way.
  bool quiet() const { return unanswered_ == 0 && !writing_; }

  /// Whether, besides, nothing of a next request has arrived.
  bool idle() const { return quiet() && reader_.idle() && surplus_.empty() && !has_unread(); }

  /// Whether bytes of the client wait in the socket.
  bool has_unread() const;

private:
  friend class channel_set;

  void wait();
  void on_readable(const std::error_code& error);
  void feed(std::string_view bytes);
  void deliver();
  void finish(const std::error_code& error, std::size_t size);
  void end_input();
  void send_continue();
  void mark_closed();
  void abort();
  void linger();
  void drain();

  asio::ip::tcp::socket socket_;
  asio::steady_timer linger_timer_;
  channel_set& set_;
  request_reader reader_;
  asio::mutable_buffer to_;
  read_handler done_;
  /// Bytes behind the last request that were read with it, and how many of them are used up.
  std::string surplus_;
  std::size_t surplus_used_ = 0;
  std::chrono::steady_clock::time_point waiting_since_;
  std::size_t unanswered_ = 0;
  bool writing_ = false;
  /// The client sends no more, or has left: the two look the same.
  bool ended_ = false;
  bool closed_ = false;
  bool lingering_ = false;
};

} // namespace glyphgate::http
