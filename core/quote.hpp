#pragma once

#include "core/price.hpp"
#include "core/submission.hpp"

#include <cstdint>
#include <optional>

namespace glyphgate {

/// What a job needs of the engine.
struct job_needs {
  /// Pictures that were recognised before, that repeat another of the job, and that a call would send.
  std::uint32_t known = 0;
  std::uint32_t repeated = 0;
  std::uint32_t sent = 0;
  std::uint32_t calls = 0;
  /// Of those calls, if each succeeds at once.
  micro_dollars price = 0;
};

/// What a job would come to, were it submitted now.
struct quote {
  /// What its client would be told. Without an id, unless an identical job is there.
  submission answer;
  /// None where the store cannot say what is known.
  std::optional<job_needs> needed;
};

} // namespace glyphgate
