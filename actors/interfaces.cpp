#include "actors/interfaces.hpp"

namespace glyphgate {

namespace {

constexpr auto category = caf::atom("glyphgate");

} // namespace

caf::error make_error(ec code) {
  return {static_cast<std::uint8_t>(code), category};
}

ec code_of(const caf::error& e) {
  return e.category() == category ? static_cast<ec>(e.code()) : ec::internal;
}

} // namespace glyphgate
