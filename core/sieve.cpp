#include "core/sieve.hpp"

#include <utility>

namespace glyphgate {

std::string_view to_string(sieve_mode mode) {
  switch (mode) {
  case sieve_mode::off: return "off";
  case sieve_mode::blank: return "blank";
  case sieve_mode::confident: return "confident";
  }
  return "unknown";
}

sift_outcome_ptr not_sifted(ec code, std::string detail) {
  return std::make_shared<const sift_outcome>(call_failure{code, std::move(detail), false, std::nullopt});
}

} // namespace glyphgate
