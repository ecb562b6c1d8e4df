#pragma once

#include "core/job.hpp"
#include "core/trace_context.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace glyphgate::http {

/// A request that was answered. The texts have static storage.
struct request_span_facts {
  std::string_view method;
  std::string_view route;
  unsigned status = 0;
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
};

/// A job, from its acceptance to its end.
struct job_span_facts {
  job_status status = job_status::completed;
  std::uint64_t images = 0;
};

/// An attempt at a call.
struct call_span_facts {
  /// What came of it. Has static storage.
  std::string_view outcome;
  bool failed = false;
  std::uint32_t attempt = 0;
  std::uint64_t images = 0;
  /// Jobs aboard besides the one that is the parent.
  std::vector<trace_context> other_jobs{};
};

/// A piece of work that is over. It holds no text of a client's, no picture, and nobody's name.
struct finished_span {
  trace_context own;
  /// All 0 where it begins its trace.
  std::array<std::uint8_t, 8> parent{};
  std::chrono::system_clock::time_point begin;
  std::chrono::system_clock::time_point end;
  std::variant<request_span_facts, job_span_facts, call_span_facts> facts;
};

} // namespace glyphgate::http
