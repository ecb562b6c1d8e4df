#pragma once

#include "http/wire/body_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace glyphgate::http {

constexpr std::string_view json_type = "application/json";

/// An answer, all but what the connection adds.
struct response {
  unsigned status = 200;
  /// Empty when there is no body. Has static storage.
  std::string_view content_type;
  /// Immutable and shared: one body may go to many clients at once. May be null.
  std::shared_ptr<const std::string> body;
  /// In place of `body`: it is made while it is sent. May be null.
  std::shared_ptr<body_source> source;
  /// Further header lines, each with its line end.
  std::string headers;
  /// Whether the connection must be closed after it.
  bool close = false;
  /// Whether the body's size alone is sent: the answer to HEAD.
  bool omit_body = false;
  /// Whether a body whose size is not known before its end goes out in chunks (RFC 9112, 7.1). Else the connection's
  /// end is its end, for clients that only know HTTP/1.0.
  bool chunked = true;

  /// Bytes that the answer holds until it is taken.
  std::size_t held() const { return body ? body->size() : source ? source->held() : 0; }

  /// Adds a header line. The value must hold no line end: nothing that a client sent goes here unchecked.
  void add_header(std::string_view name, std::string_view value);
};

/// An answer with a JSON body that changes from one request to the next.
response json_response(unsigned status, std::string body);

/// Whether an answer of that status has a Content-Length at all (RFC 9110, 8.6).
constexpr bool has_content(unsigned status) {
  return status != 204 && status != 304;
}

/// "Not Found", …; empty for a status that is never sent.
std::string_view reason_phrase(unsigned status);

/// The status line and the header, with the empty line. `date` is an IMF-fixdate.
std::string render_head(const response& r, bool keep_alive, std::string_view date);

} // namespace glyphgate::http
