#pragma once

#include "core/error.hpp"
#include "core/limits/rate_limiter.hpp"
#include "http/wire/response.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace glyphgate::http {

/// A picture of a request: its id, or its position when it has no usable id; or none.
using image_label = std::variant<std::monostate, std::string, std::size_t>;

/// One thing that is wrong with a request.
struct input_error {
  /// The picture that it concerns.
  image_label image;
  /// The request's field that it concerns, when it is not a picture.
  std::string field;
  std::string detail;
};

/// A limit that a request exceeds.
struct named_limit {
  /// The setting's name in lower case, with its unit: "max_body_mb".
  std::string name;
  std::uint64_t value = 0;
};

/// More errors than these help nobody, and make an answer large that cost its client little.
constexpr std::size_t max_told_errors = 100;

/// A refusal as the client sees it (RFC 9457).
struct problem {
  unsigned status = 500;
  /// The type's last part: "rate-limited".
  std::string kind;
  /// The same for every problem of the kind.
  std::string_view title;
  std::string detail;
  /// With 422, and with 413 and 415 for pictures: what is wrong, `max_told_errors` at most.
  std::vector<input_error> errors;
  /// How many more there are.
  std::size_t further_errors = 0;
  /// With 413.
  std::optional<named_limit> limit;
  /// With 406 and 415: what there is, or would be accepted.
  std::vector<std::string_view> supported;
  /// With 429 and 503.
  std::optional<std::chrono::seconds> retry_after;
  /// With 429.
  std::optional<limiter_usage> usage;
  /// With 405: the methods that the path has.
  std::string_view allow;
  /// With 401: how a key is asked for, the value of WWW-Authenticate. Has static storage.
  std::string_view challenge;
  /// Whether the rest of the connection cannot be understood.
  bool close = false;
};

/// The status that a code is answered with. `ec::none` is none's.
unsigned status_of(ec code);

/// A problem of its own kind, with what every problem has. `title` has static storage.
problem make_problem(unsigned status, std::string_view kind, std::string_view title, std::string detail);

/// The refusal that a code means, with a standard `detail` where none is given and with `retry_after` where trying
/// again helps.
problem make_problem(ec code, std::string detail = {});

/// 400: the request cannot be understood.
problem malformed_request(std::string detail);
/// 404: there is no such path.
problem unknown_path();
/// 405; `allow` has static storage.
problem wrong_method(std::string_view allow);
/// 413: the body is over MAX_BODY_MB.
problem body_too_large(std::uint64_t max_body_mb);
/// 415: the body's media type.
problem unsupported_media_type(std::vector<std::string_view> supported);
/// 415: the body's content coding.
problem unsupported_coding();
/// 406: the client accepts nothing that there is; `supported` are media types.
problem not_acceptable(std::vector<std::string_view> supported);
/// 422.
problem invalid_request(std::string detail, std::vector<input_error> errors);

/// What an answer needs of a problem beside its status and its body.
void add_headers(response& r, const problem& p);

/// The problem as an answer, its body being `application/problem+json`.
response to_response(const problem& p);

} // namespace glyphgate::http
