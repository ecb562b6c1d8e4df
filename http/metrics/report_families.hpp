#pragma once

#include "core/config.hpp"
#include "core/price.hpp"
#include "http/answers/service_report.hpp"
#include "http/metrics/metric_families.hpp"

namespace glyphgate::http {

/// What the report tells: the parts that did not answer are left out, and counted as such. Names of keys are told only
/// where the settings say so. `price_per_call` is what calls cost now.
void add_report(metric_families& to, const service_report& report, const config& settings,
                micro_dollars price_per_call);

} // namespace glyphgate::http
