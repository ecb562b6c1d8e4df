#pragma once

#include "core/secret.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

namespace glyphgate::vision {

/// What a POST sends, made while it is sent. Read once, from the start to the end.
class request_body {
public:
  virtual ~request_body() = default;

  /// All of it, bytes.
  virtual std::uint64_t size() const = 0;
  /// Writes up to `capacity` bytes, the next ones, and returns how many; 0 only at the end. Throws nothing.
  virtual std::size_t read(char* to, std::size_t capacity) = 0;
};

struct http_request {
  std::string url;
  /// Each "Name: value".
  std::vector<secret> headers;
  /// Null for a GET.
  request_body* body = nullptr;
  /// From the connection to the end of the response.
  std::chrono::milliseconds timeout{60'000};
  std::chrono::milliseconds connect_timeout{10'000};
  /// A longer response is cut off, counted once decompressed.
  std::size_t max_response_bytes = 0;
  /// Reached without a proxy, whatever the environment says, as this machine itself always is.
  bool direct = false;
};

struct http_response {
  long status = 0;
  std::string body;
  /// The body is longer than the limit: only its start is here.
  bool cut = false;
  /// The header Retry-After, in either form.
  std::optional<std::chrono::seconds> retry_after;
};

/// No whole response came.
struct transfer_failure {
  /// A stop was requested.
  bool cancelled = false;
  /// False only when not one byte of the request was sent: no connection, no TLS, or stopped before.
  bool sent = true;
  /// What happened, for people to read. Holds nothing of the request's headers and body.
  std::string detail;
};

/// Sends HTTP requests, one at a time, and keeps its connections: HTTP/2 where the server offers it, else HTTP/1.1.
/// Certificates are verified. Follows no redirects. A request is sent at most once, also when a kept connection turns
/// out to be dead.
///
/// Time-outs count the time in which the process runs. One that was stopped for a minute, or whose host was suspended,
/// reads on where it was: an answer that came meanwhile is not lost. Even when the time is over, what lies in the
/// socket is read first. Used on one thread.
class http_transfer {
public:
  /// Trusts the certificates of `ca_file`, or the system's when it is empty.
  explicit http_transfer(std::string ca_file);
  ~http_transfer();

  http_transfer(const http_transfer&) = delete;
  http_transfer& operator=(const http_transfer&) = delete;

  /// Blocks until the response is complete or the transfer has failed; a stop ends it at once.
  std::variant<http_response, transfer_failure> perform(const http_request& request, const std::stop_token& stop);

private:
  struct handles;

  std::string ca_file_;
  std::unique_ptr<handles> handles_;
};

} // namespace glyphgate::vision
