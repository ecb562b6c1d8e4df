#pragma once

#include "http/surfaces/jobs_api.hpp"
#include "http/surfaces/service_api.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The service's paths with the answers of the Python service that this one replaces, for clients that cannot be
/// changed yet (LEGACY_ANSWERS). docs/MIGRATION.md lists what differs. What that service did not have is answered as
/// usual.
namespace glyphgate::http {

/// The version that the Python service told.
inline constexpr std::string_view legacy_version = "2.0.0";

/// A new job is answered with 200, and an image that is at fault does not refuse it, but fails in it.
class legacy_jobs_api : public jobs_api {
public:
  using jobs_api::jobs_api;

protected:
  response render(const problem& why) const override;
  job_or_problem job_of(upload from) const override;
  response accepted(const submission& s, const std::vector<std::string>& warnings) const override;
  bool refuses_unacceptable() const override { return false; }
};

/// Numbers may be written as strings, and a body needs no type.
class legacy_service_api : public service_api {
public:
  using service_api::service_api;

protected:
  response render(const problem& why) const override;
  capacity_or_problem read_capacity(request& r) const override;
};

} // namespace glyphgate::http
