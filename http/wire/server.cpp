#include "http/wire/server.hpp"

#include "core/log.hpp"
#include "http/wire/answer_stream.hpp"
#include "http/wire/channel.hpp"
#include "http/wire/channel_set.hpp"
#include "http/wire/client_address.hpp"
#include "http/wire/cross_origin.hpp"
#include "http/wire/exchange.hpp"
#include "http/wire/guarded_stream.hpp"
#include "http/wire/rendered_output.hpp"

#include <asio.hpp>
#include <asio/use_future.hpp>
#include <poll.h>
#include <restinio/http_server.hpp>
#include <restinio/traits.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace glyphgate::http {

namespace {

// The next request is read when the answer to the last has been taken.
constexpr std::size_t max_pipelined_requests = 1;
// What the system holds of an answer that its client does not take; it doubles the number. Left alone, it would come
// to megabytes for each connection, beyond every bound of ours.
constexpr int send_buffer = 128 * 1024;
// Longer than any of our own limits, which answer and say why.
constexpr std::chrono::hours no_time_limit{24};
// Above the longest wait of a client, and the gateway's own time-outs.
constexpr std::chrono::seconds handling_timeout{90};
constexpr std::chrono::seconds stop_grace{1};
constexpr std::chrono::milliseconds stop_tick{5};

// Gives each of RESTinio's requests the one that arrived.
class arrival_factory {
public:
  using data_t = arrival;

  explicit arrival_factory(channel_set& channels) : channels_{channels} {}
  void make_within(restinio::extra_data_buffer_t<data_t> buffer) {
    new (buffer.get()) arrival{channels_.take_arrival()};
  }

private:
  channel_set& channels_;
};

using request_handle = restinio::generic_request_handle_t<arrival>;
using request_handler = std::function<restinio::request_handling_status_t(const request_handle&)>;

struct server_traits : restinio::traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t, request_handler,
                                          restinio::noop_strand_t, guarded_stream> {
  using extra_data_factory_t = arrival_factory;
  // The library's own loses a place for good with each client that has left before it is accepted. The channels count.
  static constexpr bool use_connection_count_limiter = false;
};

// The current second as an IMF-fixdate, made once a second.
class date_line {
public:
  std::string_view now() {
    const std::time_t second = std::time(nullptr);
    if (second != second_) {
      second_ = second;
      std::tm parts{};
      gmtime_r(&second, &parts);
      std::array<char, 32> text;
      text_.assign(text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts));
    }
    return text_;
  }

private:
  std::time_t second_ = -1;
  std::string text_;
};

// Who uses the service, and when somebody last did. On the I/O thread.
struct use_record {
  std::uint64_t under_way = 0;
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
};

// A request that counts as use, from its arrival until its answer is written, or cannot be.
class use {
public:
  explicit use(use_record& record) : record_{record} {
    ++record_.under_way;
    record_.last = std::chrono::steady_clock::now();
  }
  ~use() {
    --record_.under_way;
    record_.last = std::chrono::steady_clock::now();
  }
  use(const use&) = delete;
  use& operator=(const use&) = delete;

private:
  use_record& record_;
};

// A request without an answer.
struct open_request {
  request_handle handle;
  // Null when it does not count.
  std::shared_ptr<use> counted;
  std::string id;
  /// For the watcher.
  std::string_view method;
  std::string_view route;
  request_span span;
  std::uint64_t received = 0;
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
};

// An answer whose body is being made.
struct stream {
  open_request request;
  unsigned status = 0;
  answer_stream body;
};

channel_limits limits_of(const http_config& settings, std::shared_ptr<memory_budget> bodies,
                         std::shared_ptr<handler> requests) {
  channel_limits limits;
  limits.reader.admit = [requests = std::move(requests)](const request& r) { return requests->admit(r); };
  limits.reader.max_body_mb = settings.max_body_mb;
  limits.reader.budget = std::move(bodies);
  limits.max_connections = settings.max_connections;
  limits.read_timeout = settings.read_timeout;
  limits.write_timeout = settings.write_timeout;
  limits.least_rate = std::uint64_t{settings.min_client_rate_kb} << 10U;
  limits.max_answers = std::uint64_t{settings.max_answers_mb} << 20U;
  return limits;
}

// Instead of an answer for which there is no room.
response no_room(const std::string& request_id) {
  auto why = make_problem(ec::queue_full, "too many answers wait for their clients to take them (MAX_ANSWERS_MB); ask "
                                          "again later");
  why.retry_after = std::chrono::seconds{1};
  response r = to_response(why);
  r.add_header("X-Request-Id", request_id);
  return r;
}

} // namespace

class server::core : public answer_sink, public std::enable_shared_from_this<server::core> {
public:
  core(const http_config& settings, std::shared_ptr<handler> requests, std::shared_ptr<memory_budget> bodies,
       std::shared_ptr<request_watcher> watch)
      : channels_{asio::use_service<channel_set>(io_)},
        requests_{std::move(requests)},
        watch_{std::move(watch)},
        clients_{settings.trusted_proxies},
        origins_{settings.cors_origins} {
    channels_.configure(limits_of(settings, std::move(bodies), requests_),
                        [this](const request& r) { return requests_->is_use(r); });
    listen(settings);
  }

  void start() {
    thread_ = std::thread{[this] { run(); }};
  }

  std::uint16_t port() const { return port_; }

  void refuse_new_work() { requests_->refuse_new_work(); }

  std::chrono::steady_clock::time_point last_used() {
    return on_io_thread([this] { return uses_.under_way != 0 ? std::chrono::steady_clock::now() : uses_.last; });
  }

  bool close_if_unused_since(std::chrono::steady_clock::time_point t) {
    return on_io_thread([this, t] {
      if (uses_.under_way != 0 || uses_.last >= t || !channels_.idle() || somebody_knocks())
        return false;
      close_port();
      return true;
    });
  }

  void stop() {
    if (!thread_.joinable())
      return;
    requests_->refuse_new_work();
    asio::post(io_, [this] { begin_stop(); });
    thread_.join();
    requests_->stop();
  }

  void send(std::uint64_t token, response answer) override {
    asio::dispatch(io_, [self = weak_from_this(), token, answer = std::move(answer)] {
      if (const auto alive = self.lock())
        alive->write(token, answer);
    });
  }

private:
  template <class Work>
  std::invoke_result_t<Work> on_io_thread(Work work) {
    return asio::post(io_, asio::use_future(std::move(work))).get();
  }

  void listen(const http_config& settings) {
    std::error_code error;
    const auto address = asio::ip::make_address(settings.host == "localhost" ? "127.0.0.1" : settings.host, error);
    try {
      if (error)
        throw std::system_error{error};
      listener_ = std::make_unique<restinio::http_server_t<server_traits>>(
          restinio::external_io_context(io_),
          restinio::server_settings_t<server_traits>{}
              .address(address)
              .port(settings.port)
              .buffer_size(64)
              .max_pipelined_requests(max_pipelined_requests)
              .separate_accept_and_create_connect(false)
              .read_next_http_message_timelimit(no_time_limit)
              .write_http_response_timelimit(no_time_limit)
              .handle_request_timeout(handling_timeout)
              .acceptor_options_setter([address](auto& options) {
                options.set_option(asio::ip::tcp::acceptor::reuse_address{true});
                // "::" takes both versions, whatever the system does by itself.
                if (address.is_v6())
                  options.set_option(asio::ip::v6_only{false});
              })
              .socket_options_setter([](auto& options) {
                options.set_option(asio::ip::tcp::no_delay{true});
                options.set_option(asio::socket_base::send_buffer_size{send_buffer});
              })
              .acceptor_post_bind_hook([this](asio::ip::tcp::acceptor& acceptor) {
                port_ = acceptor.local_endpoint().port();
                listening_ = acceptor.native_handle();
              })
              .extra_data_factory(std::make_shared<arrival_factory>(channels_))
              .request_handler([this](const request_handle& handle) { return handle_request(handle); }));
      listener_->open_sync();
    } catch (const std::system_error& failure) {
      throw std::runtime_error{"cannot listen on " + settings.host + ":" + std::to_string(settings.port) + ": " +
                               failure.code().message()};
    }
  }

  // What an operation throws, for want of memory, ends that operation only.
  void run() {
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const std::exception& failure) {
        log::error("http_failed", {{"error", failure.what()}});
      }
    }
  }

  restinio::request_handling_status_t handle_request(const request_handle& handle) {
    const std::uint64_t token = ++last_token_;
    auto& in = handle->extra_data();
    const bool counts = !in.refusal && requests_->is_use(in.request);
    const auto client = clients_.of(in.request, in.from->peer());
    auto headers = origins_.headers_for(in.request);
    open_request open;
    open.handle = handle;
    open.counted = counts ? std::make_shared<use>(uses_) : nullptr;
    open.method = countable_method(in.request.method());
    open.route = requests_->route_of(in.request);
    open.received = in.request.body.size();
    if (watch_)
      open.span = watch_->arrived(in.request, open.route);
    const auto ex = std::make_shared<exchange>(shared_from_this(), token, std::move(in.request), client,
                                               std::move(headers), open.span.own);
    open.id = ex->request_id();
    open_.emplace(token, std::move(open));
    in.from->when_client_leaves([weak = std::weak_ptr{ex}] {
      if (const auto alive = weak.lock())
        alive->client_leaves();
    });
    if (in.refusal)
      requests_->refuse(ex, *in.refusal);
    else if (closed_)
      requests_->refuse(ex, make_problem(ec::shutting_down));
    else
      requests_->handle(ex);
    return restinio::request_accepted();
  }

  void write(std::uint64_t token, const response& answer) {
    auto node = open_.extract(token);
    if (node.empty())
      return;
    auto place = channels_.place_for(holding_of(answer));
    if (place != nullptr && answer.source && !answer.omit_body)
      return begin_stream(token, std::move(node.mapped()), answer, std::move(place));
    if (place != nullptr)
      return send_out(node.mapped(), answer, std::move(place));
    log::warn("answer_dropped", {{"request_id", node.mapped().id}, {"bytes", answer.held()}, {"sent", 0}});
    send_out(node.mapped(), no_room(node.mapped().id), channels_.place_for({}));
  }

  static answer_budget::holding holding_of(const response& answer) {
    if (answer.omit_body)
      return {};
    if (answer.source)
      return {answer.source, answer.held()};
    return {answer.body, answer.held()};
  }

  bool keeps(const open_request& request, const response& answer) const {
    return !answer.close && !closed_ && !request.handle->extra_data().from->is_over_limit();
  }

  void send_out(open_request& request, const response& answer, std::shared_ptr<answer_budget::place> place) {
    const auto& handle = request.handle;
    handle->extra_data().from->answered(place, sent_bytes(answer));
    tell_watcher(request, answer.status, sent_bytes(answer));
    const bool keep = keeps(request, answer);
    restinio::writable_items_container_t parts;
    parts.emplace_back(render_head(answer, keep, date_.now()));
    if (answer.body && !answer.omit_body && !answer.body->empty())
      parts.emplace_back(answer.body);
    const restinio::response_output_flags_t flags{restinio::response_parts_attr_t::final_parts,
                                                  keep ? restinio::response_connection_attr_t::connection_keepalive
                                                       : restinio::response_connection_attr_t::connection_close};
    restinio::write_group_t group{std::move(parts)};
    group.after_write_notificator([counted = std::move(request.counted), place = std::move(place),
                                   from = handle->extra_data().from](const std::error_code&) mutable {
      counted.reset();
      place.reset();
      from->taken();
    });
    handle->create_response<rendered_output>().pass_on(flags, std::move(group));
  }

  void begin_stream(std::uint64_t token, open_request request, const response& answer,
                    std::shared_ptr<answer_budget::place> place) {
    const bool keep = keeps(request, answer);
    auto out = request.handle->create_response<rendered_output>();
    auto to = request.handle->extra_data().from;
    request.handle.reset();
    streams_.emplace(token, stream{std::move(request), answer.status,
                                   answer_stream{{std::move(out), std::move(to), answer.source, std::move(place),
                                                  render_head(answer, keep, date_.now()), answer.chunked, keep}}});
    pull(token);
  }

  // Whoever makes a piece holds the token only, as with requests.
  void pull(std::uint64_t token) {
    streams_.at(token).body.next([self = shared_from_this(), token](std::optional<std::string> piece) {
      asio::post(self->io_, [weak = std::weak_ptr{self}, token, piece = std::move(piece)] {
        if (const auto alive = weak.lock())
          alive->pass_on(token, piece);
      });
    });
  }

  void pass_on(std::uint64_t token, const std::optional<std::string>& piece) {
    const auto found = streams_.find(token);
    if (found == streams_.end())
      return;
    auto& body = found->second.body;
    if (!piece) {
      log::warn("answer_cut", {{"request_id", found->second.request.id}, {"sent", body.sent()}});
      body.cut_off();
      return end_stream(token);
    }
    body.write(*piece, [self = weak_from_this(), token, is_last = piece->empty()](const std::error_code& error) {
      if (const auto alive = self.lock())
        asio::post(alive->io_, [self, token, ends = is_last || error] {
          const auto still = self.lock();
          if (still && ends)
            still->end_stream(token);
          else if (still && still->streams_.contains(token))
            still->pull(token);
        });
    });
  }

  void end_stream(std::uint64_t token) {
    const auto ended = streams_.extract(token);
    if (!ended.empty())
      tell_watcher(ended.mapped().request, ended.mapped().status, ended.mapped().body.sent());
  }

  static std::uint64_t sent_bytes(const response& answer) {
    return answer.body && !answer.omit_body ? answer.body->size() : 0;
  }

  void tell_watcher(const open_request& request, unsigned status, std::uint64_t sent) {
    if (watch_)
      watch_->answered({request.method, request.route, status, request.received, sent,
                        std::chrono::steady_clock::now() - request.begin, request.span});
  }

  // Whether a connection waits to be accepted.
  bool somebody_knocks() const {
    pollfd waiting{listening_, POLLIN, 0};
    return ::poll(&waiting, 1, 0) > 0;
  }

  void close_port() {
    closed_ = true;
    listener_->close_sync();
  }

  void begin_stop() {
    close_port();
    auto why = make_problem(ec::shutting_down);
    why.close = true;
    while (!open_.empty()) {
      auto answer = to_response(why);
      answer.add_header("X-Request-Id", open_.begin()->second.id);
      write(open_.begin()->first, answer);
    }
    await_quiet(std::chrono::steady_clock::now() + stop_grace);
  }

  // Gives the last answers time to be written.
  void await_quiet(std::chrono::steady_clock::time_point deadline) {
    channels_.close_quiet();
    const auto now = std::chrono::steady_clock::now();
    if (now > deadline)
      channels_.close_all();
    if (channels_.size() == 0 || now > deadline + stop_grace) {
      io_.stop();
      return;
    }
    stop_timer_.expires_after(stop_tick);
    stop_timer_.async_wait([this, deadline](const std::error_code&) { await_quiet(deadline); });
  }

  /// Before the context, which may hold answers with a use to the end.
  use_record uses_;
  asio::io_context io_{1};
  /// Keeps the I/O thread until `stop`, also once the port and every connection are closed.
  asio::executor_work_guard<asio::io_context::executor_type> until_stop_{io_.get_executor()};
  channel_set& channels_;
  const std::shared_ptr<handler> requests_;
  const std::shared_ptr<request_watcher> watch_;
  const client_addresses clients_;
  const cross_origin origins_;
  asio::steady_timer stop_timer_{io_};
  std::unique_ptr<restinio::http_server_t<server_traits>> listener_;
  std::uint16_t port_ = 0;
  int listening_ = -1;
  date_line date_;
  std::uint64_t last_token_ = 0;
  /// Requests without an answer. Whoever works on one holds its token only, so that no connection outlives the I/O
  /// thread.
  std::unordered_map<std::uint64_t, open_request> open_;
  /// Answers whose bodies are being made, by the same tokens.
  std::unordered_map<std::uint64_t, stream> streams_;
  /// No longer listening.
  bool closed_ = false;
  std::thread thread_;
};

server::server(const http_config& settings, std::shared_ptr<handler> requests, std::shared_ptr<memory_budget> bodies,
               std::shared_ptr<request_watcher> watch)
    : core_{std::make_shared<core>(settings, std::move(requests), std::move(bodies), std::move(watch))} {
  core_->start();
}

server::~server() {
  stop();
}

std::uint16_t server::port() const {
  return core_->port();
}

void server::refuse_new_work() {
  core_->refuse_new_work();
}

std::chrono::steady_clock::time_point server::last_used() const {
  return core_->last_used();
}

bool server::close_if_unused_since(std::chrono::steady_clock::time_point t) {
  return core_->close_if_unused_since(t);
}

void server::stop() {
  core_->stop();
}

} // namespace glyphgate::http
