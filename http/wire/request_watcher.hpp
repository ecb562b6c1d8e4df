#pragma once

#include "core/trace_context.hpp"
#include "http/wire/request.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace glyphgate::http {

/// A request's place in a trace.
struct request_span {
  /// Its own span; none where it is not traced.
  trace_context own{};
  /// The client's span that it belongs to; all 0 where it begins the trace.
  std::array<std::uint8_t, 8> parent{};
};

/// A request that was answered, for those who count.
struct finished_request {
  /// One of those that HTTP knows, or "_OTHER".
  std::string_view method;
  /// The pattern of its path, as in `handler::route_of`.
  std::string_view route;
  unsigned status = 0;
  /// The bodies' bytes: of the request as it was handled, and of the answer as it is sent.
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  /// From when it was handled until its answer went out.
  std::chrono::steady_clock::duration took{};
  request_span span{};
};

/// The method as it may be counted: clients may send any token at all.
std::string_view countable_method(std::string_view method);

/// Told of each request to a server, on the server's I/O thread, one at a time. It does not block. This one does
/// nothing.
class request_watcher {
public:
  virtual ~request_watcher() = default;
  /// A request that is to be handled, and the pattern of its path. Its place in a trace, if it is to have one.
  virtual request_span arrived(const request& /*r*/, std::string_view /*route*/) noexcept { return {}; }
  virtual void answered(const finished_request& /*r*/) noexcept {}
};

} // namespace glyphgate::http
