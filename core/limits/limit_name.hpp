#pragma once

#include "core/limits/rate_limiter.hpp"

#include <string>

namespace glyphgate {

/// The limit that was in the way and what sets it, for a client to read: "the service's limit of 1000 calls a day
/// (DAILY_API_CALLS_LIMIT)", "the limit of key \"alice\" of US$5.00 a month (budget-per-month)".
std::string limit_name(const admission& refused);

/// Why that was denied: "the service's limit of 1000 calls a day is reached", or that nobody with a key pays.
std::string why_denied(const admission& refused);

/// What a job that no wait can help needs, which limit never lets that in, and what helps.
std::string why_too_large(const admission& refused);

/// US dollars, to the cent where that is exact: "5.00", "0.0015".
std::string to_dollars(micro_dollars price);

} // namespace glyphgate
