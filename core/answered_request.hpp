#pragma once

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"

#include <string>

namespace glyphgate {

/// How a request was answered that a client had given a key of its own (`request_key`). The same request under that key
/// is answered alike for as long as the job is kept, and does nothing.
struct answered_request {
  owner_name owner;
  request_key key;
  /// The job of the answer, and its status at that time.
  job_id job;
  job_status told = job_status::pending;
  /// Another request had made the job.
  bool identical = false;
};

} // namespace glyphgate
