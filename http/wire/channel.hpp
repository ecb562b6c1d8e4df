#pragma once

#include "core/address_block.hpp"
#include "http/wire/answer_budget.hpp"
#include "http/wire/pace.hpp"
#include "http/wire/problem.hpp"
#include "http/wire/request.hpp"
#include "http/wire/request_reader.hpp"

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace glyphgate::http {

class channel;
class channel_set;

/// A request that a connection has delivered, or refused.
struct arrival {
  http::request request;
  std::optional<problem> refusal;
  std::shared_ptr<channel> from;
};

/// One client's connection, between the socket and the HTTP library. It reads requests with `request_reader`, one at a
/// time: the next one when the answer to the last has been taken. The library gets a placeholder for each: its own
/// parser, which is lenient and whose limits close without an answer, never sees a byte from outside. Used on the I/O
/// thread only; kept alive by the operations under way.
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
  /// From which address; all zeros when it had left at once.
  const ip_address& peer() const { return peer_; }

  /// Reads the next request, when the last answer has been taken, and completes with its placeholder in `to`, the
  /// request being in `channel_set::take_arrival`. Never completes after a refusal. One at a time.
  void read(asio::mutable_buffer to, read_handler done);
  void cancel_read();

  /// Calls `then`, once, if the client leaves before the request that was just delivered is answered: it has closed its
  /// side, or the connection is broken.
  void when_client_leaves(std::function<void()> then) { when_client_leaves_ = std::move(then); }

  /// An answer is on its way to the library, with its place in the budget.
  void answered(const std::shared_ptr<answer_budget::place>& place, std::size_t size);
  /// So many more bytes of it have been written, and all of it, as far as that could be.
  void wrote(std::size_t size);
  void taken();
  /// What there is of it has been taken, and more is being made; and more is on its way to the library.
  void awaits_more();
  void goes_on();
  /// There will be no more of it: closes, so that the client cannot take it for whole.
  void cut_off();

  /// Closes. What the client still sends is taken for a while where that lets it read the last answer.
  void close();

  /// Whether it is one too many, and is not kept.
  bool is_over_limit() const { return over_limit_; }

  /// Whether no answer is owed or on its way.
  bool quiet() const { return !unanswered_ && !sending_answer_; }

  /// Whether, besides, nothing of a next request has arrived.
  bool idle() const { return quiet() && reader_.idle() && surplus_.empty() && !has_unread(); }

  /// Whether bytes of the client wait in the socket.
  bool has_unread() const;

private:
  friend class channel_set;

  /// What it does at the moment.
  enum class phase { closed, answering, writing, idle, head, body };
  phase now_in() const;

  void read_on();
  void wait();
  void on_readable(const std::error_code& error);
  void feed(std::string_view bytes);
  void deliver();
  void finish(const std::error_code& error, std::size_t size);
  void end_input();
  void send_continue();
  /// Enforces the limits of time.
  void look_after(steady_time now);
  /// Gives the current request up for its slowness: 408.
  void cut(std::string_view why);
  bool client_has_left() const;
  void mark_closed();
  void abort();
  void linger();
  void drain();

  asio::ip::tcp::socket socket_;
  ip_address peer_;
  asio::steady_timer linger_timer_;
  channel_set& set_;
  request_reader reader_;
  asio::mutable_buffer to_;
  read_handler done_;
  /// Bytes behind the last request that were read with it, and how many of them are used up.
  std::string surplus_;
  std::size_t surplus_used_ = 0;
  /// Since when it waits for a request.
  steady_time waiting_since_;
  /// Of the request that is being received, and of the answer that is being written.
  pace receiving_;
  pace sending_;
  std::size_t answer_size_ = 0;
  std::weak_ptr<answer_budget::place> place_;
  std::function<void()> when_client_leaves_;
  /// The socket is being watched.
  bool watched_ = false;
  bool unanswered_ = false;
  bool sending_answer_ = false;
  /// It came when there were as many as there should be.
  bool over_limit_ = false;
  bool closed_ = false;
  bool lingering_ = false;
};

} // namespace glyphgate::http
