#pragma once

#include "http/wire/memory_budget.hpp"
#include "http/wire/problem.hpp"
#include "http/wire/request.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace glyphgate::http {

struct reader_limits {
  std::uint32_t max_body_mb = 40;
  std::size_t max_target = 8 * 1024;
  /// Request line and header together.
  std::size_t max_head = 32 * 1024;
  std::size_t max_fields = 100;
  /// For all bodies of the process together; null sets no bound. A body whose length is known takes its share when its
  /// header has been read, before it takes any memory.
  std::shared_ptr<memory_budget> budget;
  /// Decides on a request whose header has been read, before anything is done for its body. Null admits everybody as
  /// unknown.
  std::function<admittance(const request&)> admit;
  /// Asked when a request's head has been read: why the request is not taken in, before its body takes any room; or
  /// none. Null lets every request in.
  std::function<std::optional<problem>(const request&, bool has_body)> turn_away;
  /// Asked when the budget has no room for a body: whether to try again, as some has been made. Null makes none.
  std::function<bool()> make_room;
};

/// Cuts the bytes of one connection into requests, by the letter of RFC 9112: what could be read in two ways is
/// refused, for the difference is what request smuggling lives on. Where the RFC lets a server be lenient (lone line
/// feeds, folded lines, white space before a colon, repeated lengths) this one is not. Its memory is bounded whatever
/// arrives. One per connection; pure, not thread-safe.
class request_reader {
public:
  explicit request_reader(reader_limits limits);

  /// Takes bytes of the connection up to the end of the current request, and tells how many. Takes none while a
  /// request is complete or after a refusal.
  std::size_t consume(std::string_view bytes);

  /// No more bytes will come: refuses a request that has begun and is not complete.
  void end();

  /// A request is complete, to be taken with `take`.
  bool complete() const { return state_ == state::complete; }

  /// Set when the connection cannot go on: nothing behind the refused request can be understood.
  const std::optional<problem>& refusal() const { return refusal_; }

  /// Whether nothing of the next request has arrived.
  bool idle() const { return state_ == state::head && request_.head_.empty(); }

  /// Whether a body is being received.
  bool in_body() const { return state_ != state::head && state_ != state::complete && state_ != state::refused; }

  /// Whether the body that is being received has the share of a large one.
  bool has_large_body() const { return request_.body.held() > memory_budget::small_body; }

  /// Gives the request up that is being received.
  void cut(problem why);

  /// Tells, once for each request, whether the client waits for `100 Continue` before it sends the body.
  bool wants_continue();

  /// The request, complete or refused. Of one that is refused for its head only the method is known, or
  /// nothing.
  request take();

private:
  enum class state : std::uint8_t { head, sized_body, chunk_size, chunk_data, chunk_end, trailer, complete, refused };

  /// What the head tells of the message's framing.
  struct framing {
    bool http_1_0 = false;
    unsigned hosts = 0;
    unsigned lengths = 0;
    unsigned codings = 0;
    std::uint64_t content_length = 0;
    bool expects_continue = false;
    bool close = false;
    bool keep_alive = false;
  };

  std::size_t read_head(std::string_view bytes);
  std::size_t read_data(std::string_view bytes, state next);
  std::size_t read_line(std::string_view bytes, std::size_t max_size);
  void parse_head();
  bool parse_request_line(std::string_view line, framing& frame);
  bool parse_target(std::string_view target);
  bool parse_field(std::string_view line, framing& frame);
  bool apply_field(std::string_view name, std::string_view value, framing& frame);
  void begin_body(const framing& frame);
  void parse_chunk_size();
  void parse_trailer();
  /// Whether room has been made in the budget; refuses when not.
  bool found_room();
  bool refuse(problem p);
  /// Refuses, and forgets all of the head but the method: the answer to HEAD has no body.
  bool refuse_head(problem p);
  request::span span_of(std::string_view part) const;

  reader_limits limits_;
  std::uint64_t max_body_;
  state state_ = state::head;
  std::optional<problem> refusal_;
  request request_;
  bool wants_continue_ = false;
  /// Bytes of the body, or of the chunk, that are still to come.
  std::uint64_t remaining_ = 0;
  /// A chunk's size line or a trailer line, with its line end once it is complete.
  std::string line_;
  std::size_t trailer_size_ = 0;
};

} // namespace glyphgate::http
