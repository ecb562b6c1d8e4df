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

/// Whose a job is: the name of the API key that it was posted with; empty where the service has no keys. At most 64
/// characters of [A-Za-z0-9._-].
using owner_name = std::string;

/// A reservation of spend on the ledger. 0 names none.
using reservation_id = std::uint64_t;

/// Counts the attempts at one call, from 1. A report that carries an older token changes nothing.
using attempt_token = std::uint32_t;

/// A call to the engine: the reservation that pays for its first attempt. 0 names none.
using call_id = reservation_id;

/// A picture of a job, by its position there.
struct rider {
  job_id job;
  std::uint32_t position = 0;
  friend bool operator==(const rider&, const rider&) = default;
};

} // namespace glyphgate
