#pragma once

#include "core/job.hpp"

#include <array>

namespace glyphgate::http {

/// In the order in which they are told.
inline constexpr std::array all_statuses{job_status::pending, job_status::processing, job_status::completed,
                                         job_status::failed, job_status::cancelled};

} // namespace glyphgate::http
