#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace glyphgate {

/// A job's public name: 128 random bits as 32 lower-case hexadecimal digits. Whoever knows it may read the job.
using job_id = std::string;

/// Makes job ids; injected, so that tests can have predictable ones. Called from one thread at a time.
using job_id_source = std::function<job_id()>;

/// A source that draws from the operating system's random generator (getrandom). Throws std::system_error when the
/// system has none.
job_id_source make_random_job_ids();

/// A reservation of spend on the ledger. 0 names none.
using reservation_id = std::uint64_t;

/// Counts the attempts at one call, from 1. A report that carries an older token changes nothing.
using attempt_token = std::uint32_t;

/// One planned call of a job.
struct call_key {
  job_id job;
  /// Position among the job's calls, from 0.
  std::uint32_t index = 0;
  friend bool operator==(const call_key&, const call_key&) = default;
};

} // namespace glyphgate
