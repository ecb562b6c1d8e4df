#pragma once

#include "http/traces/finished_span.hpp"

#include <span>
#include <string>
#include <string_view>

namespace glyphgate::http {

/// Whose spans they are.
struct traced_service {
  std::string name;
  std::string version;
  std::string engine;
};

/// The body of a request to a collector: an ExportTraceServiceRequest in OTLP's JSON form (opentelemetry-proto,
/// `docs/specification.md`: ids in hexadecimal, 64-bit numbers as texts, members of enumerations as numbers).
std::string otlp_json(const traced_service& service, std::span<const finished_span> spans);

} // namespace glyphgate::http
