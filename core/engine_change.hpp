#pragma once

#include "core/recovery.hpp"
#include "core/transaction.hpp"

#include <string_view>
#include <vector>

namespace glyphgate {

/// Makes the pending jobs of `r` ready to be read by the engine of that `recognition_scope()`, whichever they were
/// accepted for: what it reads is remembered under its own scope, and what was read before stays under the other's. A
/// job that one engine has read is identical to jobs for that one, and a job that several have read to none. Returns
/// what is to be durable before the first attempt; empty when every job was accepted for this engine.
std::vector<transaction> adopt_pending_jobs(recovery& r, std::string_view scope);

} // namespace glyphgate
