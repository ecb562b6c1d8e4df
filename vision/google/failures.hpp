#pragma once

#include "core/call.hpp"
#include "vision/google/http_transfer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// Google's troubles told apart, and turned into failures of calls: the table in docs/google-vision.md.
namespace glyphgate::vision {

/// What Google says when it refuses something (google.rpc.Status).
struct google_error {
  /// An HTTP status.
  int status = 0;
  std::string message;
  /// E.g. "SERVICE_DISABLED"; empty when it tells none.
  std::string reason;
  std::optional<std::chrono::seconds> retry_delay;
};

/// The HTTP status that stands for a google.rpc.Code; 500 for one that is none.
int status_of_rpc_code(std::int64_t code);

/// Reads `{"error":{…}}`; nothing when `body` is anything else. `status` is the response's own.
std::optional<google_error> parse_google_error(std::string_view body, int status);

/// The failure of a call whose response has another status than 200. 401 is taken for one to try again.
call_failure failure_of_response(const http_response& response, std::size_t pictures);

/// The failure of a call that Google answered with an error: for the call as a whole, or for its one montage when
/// `of_image` is set.
call_failure failure_of(const google_error& error, std::size_t pictures, bool of_image);

/// The failure of a call that got no whole response.
call_failure failure_of(const transfer_failure& failure);

/// Google's text as a log may hold it: one line of well-formed UTF-8 and bounded length, without any of `secrets`.
std::string presentable(std::string_view text, std::initializer_list<std::string_view> secrets = {});

} // namespace glyphgate::vision
