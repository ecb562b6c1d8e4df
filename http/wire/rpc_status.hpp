#pragma once

#include "http/wire/problem.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Errors as Google's APIs tell them (google.rpc.Code, google.rpc.Status). Pure; usable from any thread.
namespace glyphgate::http {

/// Numbered as in google/rpc/code.proto.
enum class rpc_code : std::uint8_t {
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  permission_denied = 7,
  resource_exhausted = 8,
  aborted = 10,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  unauthenticated = 16,
};

/// "INVALID_ARGUMENT", …
std::string_view to_string(rpc_code code);

/// An error of one image or file within an answer.
struct rpc_error {
  rpc_code code = rpc_code::unknown;
  /// For the client to read.
  std::string message;
  friend bool operator==(const rpc_error&, const rpc_error&) = default;
};

/// The HTTP status that Google's APIs answer such a problem with. Google knows one status for what is wrong with a
/// request, 400. Its clients try 503 again at once, many times, and 429 not at all: so a wait of more than a few
/// seconds is 429.
unsigned rpc_http_status(const problem& p);

/// The code of an answer with that HTTP status.
rpc_code rpc_code_of(unsigned http_status);

/// The problem as `{"error":{"code":…,"message":…,"status":…,"details":[…]}}`, with its kind as ErrorInfo, its
/// `retry_after` as RetryInfo and its errors as BadRequest; with the status and the headers of such an answer.
response rpc_refusal(const problem& p);

} // namespace glyphgate::http
