#include "../fake_gateway.hpp"
#include "http/metrics/scraper.hpp"
#include "metric_value.hpp"
#include "support/literal_time.hpp"
#include "vision/reader/picture_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <limits>
#include <string>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

/// An engine whose readers have a bound of memory.
struct bounded_engine : fake_engine {
  std::shared_ptr<vision::picture_memory> bound = std::make_shared<vision::picture_memory>(1000);
  std::shared_ptr<const vision::picture_memory> memory() const override { return bound; }
};

struct scraper_fixture {
  config settings;
  service_report report = sample_report();
  std::shared_ptr<bounded_engine> engine = std::make_shared<bounded_engine>();
  std::shared_ptr<memory_budget> bodies = std::make_shared<memory_budget>(500);
  std::uint64_t room = 4096;
  std::shared_ptr<const span_exporter> traces;

  std::string text() const {
    return scraper{settings,
                   {std::make_shared<const service_meters>(settings.calls, true), bodies, engine,
                    [this] { return room; }, traces, "1.2.3"}}
        .text(report);
  }

  double of(std::string_view series) const {
    const auto all = text();
    const auto value = metric_value(all, series);
    BOOST_REQUIRE_MESSAGE(value, series << " is not in\n" << all);
    return *value;
  }
  bool has(std::string_view series) const { return metric_value(text(), series).has_value(); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(metrics_of_a_report, scraper_fixture)

BOOST_AUTO_TEST_CASE(jobs_and_queue) {
  report.jobs->by_status = {3, 2, 7, 1, 0};
  report.jobs->waiting_calls = 4;
  report.jobs->jobs_in_line = 5;
  report.jobs->oldest_pending = report.taken_at - 90s;
  report.running = 2;
  BOOST_TEST(of("glyphgate_jobs{status=\"pending\"}") == 3);
  BOOST_TEST(of("glyphgate_jobs{status=\"completed\"}") == 7);
  BOOST_TEST(of("glyphgate_queue_calls_waiting") == 4);
  BOOST_TEST(of("glyphgate_queue_calls_running") == 2);
  BOOST_TEST(of("glyphgate_queue_jobs_in_line") == 5);
  BOOST_TEST(of("glyphgate_queue_oldest_job_age_seconds") == 90);
  BOOST_TEST(of("glyphgate_calls_stopped") == 0);
  report.jobs->oldest_pending.reset();
  report.jobs->stopped.emplace();
  BOOST_TEST(of("glyphgate_queue_oldest_job_age_seconds") == 0);
  BOOST_TEST(of("glyphgate_calls_stopped") == 1);
}

BOOST_AUTO_TEST_CASE(the_ledger_in_dollars) {
  auto& sums = report.jobs->totals;
  sums.api_calls = 4;
  sums.spent = 4500;
  sums.one_by_one = 1'500'000;
  // Of an older program: at today's price.
  sums.unpriced_calls = 1;
  sums.unpriced_pictures = 2;
  sums.saved_here = 3000;
  BOOST_TEST(of("glyphgate_ledger_calls_total") == 4);
  BOOST_TEST(of("glyphgate_ledger_spent_dollars_total") == 0.006);
  BOOST_TEST(of("glyphgate_ledger_one_by_one_dollars_total") == 1.503);
  BOOST_TEST(of("glyphgate_ledger_saved_dollars") == 1.497);
  BOOST_TEST(of("glyphgate_ledger_saved_locally_dollars_total") == 0.003);
}

BOOST_AUTO_TEST_CASE(windows_in_their_units) {
  report.usage->limits = {{"", window_kind::minute, measure::jobs, 3, 10, 0s},
                          {"", window_kind::day, measure::calls, 2'500'000, 1'000'000'000, 0s},
                          {"", window_kind::month, measure::budget, 1'250'000, 5'000'000, 0s}};
  BOOST_TEST(of("glyphgate_window_jobs_used{window=\"minute\"}") == 3);
  BOOST_TEST(of("glyphgate_window_jobs_limit{window=\"minute\"}") == 10);
  BOOST_TEST(of("glyphgate_window_calls_used{window=\"day\"}") == 2.5);
  BOOST_TEST(of("glyphgate_window_calls_limit{window=\"day\"}") == 1000);
  BOOST_TEST(of("glyphgate_window_dollars_used{window=\"month\"}") == 1.25);
  BOOST_TEST(of("glyphgate_window_dollars_limit{window=\"month\"}") == 5);
}

BOOST_AUTO_TEST_CASE(names_of_keys_are_told_only_where_that_is_wanted) {
  report.usage->limits = {{"alice", window_kind::day, measure::calls, 1'000'000, 5'000'000, 0s}};
  report.jobs->stopped.emplace().by = "alice";
  BOOST_TEST(text().find("alice") == std::string::npos);
  settings.metrics.key_names = true;
  BOOST_TEST(of("glyphgate_key_window_calls_used{window=\"day\",key=\"alice\"}") == 1);
  BOOST_TEST(of("glyphgate_key_window_calls_limit{window=\"day\",key=\"alice\"}") == 5);
  // It is none of the service's limits.
  BOOST_TEST(!has("glyphgate_window_calls_used{window=\"day\"}"));
}

BOOST_AUTO_TEST_CASE(the_breaker_is_in_one_state) {
  report.breaker->mode = breaker_mode::half_open;
  report.breaker->failures = 5;
  BOOST_TEST(of("glyphgate_breaker_state{state=\"half_open\"}") == 1);
  BOOST_TEST(of("glyphgate_breaker_state{state=\"open\"}") == 0);
  BOOST_TEST(of("glyphgate_breaker_state{state=\"closed\"}") == 0);
  BOOST_TEST(of("glyphgate_breaker_failures") == 5);
}

BOOST_AUTO_TEST_CASE(a_part_that_does_not_answer_is_left_out_and_counted) {
  report.jobs.reset();
  report.breaker.reset();
  report.usage.reset();
  report.running.reset();
  report.store_works.reset();
  for (const auto* part : {"jobs", "pool", "breaker", "limits", "store"})
    BOOST_TEST(of("glyphgate_part_answers{part=\"" + std::string{part} + "\"}") == 0, part);
  for (const auto* series : {"glyphgate_jobs{status=\"pending\"}", "glyphgate_breaker_failures",
                             "glyphgate_ledger_calls_total", "glyphgate_store_works", "glyphgate_queue_calls_running"})
    BOOST_TEST(!has(series), series);
  BOOST_TEST(of("glyphgate_build_info{version=\"1.2.3\",engine=\"fake\"}") == 1);
}

BOOST_AUTO_TEST_CASE(memory_and_the_volume) {
  bodies->take(0, 100);
  const auto taken = engine->bound->take(300, {});
  BOOST_TEST(of("glyphgate_body_memory_bytes") == 100);
  BOOST_TEST(of("glyphgate_body_memory_limit_bytes") == 500);
  BOOST_TEST(of("glyphgate_picture_memory_bytes") == 300);
  BOOST_TEST(of("glyphgate_picture_memory_limit_bytes") == 1000);
  BOOST_TEST(of("glyphgate_store_room_bytes") == 4096);
  room = std::numeric_limits<std::uint64_t>::max();
  BOOST_TEST(!has("glyphgate_store_room_bytes"));
}

BOOST_AUTO_TEST_CASE(spans_are_counted_where_somebody_traces) {
  BOOST_TEST(text().find("glyphgate_trace_spans") == std::string::npos);
  const auto exporting = std::make_shared<span_exporter>(collector{"http://127.0.0.1:9/v1/traces", {}},
                                                         traced_service{"ocr", "1", "fake"});
  exporting->stop();
  exporting->push({});
  traces = exporting;
  BOOST_TEST(of("glyphgate_trace_spans_total{outcome=\"dropped\"}") == 1);
  BOOST_TEST(of("glyphgate_trace_spans_total{outcome=\"exported\"}") == 0);
}

BOOST_AUTO_TEST_CASE(the_process) {
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  BOOST_TEST(of("process_cpu_seconds_total") > 0);
  BOOST_TEST(of("process_resident_memory_bytes") > 1e6);
  BOOST_TEST(of("process_open_fds") >= 3);
  BOOST_TEST(of("process_max_fds") >= of("process_open_fds"));
  BOOST_TEST(of("process_start_time_seconds") <= now + 1);
  BOOST_TEST(of("process_start_time_seconds") > now - 3600);
}

BOOST_AUTO_TEST_CASE(each_name_has_one_family_with_help_and_the_prefix) {
  const auto all = text();
  std::istringstream in{all};
  std::vector<std::string> names;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("# TYPE "))
      continue;
    names.push_back(line.substr(7, line.find(' ', 7) - 7));
    BOOST_TEST(all.find("# HELP " + names.back() + " ") != std::string::npos, names.back());
    BOOST_TEST((names.back().starts_with("glyphgate_") || names.back().starts_with("process_") ||
                names.back() == "http_server_request_duration_seconds"),
               names.back());
  }
  BOOST_TEST(names.size() > 40U);
  std::ranges::sort(names);
  BOOST_TEST((std::ranges::adjacent_find(names) == names.end()));
}

BOOST_AUTO_TEST_SUITE_END()
