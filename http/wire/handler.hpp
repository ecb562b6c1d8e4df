#pragma once

#include "http/wire/exchange.hpp"
#include "http/wire/problem.hpp"

#include <string_view>

namespace glyphgate::http {

/// Whoever a server's requests are for. The server calls it on its I/O thread where nothing else is said, and keeps it
/// until it has stopped.
class handler {
public:
  virtual ~handler() = default;

  /// Decides on a request whose header has been read: from whom it comes, or why it is refused. Of its body nothing is
  /// there yet.
  virtual admittance admit(const request& r) = 0;

  /// Whether the request shows that somebody needs the service. What monitors ask for ever does not, nor does a path
  /// that there is not.
  virtual bool is_use(const request& r) const = 0;

  /// The pattern of the request's path, such as "/ocr/jobs/{id}"; empty where there is no such path. Has static
  /// storage.
  virtual std::string_view route_of(const request& r) const = 0;

  /// Answers the request, now or later. Does not block.
  virtual void handle(const exchange_ptr& ex) = 0;

  /// Answers with a refusal of the request.
  virtual void refuse(const exchange_ptr& ex, const problem& why) = 0;

  /// From now on new work is refused. Thread-safe.
  virtual void refuse_new_work() = 0;

  /// Waits for the work on requests that is done on other threads. No request is handled beside it or afterwards;
  /// replies may still come.
  virtual void stop() = 0;
};

} // namespace glyphgate::http
