#pragma once

#include "core/config.hpp"

#include <string>

namespace glyphgate {

/// Tells on standard error why the service does not start, in one line: as an event of the log where that is JSON, else
/// for a person to read. Returns `code`, for main to end with.
int report_failed_start(log_format format, int code, const std::string& why);

} // namespace glyphgate
