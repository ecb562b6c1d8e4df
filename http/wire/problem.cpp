#include "http/wire/problem.hpp"

#include "http/wire/problem_json.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate::http {

namespace {

// How long a client should wait where nothing better is known.
constexpr std::chrono::seconds default_retry{5};

std::string_view title_of(ec code) {
  switch (code) {
  case ec::none: return "No error";
  case ec::invalid_picture: return "An image is damaged";
  case ec::unsupported_format: return "An image is of no supported format";
  case ec::picture_too_large: return "An image exceeds a limit";
  case ec::unsupported_language: return "A language hint cannot be served";
  case ec::job_too_large: return "The job needs more than a limit ever lets in";
  case ec::rate_limited: return "A rate limit is reached";
  case ec::breaker_open: return "The engine is failing; calls are held back";
  case ec::queue_full: return "The queue is full";
  case ec::store_unavailable: return "The store takes no new work";
  case ec::calls_stopped: return "Calls to the engine are stopped";
  case ec::idempotency_key_reused: return "The Idempotency-Key belongs to another request";
  case ec::idempotency_key_in_use: return "A request with this Idempotency-Key is under way";
  case ec::store_full: return "The store's volume is full";
  case ec::shutting_down: return "The service is shutting down";
  case ec::job_not_found: return "There is no such job";
  case ec::cancelled: return "The job has been cancelled";
  case ec::expired_in_queue: return "The job waited too long";
  case ec::engine_unavailable: return "The engine is not available";
  case ec::request_rejected: return "The engine refused the request";
  case ec::account_refused: return "The engine refuses the account";
  case ec::no_answer: return "A part of the service did not answer in time";
  case ec::internal: return "The service failed";
  }
  return "The service failed";
}

std::string_view default_detail(ec code) {
  switch (code) {
  case ec::job_not_found: return "no job of that id is kept: it never existed, has expired or was deleted";
  case ec::calls_stopped: return "try again once whoever runs the service has resumed them";
  case ec::shutting_down: return "try again once the service runs again";
  case ec::no_answer:
    return "the outcome is not known yet: the request may or may not have taken effect; it is safe to send it again";
  case ec::internal: return "the request could not be answered because of a defect of the service";
  default: return "";
  }
}

} // namespace

unsigned status_of(ec code) {
  switch (code) {
  case ec::none: return 200;
  case ec::invalid_picture: return 422;
  case ec::unsupported_format: return 415;
  case ec::picture_too_large: return 413;
  case ec::unsupported_language: return 422;
  case ec::job_too_large: return 422;
  case ec::rate_limited: return 429;
  case ec::breaker_open: return 503;
  case ec::queue_full: return 503;
  case ec::store_unavailable: return 503;
  case ec::calls_stopped: return 503;
  case ec::idempotency_key_reused: return 422;
  case ec::idempotency_key_in_use: return 409;
  case ec::store_full: return 503;
  case ec::shutting_down: return 503;
  case ec::job_not_found: return 404;
  case ec::cancelled: return 409;
  case ec::expired_in_queue: return 503;
  case ec::engine_unavailable: return 503;
  case ec::request_rejected: return 502;
  case ec::account_refused: return 502;
  case ec::no_answer: return 503;
  case ec::internal: return 500;
  }
  return 500;
}

problem make_problem(unsigned status, std::string_view kind, std::string_view title, std::string detail) {
  problem p;
  p.status = status;
  p.kind = kind;
  p.title = title;
  p.detail = std::move(detail);
  return p;
}

problem make_problem(ec code, std::string detail) {
  std::string kind{to_string(code)};
  std::replace(kind.begin(), kind.end(), '_', '-');
  problem p = make_problem(status_of(code), kind, title_of(code), std::move(detail));
  if (p.detail.empty())
    p.detail = default_detail(code);
  if (p.status == 429 || p.status == 503)
    p.retry_after = default_retry;
  return p;
}

problem malformed_request(std::string detail) {
  return make_problem(400, "malformed-request", "The request cannot be understood", std::move(detail));
}

problem unknown_path() {
  return make_problem(404, "not-found", "There is no such path", "");
}

problem wrong_method(std::string_view allow) {
  problem p = make_problem(405, "method-not-allowed", "The path does not have that method", "");
  p.allow = allow;
  return p;
}

problem body_too_large(std::uint64_t max_body_mb) {
  problem p = make_problem(413, "body-too-large", "The request's body is too large",
                           "a body may hold " + std::to_string(max_body_mb) + " MiB");
  p.limit = named_limit{"max_body_mb", max_body_mb};
  return p;
}

problem unsupported_media_type(std::vector<std::string_view> supported) {
  problem p = make_problem(415, "unsupported-media-type", "The body's media type is not supported", "");
  p.supported = std::move(supported);
  return p;
}

problem unsupported_coding() {
  problem p = make_problem(415, "unsupported-coding", "The body's content coding is not supported", "");
  p.supported = {"identity"};
  return p;
}

problem not_acceptable(std::vector<std::string_view> supported) {
  problem p = make_problem(406, "not-acceptable", "None of the formats is accepted",
                           "the field Accept names no format that there is; `supported` lists them");
  p.supported = std::move(supported);
  return p;
}

problem invalid_request(std::string detail, std::vector<input_error> errors) {
  problem p = make_problem(422, "invalid-request", "The request is not valid", std::move(detail));
  p.errors = std::move(errors);
  return p;
}

void add_headers(response& r, const problem& p) {
  r.close = p.close;
  if (p.retry_after)
    r.add_header("Retry-After", std::to_string(p.retry_after->count()));
  if (!p.allow.empty())
    r.add_header("Allow", p.allow);
  if (!p.challenge.empty())
    r.add_header("WWW-Authenticate", p.challenge);
}

response to_response(const problem& p) {
  response r = json_response(p.status, problem_json(p));
  r.content_type = "application/problem+json";
  add_headers(r, p);
  return r;
}

} // namespace glyphgate::http
