#include "http/surfaces/service_api.hpp"

#include "http/surfaces/admins_only.hpp"
#include "http/wire/text.hpp"
#include "vision/call_planner.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace glyphgate::http {

namespace {

// A report that is to be shown within a second, whatever it lacks.
constexpr std::chrono::milliseconds health_bound{700};
// One that is of no use without its parts.
constexpr std::chrono::seconds report_bound{2};

} // namespace

const service_api::path_entry service_api::paths[] = {
    {"/", audience::monitors, access::everybody, "GET", &service_api::get_root},
    {"/livez", audience::monitors, access::everybody, "GET", &service_api::get_liveness},
    {"/readyz", audience::monitors, access::everybody, "GET", &service_api::get_readiness},
    {"/health", audience::monitors, access::more_with_key, "GET", &service_api::get_health},
    {"/usage", audience::clients, access::with_key, "GET", &service_api::get_usage},
    {"/capacity", audience::clients, access::with_key, "POST", &service_api::post_capacity},
};

const service_api::path_entry* service_api::find(std::string_view path) {
  const auto* found = std::ranges::find(paths, path, &path_entry::path);
  return found == std::end(paths) ? nullptr : found;
}

service_api::service_api(const config& settings, std::shared_ptr<gateway> gate, service_identity identity,
                         std::shared_ptr<const memory_budget> bodies, std::shared_ptr<decode_pool> pool)
    : settings_{settings},
      gate_{std::move(gate)},
      identity_{std::move(identity)},
      bodies_{std::move(bodies)},
      pool_{std::move(pool)},
      root_{json_response(200, root_json(identity_))} {}

bool service_api::serves(std::string_view path) const {
  return find(path) != nullptr;
}

bool service_api::is_use(std::string_view path) const {
  return find(path)->asked_by == audience::clients;
}

std::string_view service_api::methods_of(std::string_view path) const {
  return find(path)->method == "GET" ? "GET, HEAD" : "POST";
}

std::string_view service_api::route_of(std::string_view path) const {
  return find(path)->path;
}

access service_api::access_to(std::string_view path, const request&) const {
  return find(path)->open_to;
}

void service_api::handle(const exchange_ptr& ex) {
  const auto* found = find(ex->request().path());
  const auto method = ex->request().method();
  if ((method == "HEAD" ? "GET" : method) != found->method)
    return refuse(ex, wrong_method(methods_of(found->path)));
  (this->*found->answer)(ex);
}

void service_api::ask_for_report(const exchange_ptr& ex, duration at_most,
                                 std::function<void(const service_report&)> answer) {
  gate_->report(at_most, [self = shared_from_this(), ex, answer = std::move(answer)](const service_report& report) {
    self->attempt(ex, [&] { answer(report); });
  });
}

void service_api::get_root(const exchange_ptr& ex) {
  finish(ex, root_);
}

void service_api::get_liveness(const exchange_ptr& ex) {
  finish(ex, json_response(200, status_json("alive")));
}

void service_api::get_readiness(const exchange_ptr& ex) {
  if (refuses_new_work())
    return refuse(ex, make_problem(ec::shutting_down));
  ask_for_report(ex, report_bound, [this, ex](const service_report& report) {
    if (!report.store_works)
      refuse(ex, make_problem(ec::no_answer));
    else if (!*report.store_works)
      refuse(ex, make_problem(ec::store_unavailable));
    else
      finish(ex, json_response(200, status_json("ready")));
  });
}

void service_api::get_health(const exchange_ptr& ex) {
  ask_for_report(ex, health_bound, [this, ex](const service_report& report) {
    if (!ex->is_known())
      return finish_packed(*pool_, ex, json_response(200, status_json(health_of(report))));
    finish_packed(*pool_, ex,
                  json_response(200, sees_everything(ex) ? health_json(identity_, report, bodies_->used(), settings_)
                                                         : health_json_for_clients(identity_, report, settings_)));
  });
}

void service_api::get_usage(const exchange_ptr& ex) {
  const auto& who = ex->who();
  if (!who.admin && !who.name.empty())
    return gate_->usage(who.name, [self = shared_from_this(), this, ex](const std::variant<limiter_usage, ec>& reply) {
      attempt(ex, [&] {
        if (const auto* code = std::get_if<ec>(&reply))
          refuse(ex, make_problem(*code));
        else
          finish(ex, json_response(200, own_usage_json(ex->who().name, std::get<limiter_usage>(reply))));
      });
    });
  ask_for_report(ex, report_bound, [this, ex](const service_report& report) {
    if (report.usage && report.jobs)
      finish(ex, json_response(200, usage_json(identity_, *report.usage, *report.jobs)));
    else
      refuse(ex, make_problem(ec::no_answer));
  });
}

void service_api::post_capacity(const exchange_ptr& ex) {
  if (is_encoded(ex->request()))
    return refuse(ex, unsupported_coding());
  attempt_on(*pool_, ex, [this, ex] {
    const auto query = read_capacity(ex->request());
    if (const auto* why = std::get_if<problem>(&query))
      return refuse(ex, *why);
    const auto& size = std::get<capacity_query>(query);
    finish(ex, json_response(200, capacity_json(vision::capacity_of(size.width, size.height, settings_.calls),
                                                settings_.limits.calls_per_job)));
  });
}

capacity_or_problem service_api::read_capacity(request& r) const {
  if (!equal_ignoring_case(field_value(r.header("content-type")), json_type))
    return unsupported_media_type({json_type});
  return read_capacity_query(r.body);
}

} // namespace glyphgate::http
