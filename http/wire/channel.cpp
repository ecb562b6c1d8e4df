#include "http/wire/channel.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace glyphgate::http {

namespace {

constexpr std::string_view placeholder = "GET / HTTP/1.1\r\n\r\n";
constexpr std::string_view interim_answer = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::chrono::seconds linger_time{5};
constexpr std::size_t max_lingering = 64;

} // namespace

void channel_set::configure(reader_limits limits, std::size_t max_connections) {
  limits_ = std::move(limits);
  max_connections_ = max_connections;
}

arrival channel_set::take_arrival() {
  arrival taken = std::move(*arrival_);
  arrival_.reset();
  return taken;
}

// When it gets crowded, one client makes room: one that has probably left, or else the one that has kept its slot
// without a request the longest, idle ones before those that are sending.
void channel_set::add(channel& c) {
  const auto rank = [](const channel* x) { return std::tuple{!x->ended_, !x->reader_.idle(), x->waiting_since_}; };
  open_.insert(&c);
  if (!crowded())
    return;
  channel* first = nullptr;
  for (auto* other : open_)
    if (other != &c && !other->closed_ && (other->quiet() || other->ended_) &&
        (first == nullptr || rank(other) < rank(first)))
      first = other;
  if (first != nullptr)
    first->abort();
}

bool channel_set::idle() const {
  return std::ranges::all_of(open_, [](const channel* c) { return c->closed_ || c->idle(); });
}

void channel_set::close_quiet() {
  for (auto* c : std::vector<channel*>{open_.begin(), open_.end()})
    if (c->quiet() && !c->has_unread())
      c->abort();
}

void channel_set::close_all() {
  for (auto* c : std::vector<channel*>{open_.begin(), open_.end()})
    c->abort();
}

channel::channel(asio::io_context& io)
    : socket_{io},
      linger_timer_{io},
      set_{asio::use_service<channel_set>(io)},
      reader_{set_.limits_} {}

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
  set_.add(*this);
}

bool channel::has_unread() const {
  std::error_code ignored;
  return socket_.available(ignored) != 0;
}

void channel::read(asio::mutable_buffer to, read_handler done) {
  to_ = to;
  done_ = std::move(done);
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
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const std::error_code& error) { self->on_readable(error); });
}

void channel::on_readable(const std::error_code& error) {
  if (error || !done_)
    return finish(error, 0);
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
  const std::size_t used = reader_.consume(bytes);
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
  set_.arrival_ = arrival{reader_.take(), reader_.refusal(), shared_from_this()};
  ++unanswered_;
  const std::size_t size = asio::buffer_copy(to_, asio::const_buffer{placeholder.data(), placeholder.size()});
  finish({}, size);
}

void channel::finish(const std::error_code& error, std::size_t size) {
  if (auto done = std::exchange(done_, nullptr))
    done(error, size);
}

// The answers that are owed are given all the same: a client may close its side and still read.
void channel::end_input() {
  ended_ = true;
  reader_.end();
  if (reader_.refusal())
    deliver();
  else if (quiet())
    finish(asio::error::eof, 0);
}

void channel::end_write() {
  writing_ = false;
  // Whether this was the last answer shows once the library has had its turn.
  if (ended_)
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (self->quiet())
        self->finish(asio::error::eof, 0);
    });
}

// An answer to an earlier request may be on its way; then the client does without, as RFC 9110 lets it.
void channel::send_continue() {
  std::error_code ignored;
  if (quiet())
    socket_.write_some(asio::const_buffer{interim_answer.data(), interim_answer.size()}, ignored);
}

void channel::cancel_read() {
  std::error_code ignored;
  socket_.cancel(ignored);
  done_ = nullptr;
}

void channel::close() {
  if (closed_)
    return;
  if (reader_.refusal() && socket_.is_open() && set_.lingering_ < max_lingering)
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
  std::error_code ignored;
  socket_.close(ignored);
  linger_timer_.cancel();
}

// The client may still be sending. To close now would make its system throw the answer away unread.
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
