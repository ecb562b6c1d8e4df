#include "http/surfaces/legacy_api.hpp"

#include "http/answers/json_answers.hpp"
#include "http/answers/legacy_refusal.hpp"
#include "http/uploads/job_request.hpp"
#include "http/uploads/upload.hpp"
#include "http/wire/text.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace glyphgate::http {

response legacy_jobs_api::render(const problem& why) const {
  return legacy_refusal(why);
}

job_or_problem legacy_jobs_api::job_of(upload from) const {
  if (!from.on_error)
    from.on_error = "skip";
  return job_from(std::move(from), settings(), engine(), images_needed::none, &documents());
}

response legacy_jobs_api::accepted(const submission& s, const std::vector<std::string>& warnings) const {
  // A job that has ended already, as nothing in it needs a call, was told as one that waits.
  auto told = s;
  if (!told.identical)
    told.status = job_status::pending;
  return json_response(200, submission_json(told, warnings));
}

response legacy_service_api::render(const problem& why) const {
  return legacy_refusal(why);
}

capacity_or_problem legacy_service_api::read_capacity(request& r) const {
  const auto type = field_value(r.header("content-type"));
  if (!type.empty() && !equal_ignoring_case(type, json_type))
    return unsupported_media_type({json_type});
  return read_capacity_query(r.body, number_form::may_be_string);
}

} // namespace glyphgate::http
