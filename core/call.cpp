#include "core/call.hpp"

#include <utility>

namespace glyphgate {

bool too_old(const planned_call& call, duration max_age, timestamp now) {
  return call.age_from + max_age <= now;
}

call_outcome_ptr not_made(ec code, std::string detail) {
  call_failure failure;
  failure.code = code;
  failure.detail = std::move(detail);
  failure.sent = false;
  return std::make_shared<const call_outcome>(std::move(failure));
}

} // namespace glyphgate
