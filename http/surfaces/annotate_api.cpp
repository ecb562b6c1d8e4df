#include "http/surfaces/annotate_api.hpp"

#include "http/answers/annotate_json.hpp"
#include "http/uploads/upload.hpp"
#include "http/wire/rpc_status.hpp"
#include "http/wire/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace glyphgate::http {

namespace {

constexpr std::string_view root = "/v1/";

/// What is done at a path.
enum class annotate_action : std::uint8_t { images, files, later };

struct annotate_route {
  /// In braces what stands for one part of a path.
  std::string_view pattern;
  annotate_action action;
};

constexpr std::array routes{
    annotate_route{"/v1/images:annotate", annotate_action::images},
    annotate_route{"/v1/projects/{project}/images:annotate", annotate_action::images},
    annotate_route{"/v1/projects/{project}/locations/{location}/images:annotate", annotate_action::images},
    annotate_route{"/v1/files:annotate", annotate_action::files},
    annotate_route{"/v1/projects/{project}/files:annotate", annotate_action::files},
    annotate_route{"/v1/projects/{project}/locations/{location}/files:annotate", annotate_action::files},
    annotate_route{"/v1/images:asyncBatchAnnotate", annotate_action::later},
    annotate_route{"/v1/projects/{project}/images:asyncBatchAnnotate", annotate_action::later},
    annotate_route{"/v1/projects/{project}/locations/{location}/images:asyncBatchAnnotate", annotate_action::later},
    annotate_route{"/v1/files:asyncBatchAnnotate", annotate_action::later},
    annotate_route{"/v1/projects/{project}/files:asyncBatchAnnotate", annotate_action::later},
    annotate_route{"/v1/projects/{project}/locations/{location}/files:asyncBatchAnnotate", annotate_action::later},
};

// The last part may have its colon encoded, as some clients do.
bool is_part(std::string_view part, std::string_view of_pattern) {
  if (of_pattern.starts_with('{'))
    return !part.empty();
  if (part == of_pattern)
    return true;
  const auto colon = of_pattern.find(':');
  return colon != std::string_view::npos && part.size() == of_pattern.size() + 2 &&
         part.starts_with(of_pattern.substr(0, colon)) && equal_ignoring_case(part.substr(colon, 3), "%3a") &&
         part.ends_with(of_pattern.substr(colon + 1));
}

// Part by part, between slashes.
bool fits(std::string_view path, std::string_view pattern) {
  for (;;) {
    const auto end = path.find('/');
    const auto end_of_pattern = pattern.find('/');
    if (!is_part(path.substr(0, end), pattern.substr(0, end_of_pattern)))
      return false;
    if (end == std::string_view::npos || end_of_pattern == std::string_view::npos)
      return end == end_of_pattern;
    path.remove_prefix(end + 1);
    pattern.remove_prefix(end_of_pattern + 1);
  }
}

const annotate_route* find_route(std::string_view path) {
  const auto* found = std::ranges::find_if(routes, [&](const auto& r) { return fits(path, r.pattern); });
  return found == routes.end() ? nullptr : found;
}

problem not_offered_later() {
  return make_problem(501, "not-implemented", "Answers in Cloud Storage are not offered here",
                      "this service writes to no bucket: ask images:annotate or files:annotate, or post a job to "
                      "/ocr/jobs and fetch it when it is done");
}

// `$alt=json;enum-encoding=int`, which Google's own libraries send.
enum_form enums_of(std::string_view query) {
  for (const auto* name : {"$alt", "alt"})
    if (const auto values = query_values(query, name))
      for (const auto& value : *values)
        if (value.find("enum-encoding=int") != std::string::npos)
          return enum_form::number;
  return enum_form::name;
}

bool is_json(const request& r) {
  const auto type = field_value(r.header("content-type"));
  return type.empty() || equal_ignoring_case(type, json_type);
}

// What became of a picture that is in a job.
annotated_picture annotated(const job_view& job, std::size_t position) {
  annotated_picture result;
  if (!job.result) {
    const auto code = job.status == job_status::cancelled ? rpc_code::cancelled : rpc_code::unavailable;
    result.error = rpc_error{code, job.error.value_or("the job has failed")};
    return result;
  }
  const auto& outcome = job.result->pictures[position].outcome;
  result.read = outcome.recognised;
  if (!outcome.recognised)
    result.error = rpc_error{outcome.may_pass ? rpc_code::unavailable : rpc_code::invalid_argument, outcome.error};
  return result;
}

annotated_picture annotated(const planned_item& item, const planned_picture& picture,
                            const std::vector<std::shared_ptr<const job_view>>& jobs) {
  auto result = picture.refused ? annotated_picture{} : annotated(*jobs[picture.job], picture.position);
  if (picture.refused)
    result.error = picture.refused;
  result.width = picture.width;
  result.height = picture.height;
  result.width_in_points = picture.width_in_points;
  result.height_in_points = picture.height_in_points;
  result.confidences = item.confidences;
  return result;
}

annotated_picture annotated_image(const planned_item& item, const std::vector<std::shared_ptr<const job_view>>& jobs) {
  auto result = item.pictures.empty() ? annotated_picture{} : annotated(item, item.pictures.front(), jobs);
  if (!result.error)
    result.error = item.error;
  return result;
}

annotated_file annotated_pages(const planned_item& item, const std::vector<std::shared_ptr<const job_view>>& jobs) {
  annotated_file result;
  for (const auto& picture : item.pictures)
    result.pages.emplace_back(annotated(item, picture, jobs)).page = picture.page;
  result.total_pages = item.total_pages;
  result.mime_type = item.mime_type;
  result.error = item.error;
  return result;
}

} // namespace

annotate_api::annotate_api(const config& settings, std::shared_ptr<gateway> gate,
                           std::shared_ptr<const vision::engine_provider> engine, clock_fn clock,
                           std::shared_ptr<decode_pool> pool, std::shared_ptr<document_desk> documents)
    : settings_{settings},
      gate_{std::move(gate)},
      engine_{std::move(engine)},
      clock_{std::move(clock)},
      pool_{std::move(pool)},
      intake_{settings_.limits, gate_, engine_, pool_},
      documents_{std::move(documents)} {}

void annotate_api::stop() {
  surface::stop();
  documents_->stop();
}

bool annotate_api::serves(std::string_view path) const {
  return path.starts_with(root);
}

bool annotate_api::is_use(std::string_view path) const {
  return find_route(path) != nullptr;
}

std::string_view annotate_api::methods_of(std::string_view path) const {
  return find_route(path) == nullptr ? "" : "POST";
}

std::string_view annotate_api::route_of(std::string_view path) const {
  const auto* route = find_route(path);
  return route == nullptr ? "" : route->pattern;
}

response annotate_api::render(const problem& why) const {
  return rpc_refusal(why);
}

void annotate_api::handle(const exchange_ptr& ex) {
  const auto* route = find_route(ex->request().path());
  if (route == nullptr)
    return refuse(ex, unknown_path());
  if (ex->request().method() != "POST")
    return refuse(ex, wrong_method("POST"));
  switch (route->action) {
  case annotate_action::images: return annotate(ex, annotate_kind::images);
  case annotate_action::files: return annotate(ex, annotate_kind::files);
  case annotate_action::later: return refuse(ex, not_offered_later());
  }
}

void annotate_api::annotate(const exchange_ptr& ex, annotate_kind kind) {
  if (refuses_new_work())
    return refuse(ex, make_problem(ec::shutting_down));
  if (!is_json(ex->request()))
    return refuse(ex, unsupported_media_type({json_type}));
  if (is_encoded(ex->request()))
    return refuse(ex, unsupported_coding());
  const auto jobs =
      std::make_shared<job_gathering>(gate_, clock_, clock_() + settings_.http.facade_timeout, ex->request_id());
  ex->when_client_leaves([jobs] { jobs->leave(); });
  attempt_on(*pool_, ex, [this, ex, kind, jobs] { decode_and_submit(ex, kind, jobs); });
}

void annotate_api::decode_and_submit(const exchange_ptr& ex, annotate_kind kind,
                                     const std::shared_ptr<job_gathering>& jobs) {
  auto items = read_annotate_request(std::make_shared<request_body>(std::move(ex->request().body)), kind);
  if (const auto* why = std::get_if<problem>(&items))
    return refuse(ex, *why);
  auto& read = std::get<std::vector<annotate_item>>(items);
  if (kind != annotate_kind::files || !has_documents(read))
    return plan_and_submit(ex, kind, jobs, std::move(read));
  attempt_on(documents_->pool(), ex,
             [this, ex, kind, jobs, held = std::make_shared<std::vector<annotate_item>>(std::move(read))] {
               plan_and_submit(ex, kind, jobs, std::move(*held));
             });
}

void annotate_api::plan_and_submit(const exchange_ptr& ex, annotate_kind kind,
                                   const std::shared_ptr<job_gathering>& jobs, std::vector<annotate_item> items) {
  const auto plan = std::make_shared<annotate_plan>(
      plan_annotation(std::move(items), kind, {ex->who().name, ex->trace()}, settings_, *engine_, *documents_));
  if (pool_->stopping())
    return refuse(ex, make_problem(ec::shutting_down));
  std::size_t images = 0;
  for (const auto& job : plan->jobs)
    images += job->pictures.size();
  if (const auto why = intake_.too_many_images(ex->who(), images))
    return refuse(ex, *why);
  if (plan->jobs.empty())
    return answer(ex, kind, *plan, {});
  // The pictures' bytes are the jobs' alone from here on.
  const auto specs = std::exchange(plan->jobs, {});
  jobs->start(intake_, specs, [self = shared_from_this(), this, ex, kind, plan](const job_gathering::outcome& o) {
    attempt(ex, [&] {
      if (const auto* why = std::get_if<problem>(&o))
        return refuse(ex, *why);
      // The thread that replies is everybody's.
      attempt_on(*pool_, ex, [this, ex, kind, plan, ended = std::get<0>(o)] { answer(ex, kind, *plan, ended); });
    });
  });
}

void annotate_api::answer(const exchange_ptr& ex, annotate_kind kind, const annotate_plan& plan,
                          const std::vector<std::shared_ptr<const job_view>>& jobs) {
  const auto enums = enums_of(ex->request().query());
  std::vector<annotated_picture> images;
  std::vector<annotated_file> files;
  for (const auto& item : plan.items)
    if (kind == annotate_kind::images)
      images.push_back(annotated_image(item, jobs));
    else
      files.push_back(annotated_pages(item, jobs));
  finish_packed(*pool_, ex,
                json_response(200, kind == annotate_kind::images ? annotate_images_json(images, enums)
                                                                 : annotate_files_json(files, enums)));
}

} // namespace glyphgate::http
