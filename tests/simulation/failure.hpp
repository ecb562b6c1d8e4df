#pragma once

#include <stdexcept>

namespace glyphgate::simulation {

/// An invariant does not hold; what() says which and where.
class life_failed : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

} // namespace glyphgate::simulation
