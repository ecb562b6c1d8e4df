#include "http/wire/channel.hpp"

#include "core/log.hpp"
#include "http/wire/channel_set.hpp"

#include <asio/post.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::string_view placeholder = "GET / HTTP/1.1\r\n\r\n";
constexpr std::string_view interim_answer = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::chrono::seconds linger_time{5};

} // namespace

channel::channel(asio::io_context& io)
    : socket_{io},
      linger_timer_{io},
      set_{asio::use_service<channel_set>(io)},
      reader_{[this] {
        auto limits = set_.limits_.reader;
        limits.turn_away = [this](const http::request& r, bool has_body) {
          return set_.refusal_of(*this, r, has_body);
        };
        limits.make_room = [this] { return set_.free_body_room(*this); };
        return limits;
      }()} {}

channel::~channel() {
  set_.open_.erase(this);
  if (closed_)
    --set_.closing_;
  if (lingering_)
    --set_.lingering_;
}

void channel::open() {
  std::error_code ignored;
  socket_.non_blocking(true, ignored);
  const auto from = socket_.remote_endpoint(ignored).address();
  peer_ = ip_address::parse(from.to_string()).value_or(ip_address{});
  waiting_since_ = std::chrono::steady_clock::now();
  set_.add(*this);
}

channel::phase channel::now_in() const {
  if (closed_)
    return phase::closed;
  if (sending_answer_)
    return phase::writing;
  if (unanswered_)
    return phase::answering;
  if (reader_.idle() && surplus_.empty())
    return phase::idle;
  return reader_.in_body() ? phase::body : phase::head;
}

bool channel::has_unread() const {
  std::error_code ignored;
  return socket_.available(ignored) != 0;
}

// A client that has closed its side may still read. It gets its answer, but nothing is waited for on its behalf.
bool channel::client_has_left() const {
  tcp_info state{};
  socklen_t size = sizeof state;
  return ::getsockopt(const_cast<asio::ip::tcp::socket&>(socket_).native_handle(), IPPROTO_TCP, TCP_INFO, &state,
                      &size) == 0 &&
         state.tcpi_state != TCP_ESTABLISHED;
}

void channel::read(asio::mutable_buffer to, read_handler done) {
  if (closed_)
    return;
  to_ = to;
  done_ = std::move(done);
  if (quiet())
    read_on();
}

void channel::read_on() {
  waiting_since_ = std::chrono::steady_clock::now();
  if (reader_.refusal())
    return;
  if (surplus_.empty())
    wait();
  else
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (self->done_)
        self->feed(std::string_view{self->surplus_}.substr(self->surplus_used_));
    });
}

void channel::wait() {
  if (!std::exchange(watched_, true))
    socket_.async_wait(asio::ip::tcp::socket::wait_read,
                       [self = shared_from_this()](const std::error_code& error) { self->on_readable(error); });
}

void channel::on_readable(const std::error_code& error) {
  watched_ = false;
  if (error)
    return finish(error, 0);
  // What comes before the answer is taken, or behind a surplus that is not read yet, waits in the socket. `look_after`
  // sees a client that leaves behind it.
  if (!done_ || !quiet() || !surplus_.empty())
    return look_after(std::chrono::steady_clock::now());
  std::error_code failure;
  const std::size_t size = socket_.read_some(asio::buffer(set_.scratch_), failure);
  if (failure == asio::error::would_block || failure == asio::error::interrupted)
    wait();
  else if (failure == asio::error::eof)
    end_input();
  else if (failure)
    finish(failure, 0);
  else
    feed({set_.scratch_.data(), size});
}

// `bytes` come from the socket, or are what is left of the surplus.
void channel::feed(std::string_view bytes) {
  const auto now = std::chrono::steady_clock::now();
  if (reader_.idle())
    receiving_.begin(now);
  const std::size_t used = reader_.consume(bytes);
  receiving_.moved(now, used);
  if (!surplus_.empty()) {
    surplus_used_ += used;
    if (surplus_used_ == surplus_.size()) {
      surplus_.clear();
      surplus_used_ = 0;
    }
  } else {
    surplus_ = bytes.substr(used);
  }
  if (reader_.complete() || reader_.refusal())
    return deliver();
  if (reader_.wants_continue())
    send_continue();
  wait();
}

void channel::deliver() {
  if (!done_)
    return;
  set_.arrival_ = arrival{reader_.take(), reader_.refusal(), shared_from_this()};
  unanswered_ = true;
  const std::size_t size = asio::buffer_copy(to_, asio::const_buffer{placeholder.data(), placeholder.size()});
  finish({}, size);
  if (unanswered_ && !closed_)
    wait();
}

void channel::finish(const std::error_code& error, std::size_t size) {
  if (auto done = std::exchange(done_, nullptr))
    done(error, size);
}

void channel::end_input() {
  reader_.end();
  if (reader_.refusal())
    deliver();
  else
    finish(asio::error::eof, 0);
}

void channel::answered(const std::shared_ptr<answer_budget::place>& place, std::size_t size) {
  unanswered_ = false;
  when_client_leaves_ = nullptr;
  place_ = place;
  answer_size_ = size;
  sending_answer_ = true;
  sending_.begin(std::chrono::steady_clock::now());
}

void channel::wrote(std::size_t size) {
  sending_.moved(std::chrono::steady_clock::now(), size);
}

void channel::taken() {
  sending_answer_ = false;
  if (done_ && !closed_)
    read_on();
}

void channel::awaits_more() {
  sending_answer_ = false;
  unanswered_ = true;
  sending_.rest(std::chrono::steady_clock::now());
}

void channel::goes_on() {
  unanswered_ = false;
  sending_answer_ = true;
  sending_.go_on(std::chrono::steady_clock::now());
}

// Where the connection's end is the body's end, only a reset tells the client that it is not.
void channel::cut_off() {
  std::error_code ignored;
  socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
  abort();
}

void channel::send_continue() {
  std::error_code ignored;
  socket_.write_some(asio::const_buffer{interim_answer.data(), interim_answer.size()}, ignored);
}

void channel::look_after(steady_time now) {
  const auto& limits = set_.limits_;
  switch (now_in()) {
  case phase::closed: break;
  case phase::answering:
    if (when_client_leaves_ && client_has_left())
      std::exchange(when_client_leaves_, nullptr)();
    break;
  case phase::writing:
    sending_.look(now);
    if (sending_.is_too_slow(now, limits.write_timeout, limits.least_rate)) {
      log::warn("answer_dropped", {{"bytes", answer_size_}, {"sent", sending_.total()}});
      abort();
    }
    break;
  case phase::idle:
    if (now - waiting_since_ > limits.read_timeout)
      abort();
    break;
  case phase::head:
    if (now - receiving_.begun() > limits.read_timeout)
      cut("its header took longer than READ_TIMEOUT_SECONDS");
    break;
  case phase::body:
    receiving_.look(now);
    if (now - receiving_.last() > limits.read_timeout)
      cut("nothing of it came for READ_TIMEOUT_SECONDS");
    else if (receiving_.is_too_slow(now, limits.read_timeout, limits.least_rate))
      cut("it came more slowly than MIN_CLIENT_RATE_KB");
    break;
  }
}

void channel::cut(std::string_view why) {
  const auto took = std::chrono::steady_clock::now() - receiving_.begun();
  log::warn("request_cut", {{"why", why},
                            {"bytes", receiving_.total()},
                            {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}});
  reader_.cut(make_problem(408, "request-timeout", "The request came too slowly", std::string{why}));
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->deliver(); });
}

void channel::cancel_read() {
  std::error_code ignored;
  socket_.cancel(ignored);
  done_ = nullptr;
}

// To close while the client sends, or has sent what nobody read, would make its system throw the last answer away.
void channel::close() {
  if (closed_)
    return;
  const bool may_send = reader_.refusal() || !surplus_.empty() || has_unread();
  if (may_send && socket_.is_open() && set_.lingering_ < channel_set::max_lingering)
    linger();
  else
    abort();
}

void channel::mark_closed() {
  if (!std::exchange(closed_, true))
    ++set_.closing_;
}

void channel::abort() {
  // What is let go of here may hold the last reference.
  const auto self = shared_from_this();
  const auto dropped = std::exchange(done_, nullptr);
  mark_closed();
  if (const auto place = place_.lock())
    place->give_back();
  std::error_code ignored;
  socket_.close(ignored);
  linger_timer_.cancel();
}

void channel::linger() {
  done_ = nullptr;
  mark_closed();
  std::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  lingering_ = true;
  ++set_.lingering_;
  linger_timer_.expires_after(linger_time);
  linger_timer_.async_wait([self = shared_from_this()](const std::error_code&) { self->abort(); });
  drain();
}

void channel::drain() {
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](std::error_code error) {
    if (!error)
      self->socket_.read_some(asio::buffer(self->set_.scratch_), error);
    if (!error || error == asio::error::would_block)
      self->drain();
    else
      self->abort();
  });
}

} // namespace glyphgate::http
