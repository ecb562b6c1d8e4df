#include "http/metrics/report_families.hpp"

#include "http/answers/job_statuses.hpp"
#include "http/answers/ledger_sums.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string>

namespace glyphgate::http {

namespace {

double dollars(micro_dollars price) {
  return static_cast<double>(price) / 1e6;
}

double number(std::uint64_t count) {
  return static_cast<double>(count);
}

double in_seconds(duration span) {
  return std::chrono::duration<double>(span).count();
}

// What a limit counts, in its unit.
double in_unit(measure what, std::uint64_t amount) {
  return what == measure::jobs ? number(amount) : static_cast<double>(amount) / 1e6;
}

void add_parts(metric_families& to, const service_report& report) {
  to.gauge("glyphgate_part_answers",
           "1 where that part of the service answered this scrape; where it did not, its metrics are missing")
      .is(report.jobs ? 1 : 0, {{"part", "jobs"}})
      .is(report.running ? 1 : 0, {{"part", "pool"}})
      .is(report.breaker ? 1 : 0, {{"part", "breaker"}})
      .is(report.usage ? 1 : 0, {{"part", "limits"}})
      .is(report.store_works ? 1 : 0, {{"part", "store"}});
  to.gauge("glyphgate_store_works", "Whether the store's latest commit succeeded");
  if (report.store_works)
    to.is(*report.store_works ? 1 : 0);
}

void add_jobs(metric_families& to, const service_report& report, const config& settings) {
  const auto& jobs = *report.jobs;
  to.gauge("glyphgate_jobs", "Jobs that are kept, by state");
  for (const auto status : all_statuses)
    to.is(number(jobs.by_status[static_cast<std::size_t>(status)]), {{"status", std::string{to_string(status)}}});
  to.gauge("glyphgate_jobs_limit", "Jobs that may be kept").is(settings.jobs.max_kept_jobs);
  to.gauge("glyphgate_results_bytes", "Bytes of results and images that are kept").is(number(jobs.kept_bytes));
  to.gauge("glyphgate_results_limit_bytes", "Bytes of results that may be kept")
      .is(number(std::uint64_t{settings.jobs.max_kept_mb} << 20U));
  to.gauge("glyphgate_queue_calls_waiting", "Calls that no worker has begun").is(number(jobs.waiting_calls));
  to.gauge("glyphgate_queue_calls_limit", "Calls that may wait").is(settings.jobs.queue_capacity);
  to.gauge("glyphgate_queue_jobs_in_line", "Jobs that wait for room in the limits").is(number(jobs.jobs_in_line));
  to.gauge("glyphgate_queue_jobs_in_sieve", "Jobs that wait for the local engine in front of paid calls")
      .is(number(jobs.jobs_in_sieve));
  to.gauge("glyphgate_queue_oldest_job_age_seconds",
           "Age of the oldest job whose first call has not begun; 0 when no job waits")
      .is(jobs.oldest_pending ? std::max(0.0, in_seconds(report.taken_at - *jobs.oldest_pending)) : 0);
  to.counter("glyphgate_sieve_failures_total", "Times that the local engine in front of paid calls came to nothing")
      .is(number(jobs.sieve_failures));
  to.gauge("glyphgate_calls_stopped", "Whether an operator or a budget alert has stopped the calls to the engine")
      .is(jobs.stopped ? 1 : 0);
}

void add_ledger(metric_families& to, const store_totals& sums, micro_dollars price_per_call) {
  const auto money = sums_of(sums, price_per_call);
  to.counter("glyphgate_ledger_calls_total", "Attempts at calls that were, or may have been, made")
      .is(number(sums.api_calls));
  to.counter("glyphgate_ledger_spent_dollars_total", "What they cost").is(dollars(money.spent));
  to.counter("glyphgate_ledger_one_by_one_dollars_total", "What a call for each picture would have cost")
      .is(dollars(money.one_by_one));
  to.gauge("glyphgate_ledger_saved_dollars", "The difference of the two; less after calls that came to nothing")
      .is(dollars(money.saved));
  to.counter("glyphgate_ledger_saved_locally_dollars_total", "What calls would have cost that the local engine spared")
      .is(dollars(sums.saved_here));
}

void add_breaker(metric_families& to, const breaker_status& breaker) {
  to.gauge("glyphgate_breaker_state", "1 for the state that the circuit breaker is in");
  for (const auto mode : {breaker_mode::closed, breaker_mode::open, breaker_mode::half_open})
    to.is(mode == breaker.mode ? 1 : 0, {{"state", std::string{to_string(mode)}}});
  to.gauge("glyphgate_breaker_failures", "Consecutive failures of the engine").is(breaker.failures);
}

struct window_names {
  measure what;
  std::string unit;
};

// A family each for what was used and for the limit, in each unit, of the service or of the holders of keys.
void add_windows(metric_families& to, const limiter_usage& usage, bool of_keys) {
  const std::string prefix = of_keys ? "glyphgate_key_window_" : "glyphgate_window_";
  const std::string whose = of_keys ? " in the limits of that key" : " in the service's limits";
  const auto add = [&](measure what, std::uint64_t limit_usage::*amount) {
    for (const auto& l : usage.limits) {
      if (l.what != what || l.whose.empty() == of_keys)
        continue;
      metric_labels labels{{"window", std::string{to_string(l.window)}}};
      if (of_keys)
        labels.emplace_back("key", l.whose);
      to.is(in_unit(what, l.*amount), std::move(labels));
    }
  };
  for (const auto& [what, unit] :
       {window_names{measure::jobs, "jobs"}, {measure::calls, "calls"}, {measure::budget, "dollars"}}) {
    const auto name = prefix + unit;
    to.gauge(name + "_used", fmt::format("What was used and is held of {}{}, by window", unit, whose));
    add(what, &limit_usage::current);
    to.gauge(name + "_limit", fmt::format("What may be used of {}{}, by window", unit, whose));
    add(what, &limit_usage::limit);
  }
}

} // namespace

void add_report(metric_families& to, const service_report& report, const config& settings,
                micro_dollars price_per_call) {
  add_parts(to, report);
  if (report.jobs) {
    add_jobs(to, report, settings);
    add_ledger(to, report.jobs->totals, price_per_call);
  }
  if (report.running)
    to.gauge("glyphgate_queue_calls_running", "Calls that workers have").is(number(*report.running));
  to.gauge("glyphgate_workers", "Calls that may run at once").is(settings.engine.workers);
  if (report.breaker)
    add_breaker(to, *report.breaker);
  if (report.usage) {
    add_windows(to, *report.usage, false);
    if (settings.metrics.key_names)
      add_windows(to, *report.usage, true);
  }
}

} // namespace glyphgate::http
