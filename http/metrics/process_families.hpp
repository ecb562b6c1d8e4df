#pragma once

#include "http/metrics/metric_families.hpp"

namespace glyphgate::http {

/// What the system says of this process, under the names that Prometheus' own libraries give it. What it does not say
/// is left out.
void add_process(metric_families& to);

} // namespace glyphgate::http
