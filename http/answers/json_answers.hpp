#pragma once

#include "core/config.hpp"
#include "core/job.hpp"
#include "core/quote.hpp"
#include "core/submission.hpp"
#include "http/answers/json_layout.hpp"
#include "http/answers/service_report.hpp"
#include "http/wire/problem.hpp"
#include "vision/call_planner.hpp"
#include "vision/engine.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Every JSON body that is sent, as the HTTP contract names and orders its members. Pure; usable from any thread.
namespace glyphgate::http {

/// What the service is, for `GET /` and `GET /health`.
struct service_identity {
  std::string version;
  std::string engine;
  micro_dollars price_per_call = 0;
  std::vector<vision::listed_engine> engines{};

  bool has_google() const { return engine == "google"; }
};

std::string root_json(const service_identity& service);

/// "healthy" or "degraded".
std::string_view health_of(const service_report& report);

/// `inflight_bytes` is what bodies in flight hold of `http_config::max_inflight_mb`.
std::string health_json(const service_identity& service, const service_report& report, std::uint64_t inflight_bytes,
                        const config& settings);

/// The same for the holder of a key who may not see everything: what others do is null, as if it were not known.
std::string health_json_for_clients(const service_identity& service, const service_report& report,
                                    const config& settings);

/// What the holder of that key has used, and may use.
std::string own_usage_json(const owner_name& key, const limiter_usage& windows);
std::string usage_json(const service_identity& service, const limiter_usage& windows, const registry_stats& jobs);

std::string capacity_json(const vision::capacity& capacity, std::uint32_t max_calls_per_job);

/// `warnings` are what the client should know of its request, which was accepted all the same; left out when there are
/// none.
std::string submission_json(const submission& accepted, const std::vector<std::string>& warnings = {});

/// `refused` is what its answer comes to, none when the job would be accepted; `refused_pictures` are those of the job
/// that would not be read. `warnings` as in `submission_json`.
std::string quote_json(const quote& q, const std::optional<problem>& refused,
                       const std::vector<std::string>& warnings = {});

std::string job_json(const job_view& job, job_detail detail = job_detail::symbols);

/// The object of one of its pictures, as it is in `results`.
std::string image_json(const picture_result& image, const job_result& of, job_detail detail);

std::string job_list_json(const job_page& page);

/// `{"status":…}`, for /livez and /readyz.
std::string status_json(std::string_view status);

} // namespace glyphgate::http
