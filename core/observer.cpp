#include "core/observer.hpp"

#include <variant>

namespace glyphgate {

std::string_view outcome_name(const call_outcome& outcome) {
  const auto* failed = std::get_if<call_failure>(&outcome);
  if (failed == nullptr)
    return "success";
  return failed->sent ? to_string(failed->code) : "not_sent";
}

} // namespace glyphgate
