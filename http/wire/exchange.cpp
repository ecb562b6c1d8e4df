#include "http/wire/exchange.hpp"

#include "core/log.hpp"
#include "http/wire/contained.hpp"
#include "http/wire/problem.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::size_t max_request_id = 128;

bool is_sane_id(std::string_view id) {
  return !id.empty() && id.size() <= max_request_id && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

// Random bits, a block at a time: to ask the system for those of each request takes a twentieth of a poll.
class random_bits {
public:
  std::uint64_t next() {
    if (next_ == block_.size())
      draw();
    return block_[next_++];
  }

private:
  void draw() {
    // So many bytes come whole.
    if (getrandom(block_.data(), sizeof block_, 0) != static_cast<ssize_t>(sizeof block_))
      throw std::system_error{errno, std::generic_category(), "getrandom"};
    next_ = 0;
  }

  // 256 bytes.
  std::array<std::uint64_t, 32> block_{};
  std::size_t next_ = block_.size();
};

// 64 random bits in hexadecimal. They tell nothing of other requests, as a count would.
std::string make_request_id() {
  static thread_local random_bits bits;
  return fmt::format("{:016x}", bits.next());
}

} // namespace

exchange::exchange(std::shared_ptr<answer_sink> sink, std::uint64_t token, http::request r, const ip_address& client,
                   std::string headers, const trace_context& trace)
    : sink_{std::move(sink)},
      token_{token},
      request_{std::move(r)},
      client_{client},
      headers_{std::move(headers)},
      trace_{trace} {
  const auto sent = request_.header("x-request-id");
  request_id_ = is_sane_id(sent) ? std::string{sent} : make_request_id();
}

exchange::~exchange() {
  if (!answered_)
    contained("request_failed", [this] { answer(to_response(make_problem(ec::internal))); });
}

const caller& exchange::who() const {
  static const caller nobody;
  const auto* from = std::get_if<visitor>(&request_.from);
  return from == nullptr ? nobody : from->who;
}

bool exchange::is_known() const {
  const auto* from = std::get_if<visitor>(&request_.from);
  return from != nullptr && from->known;
}

void exchange::answer(response r) {
  if (answered_.exchange(true))
    return;
  r.headers += headers_;
  r.add_header("X-Request-Id", request_id_);
  r.chunked = !request_.is_http_1_0();
  r.close = r.close || !request_.keep_alive() || (r.source && !r.chunked);
  r.omit_body = request_.method() == "HEAD";
  log(r);
  sink_->send(token_, std::move(r));
}

void exchange::log(const response& r) const {
  // What clients repeat all day is for debugging; what changes something or fails is news.
  const bool is_news = r.status >= 400 || (request_.method() != "GET" && request_.method() != "HEAD");
  const auto level = is_news ? log_level::info : log_level::debug;
  if (!log::writes(level))
    return;
  const auto took = std::chrono::steady_clock::now() - begun_;
  log::write(level, "http_request",
             {{"method", request_.method()},
              {"path", request_.path()},
              {"status", r.status},
              {"bytes", r.body ? r.body->size() : 0},
              {"streamed", r.source != nullptr},
              {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()},
              {"client", client_.text()},
              {"caller", who().name},
              {"request_id", request_id_}});
}

} // namespace glyphgate::http
