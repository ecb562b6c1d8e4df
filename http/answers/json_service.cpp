#include "http/answers/job_statuses.hpp"
#include "http/answers/json_answers.hpp"
#include "http/answers/json_warnings.hpp"
#include "http/answers/ledger_sums.hpp"
#include "http/wire/json_writer.hpp"
#include "http/wire/problem_json.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace glyphgate::http {

namespace {

// Whole seconds, rounded up: who waits that long has waited long enough.
std::int64_t seconds_of(duration d) {
  return std::chrono::ceil<std::chrono::seconds>(d).count();
}

void write_nulls(json_writer& json, std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    json.key(name).null();
}

void write_usage(json_writer& json, const std::optional<limiter_usage>& known) {
  json.object();
  if (known) {
    json.member("jobs_last_minute", known->minute.current).member("jobs_last_hour", known->hour.current);
    json.member("jobs_today", known->jobs_today).member("api_calls_today", known->day.current);
    json.member("oldest_job_today", known->oldest_job_today);
  } else {
    write_nulls(json, {"jobs_last_minute", "jobs_last_hour", "jobs_today", "api_calls_today", "oldest_job_today"});
  }
  json.end_object();
}

void write_spent(json_writer& json, std::string_view name, const amounts& used) {
  json.key(name).object().member("jobs", used.jobs).key("api_calls").millionths(used.calls);
  json.key("estimated_usd").millionths(used.price).end_object();
}

void write_amount(json_writer& json, std::string_view name, measure what, std::uint64_t amount) {
  json.key(name);
  if (what == measure::jobs)
    json.value(amount);
  else
    json.millionths(amount);
}

// Every limit that is set, and what was used.
void write_limits(json_writer& json, const limiter_usage& windows) {
  json.key("limits").object().member("per_minute", windows.minute.limit);
  json.member("per_hour", windows.hour.limit).member("per_day", windows.day.limit).end_object();
  json.key("spent").object();
  write_spent(json, "last_24_hours", windows.used_today);
  write_spent(json, "this_month", windows.used_this_month);
  json.end_object().key("windows").array();
  for (const auto& limit : windows.limits) {
    json.object().key("key");
    if (limit.whose.empty())
      json.null();
    else
      json.value(limit.whose);
    json.member("window", to_string(limit.window)).member("counts", to_string(limit.what));
    write_amount(json, "used", limit.what, limit.current);
    write_amount(json, "limit", limit.what, limit.limit);
    json.member("opens_in", seconds_of(limit.until_room)).end_object();
  }
  json.end_array();
}

void write_stop(json_writer& json, const registry_stats* jobs) {
  json.object();
  const auto* order = jobs != nullptr && jobs->stopped ? &*jobs->stopped : nullptr;
  json.member("stopped", jobs != nullptr ? std::optional{order != nullptr} : std::nullopt);
  if (order != nullptr) {
    json.member("by", order->by).member("reason", order->reason).member("since", order->since);
    json.member("new_jobs", order->refuses_jobs ? "refuse" : "wait");
  }
  json.end_object();
}

void write_breaker(json_writer& json, const service_report& report, const config& settings) {
  json.object();
  if (const auto& b = report.breaker) {
    json.member("state", to_string(b->mode)).member("failures", b->failures).member("threshold", b->threshold);
    json.key("last_failure");
    if (b->last_failure)
      json.value(seconds_of(report.taken_at - *b->last_failure));
    else
      json.null();
    json.key("last_error");
    if (b->last_error.empty())
      json.null();
    else
      json.value(b->last_error);
    json.key("retry_after");
    if (b->retry_after)
      json.value(seconds_of(*b->retry_after));
    else
      json.null();
  } else {
    write_nulls(json, {"state", "failures"});
    json.member("threshold", settings.breaker.threshold);
    write_nulls(json, {"last_failure", "last_error", "retry_after"});
  }
  json.end_object();
}

void write_storage(json_writer& json, const service_report& report, const config& settings) {
  json.object().member("works", report.store_works);
  if (const auto& jobs = report.jobs) {
    json.member("total_jobs", jobs->total_jobs).key("by_status").object();
    for (const auto status : all_statuses)
      if (const auto count = jobs->by_status[static_cast<std::size_t>(status)]; count != 0)
        json.member(to_string(status), count);
    json.end_object();
  } else {
    write_nulls(json, {"total_jobs", "by_status"});
  }
  json.member("ttl_seconds", settings.jobs.result_ttl.count()).end_object();
}

void write_queue(json_writer& json, const service_report& report, const config& settings) {
  const auto of_jobs = [&](std::uint64_t registry_stats::*count) {
    return report.jobs ? std::optional{report.jobs.value().*count} : std::nullopt;
  };
  json.object().member("waiting", of_jobs(&registry_stats::waiting_calls)).member("running", report.running);
  json.member("capacity", settings.jobs.queue_capacity);
  json.member("jobs_in_line", of_jobs(&registry_stats::jobs_in_line)).end_object();
}

void write_engines(json_writer& json, const std::vector<vision::listed_engine>& engines) {
  json.array();
  for (const auto& e : engines) {
    json.object().member("name", e.name);
    if (!e.version.empty())
      json.member("version", e.version);
    if (!e.languages.empty()) {
      json.key("languages").array();
      for (const auto& language : e.languages)
        json.value(language);
      json.end_array();
    }
    if (!e.absent.empty())
      json.member("absent", e.absent);
    json.end_object();
  }
  json.end_array();
}

bool is_healthy(const service_report& r) {
  const bool complete = r.breaker && r.jobs && r.running && r.usage && r.store_works;
  return complete && *r.store_works && r.breaker->mode == breaker_mode::closed && !r.jobs->stopped;
}

void write_settings(json_writer& json, const config& settings) {
  json.object().key("cost_protection").object();
  json.member("daily_api_calls_limit", settings.limits.calls_per_day);
  json.member("jobs_per_minute", settings.limits.jobs_per_minute);
  json.member("jobs_per_hour", settings.limits.jobs_per_hour);
  const auto& limits = settings.limits;
  json.member("minute_api_calls_limit", limits.calls_per_minute);
  json.member("hourly_api_calls_limit", limits.calls_per_hour);
  json.member("monthly_api_calls_limit", limits.calls_per_month);
  json.key("minute_budget_usd").millionths(limits.budget_per_minute);
  json.key("hourly_budget_usd").millionths(limits.budget_per_hour);
  json.key("daily_budget_usd").millionths(limits.budget_per_day);
  json.key("monthly_budget_usd").millionths(limits.budget_per_month);
  json.key("call_price_usd").millionths(settings.google.call_price);
  json.member("max_calls_per_job", limits.calls_per_job).member("max_pages_per_job", limits.pages_per_job);
  json.end_object();
  json.key("technical_limits").object().member("max_frames_per_job", settings.calls.max_frames);
  json.member("height_limit_px", settings.calls.height_px).member("file_size_limit_mb", settings.calls.file_size_mb);
  json.member("pixel_limit", settings.calls.pixels).member("picture_memory_mb", settings.engine.picture_memory_mb);
  json.end_object();
  json.key("job_management").object().member("result_ttl_seconds", settings.jobs.result_ttl.count());
  json.member("max_concurrent_jobs", settings.engine.workers).member("packing", settings.jobs.packing);
  json.member("packing_window_ms", settings.jobs.packing_window.count()).end_object();
  json.key("circuit_breaker").object().member("threshold", settings.breaker.threshold);
  json.member("timeout_seconds", settings.breaker.open_time.count()).end_object();
  json.key("google_cloud")
      .object()
      .member("credentials_configured", settings.google.has_credentials())
      .end_object()
      .end_object();
}

} // namespace

std::string root_json(const service_identity& service) {
  json_writer json;
  json.object().member("service", "OCR Batch Processing Service").member("version", service.version);
  json.member("status", "healthy").member("google_cloud_available", service.has_google());
  json.member("engine", service.engine).end_object();
  return json.take();
}

std::string_view health_of(const service_report& report) {
  return is_healthy(report) ? "healthy" : "degraded";
}

namespace {

std::string health_json(const service_identity& service, std::string_view status, const service_report& report,
                        const registry_stats* stops, std::optional<std::uint64_t> inflight_bytes,
                        const config& settings) {
  json_writer json;
  json.object().member("status", status).member("version", service.version);
  json.member("engine", service.engine).member("google_cloud_available", service.has_google());
  json.key("engines");
  write_engines(json, service.engines);
  json.key("circuit_breaker");
  write_breaker(json, report, settings);
  json.key("calls");
  write_stop(json, stops);
  json.key("job_storage");
  write_storage(json, report, settings);
  json.key("queue");
  write_queue(json, report, settings);
  json.key("http").object().member("inflight_bytes", inflight_bytes);
  json.member("max_inflight_mb", settings.http.max_inflight_mb).end_object();
  json.key("usage");
  write_usage(json, report.usage);
  json.key("config");
  write_settings(json, settings);
  json.end_object();
  return json.take();
}

const registry_stats* jobs_in(const service_report& report) {
  return report.jobs ? &*report.jobs : nullptr;
}

} // namespace

std::string health_json(const service_identity& service, const service_report& report, std::uint64_t inflight_bytes,
                        const config& settings) {
  return health_json(service, health_of(report), report, jobs_in(report), inflight_bytes, settings);
}

std::string health_json_for_clients(const service_identity& service, const service_report& report,
                                    const config& settings) {
  auto shown = report;
  shown.jobs.reset();
  shown.running.reset();
  shown.usage.reset();
  return health_json(service, health_of(report), shown, jobs_in(report), std::nullopt, settings);
}

std::string own_usage_json(const owner_name& key, const limiter_usage& windows) {
  json_writer json;
  json.object().member("key", key).key("usage");
  write_usage(json, windows);
  write_limits(json, windows);
  json.end_object();
  return json.take();
}

std::string usage_json(const service_identity& service, const limiter_usage& windows, const registry_stats& jobs) {
  const auto& sums = jobs.totals;
  const auto money = sums_of(sums, service.price_per_call);
  json_writer json;
  json.object().key("usage");
  write_usage(json, windows);
  write_limits(json, windows);
  json.key("cost").object().member("api_calls", sums.api_calls).member("images_processed", sums.pictures_processed);
  json.member("images_from_cache", sums.pictures_from_cache).key("estimated_usd").millionths(money.spent);
  json.key("saved_usd").millionths(money.saved);
  json.key("local_first").object().member("images_answered", sums.pictures_answered_here);
  json.member("images_repeated", sums.pictures_repeated).key("saved_usd").millionths(sums.saved_here);
  json.member("jobs_in_sieve", jobs.jobs_in_sieve).member("sieve_failures", jobs.sieve_failures);
  json.end_object().end_object().end_object();
  return json.take();
}

std::string capacity_json(const vision::capacity& capacity, std::uint32_t max_calls_per_job) {
  json_writer json;
  json.object().member("max_images", capacity.max_images).key("limits").object();
  json.member("by_height", capacity.by_height).member("by_pixels", capacity.by_pixels);
  json.member("by_file_size", capacity.by_file_size).member("by_config", capacity.by_config).end_object();
  json.member("limiting_factor", capacity.limiting_factor).key("max_calls_per_job");
  if (max_calls_per_job == 0)
    json.null();
  else
    json.value(max_calls_per_job);
  json.key("estimated_file_size_mb").rounded(capacity.estimated_file_size_mb, 2).end_object();
  return json.take();
}

std::string quote_json(const quote& q, const std::optional<problem>& refused,
                       const std::vector<std::string>& warnings) {
  json_writer json;
  json.object().member("accepted", !refused).key("job_id");
  if (q.answer.id.empty())
    json.null();
  else
    json.value(q.answer.id);
  if (const auto& n = q.needed) {
    json.key("images").object().member("total", n->known + n->repeated + n->sent + n->refused);
    json.member("known", n->known).member("repeated", n->repeated).member("sent", n->sent);
    json.member("riding", n->riding).member("joining", n->joining).member("new", n->sent - n->riding - n->joining);
    json.member("refused", n->refused).end_object();
    json.member("calls", n->calls).key("estimated_usd").millionths(n->price);
  } else {
    write_nulls(json, {"images", "calls", "estimated_usd"});
  }
  json.key("waits_for");
  if (q.waits_in_line)
    json.value(to_string(waiting_for::budget));
  else
    json.null();
  json.key("refused");
  if (refused)
    write_problem(json, *refused);
  else
    json.null();
  json.key("retry_after");
  if (refused && refused->retry_after)
    json.value(refused->retry_after->count());
  else
    json.null();
  write_warnings(json, warnings);
  json.end_object();
  return json.take();
}

std::string status_json(std::string_view status) {
  json_writer json;
  json.object().member("status", status).end_object();
  return json.take();
}

} // namespace glyphgate::http
