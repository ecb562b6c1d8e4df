#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace glyphgate::http {

/// A request that was answered, for those who count.
struct answered_request {
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
};

/// The method as it may be counted: clients may send any token at all.
std::string_view countable_method(std::string_view method);

/// Told of each request that a server has answered, on the server's I/O thread, one at a time. It does not block.
class request_watcher {
public:
  virtual ~request_watcher() = default;
  virtual void answered(const answered_request& r) noexcept = 0;
};

} // namespace glyphgate::http
