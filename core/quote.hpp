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
  /// Pictures that are not read.
  std::uint32_t refused = 0;
  /// Of those sent: pictures that are aboard an open call already, and that would join one beside others.
  std::uint32_t riding = 0;
  std::uint32_t joining = 0;
  /// Calls to be opened.
  std::uint32_t calls = 0;
  /// Of those calls, if each succeeds at once.
  micro_dollars price = 0;
};

/// What a job would come to, were it submitted now.
struct quote {
  /// What its client would be told. Without an id, unless an identical job is there.
  submission answer;
  /// It would be taken, and wait in line for room in the limits.
  bool waits_in_line = false;
  /// None where the store cannot say what is known.
  std::optional<job_needs> needed;
};

} // namespace glyphgate
