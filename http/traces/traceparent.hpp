#pragma once

#include "core/trace_context.hpp"
#include "http/wire/request.hpp"

#include <optional>
#include <string_view>

namespace glyphgate::http {

/// What a client says of the trace that its request belongs to.
struct client_trace {
  /// The client's own span.
  trace_context at;
  /// Whether the client records it.
  bool sampled = false;
};

/// The value of a field traceparent (W3C Trace Context, 3.2): none where it is not well-formed.
std::optional<client_trace> parse_traceparent(std::string_view value);

/// That of the request: none where it has no such field, or more than one.
std::optional<client_trace> traceparent_of(const request& r);

} // namespace glyphgate::http
