#include "core/error.hpp"

namespace glyphgate {

std::string_view to_string(ec code) {
  switch (code) {
  case ec::none: return "none";
  case ec::invalid_picture: return "invalid_image";
  case ec::unsupported_format: return "unsupported_format";
  case ec::picture_too_large: return "image_too_large";
  case ec::unsupported_language: return "unsupported_language";
  case ec::job_too_large: return "job_too_large";
  case ec::rate_limited: return "rate_limited";
  case ec::breaker_open: return "breaker_open";
  case ec::queue_full: return "queue_full";
  case ec::store_unavailable: return "store_unavailable";
  case ec::calls_stopped: return "calls_stopped";
  case ec::idempotency_key_reused: return "idempotency_key_reused";
  case ec::idempotency_key_in_use: return "idempotency_key_in_use";
  case ec::store_full: return "store_full";
  case ec::shutting_down: return "shutting_down";
  case ec::job_not_found: return "job_not_found";
  case ec::cancelled: return "cancelled";
  case ec::expired_in_queue: return "expired_in_queue";
  case ec::engine_unavailable: return "engine_unavailable";
  case ec::request_rejected: return "request_rejected";
  case ec::account_refused: return "account_refused";
  case ec::no_answer: return "no_answer";
  case ec::internal: return "internal";
  }
  return "unknown";
}

} // namespace glyphgate
