#include "http/metrics/service_meters.hpp"
#include "metric_value.hpp"
#include "support/literal_time.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <string>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

struct meters_fixture {
  service_meters meters{call_limits{.max_frames = 10, .height_px = 100, .pixels = 100'000}, true};

  double of(std::string_view series) const {
    const auto text = prometheus::TextSerializer{}.Serialize(meters.families());
    const auto value = metric_value(text, series);
    BOOST_REQUIRE_MESSAGE(value, series << " is not in\n" << text);
    return *value;
  }

  double pictures(const std::string& source) const { return of("glyphgate_pictures_total{source=\"" + source + "\"}"); }

  void commit(transaction t, verdict v = verdict::applied) {
    const std::vector all{std::move(t)};
    meters.committed(all, {v}, 3ms);
  }
};

/// A call of so many pictures of 100 × 20 pixels.
planned_call call_of(std::size_t pictures) {
  planned_call call;
  for (std::size_t i = 0; i < pictures; ++i)
    call.pictures.push_back(test_picture(std::to_string(i), std::to_string(i)));
  return call;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(counted_by_the_service, meters_fixture)

BOOST_AUTO_TEST_CASE(a_call_is_timed_by_what_came_of_it) {
  meters.call_ended(call_of(2), annotation{{}, "spliced"}, 2s);
  meters.call_ended(call_of(1), call_failure{ec::engine_unavailable, "down", true, std::nullopt}, 100ms);
  meters.call_ended(call_of(1), call_failure{ec::engine_unavailable, "no way there", false, std::nullopt}, 1ms);
  BOOST_TEST(of("glyphgate_engine_call_duration_seconds_sum{outcome=\"success\"}") == 2);
  BOOST_TEST(of("glyphgate_engine_call_duration_seconds_count{outcome=\"engine_unavailable\"}") == 1);
  BOOST_TEST(of("glyphgate_engine_call_duration_seconds_count{outcome=\"not_sent\"}") == 1);
  BOOST_TEST(of("glyphgate_engine_call_duration_seconds_count{outcome=\"account_refused\"}") == 0);
  BOOST_TEST(of("glyphgate_engine_call_seats_sum") == 4);
  BOOST_TEST(of("glyphgate_montages_total{way=\"spliced\"}") == 1);
  BOOST_TEST(of("glyphgate_montages_total{way=\"composed\"}") == 0);
}

BOOST_AUTO_TEST_CASE(a_call_is_as_full_as_the_limit_that_it_is_closest_to) {
  // 2 of 10 pictures, 40 of 100 rows, 4,000 of 100,000 pixels.
  meters.call_ended(call_of(2), annotation{}, 1s);
  BOOST_TEST(of("glyphgate_engine_call_fill_ratio_sum") == 0.4);
  service_meters unstacked{call_limits{}, false};
  unstacked.call_ended(call_of(2), annotation{}, 1s);
  BOOST_TEST(metric_value(prometheus::TextSerializer{}.Serialize(unstacked.families()),
                          "glyphgate_engine_call_fill_ratio_count")
                 .value() == 0);
}

BOOST_AUTO_TEST_CASE(pictures_are_counted_by_what_answers_them) {
  const auto job = test_job({{"1", "a"}, {"2", "b"}, {"3", "c"}, {"4", "d"}});
  commit(accept_job{"j", at(0s), job, {{1, {0}, true}, {2, {1, 2}, false}}, {}, false, {}, 1});
  BOOST_TEST(pictures("paid") == 1);
  BOOST_TEST(pictures("shared") == 2);
  BOOST_TEST(pictures("known") == 1);
  commit(board_job{"j", at(1s), {{3, {0, 1, 2}, true}}, {{3, test_recognition("x")}}, 0});
  BOOST_TEST(pictures("paid") == 4);
  BOOST_TEST(pictures("known") == 2);
  commit(sift_job{"j", at(1s), {{0, {}, test_recognition("x")}}, {{2, 1}, {3, 1}}, 2, 0});
  BOOST_TEST(pictures("local") == 3);
  BOOST_TEST(pictures("refused") == 0);
  BOOST_TEST(of("glyphgate_jobs_accepted_total") == 1);
}

BOOST_AUTO_TEST_CASE(refused_pictures_are_counted_as_such) {
  auto broken = test_picture("1", "a");
  broken.refused = "it is damaged";
  commit(accept_job{"j", at(0s), make_job_spec({broken, test_picture("2", "b")}, {}, "test"), {}, {}, false, {}, 1});
  BOOST_TEST(pictures("refused") == 1);
  BOOST_TEST(pictures("known") == 1);
}

BOOST_AUTO_TEST_CASE(what_came_too_late_counts_for_its_commit_only) {
  commit(accept_job{"j", at(0s), test_job({{"1", "a"}}), {{1, {0}, true}}, {}, false, {}, 0}, verdict::stale);
  BOOST_TEST(of("glyphgate_jobs_accepted_total") == 0);
  BOOST_TEST(pictures("paid") == 0);
  BOOST_TEST(of("glyphgate_store_commit_duration_seconds_count") == 1);
}

BOOST_AUTO_TEST_CASE(jobs_are_counted_by_how_they_ended) {
  commit(end_job{{"j", job_status::failed, at(0s), at(1s), at(9s), "it failed", true, 0}});
  BOOST_TEST(of("glyphgate_jobs_ended_total{status=\"failed\"}") == 1);
  BOOST_TEST(of("glyphgate_jobs_ended_total{status=\"completed\"}") == 0);
}

BOOST_AUTO_TEST_CASE(commits_are_timed_and_those_that_fail_are_counted_too) {
  meters.commit_failed(500ms);
  meters.committed({}, {}, 250ms);
  BOOST_TEST(of("glyphgate_store_commit_duration_seconds_sum") == 0.75);
  BOOST_TEST(of("glyphgate_store_commit_failures_total") == 1);
}

BOOST_AUTO_TEST_CASE(requests_are_timed_by_route_method_and_status) {
  meters.answered({"GET", "/ocr/jobs/{id}", 200, 0, 300, 2ms});
  meters.answered({"GET", "/ocr/jobs/{id}", 200, 0, 500, 4ms});
  meters.answered({"POST", "/ocr/jobs", 202, 5000, 80, 20ms});
  meters.answered({"GET", "", 404, 0, 90, 1ms});
  BOOST_TEST(of("http_server_request_duration_seconds_count{http_request_method=\"GET\","
                "http_response_status_code=\"200\",http_route=\"/ocr/jobs/{id}\"}") == 2);
  BOOST_TEST(of("http_server_request_duration_seconds_bucket{http_request_method=\"POST\","
                "http_response_status_code=\"202\",http_route=\"/ocr/jobs\",le=\"0.01\"}") == 0);
  BOOST_TEST(of("http_server_request_duration_seconds_bucket{http_request_method=\"POST\","
                "http_response_status_code=\"202\",http_route=\"/ocr/jobs\",le=\"0.025\"}") == 1);
  BOOST_TEST(of("http_server_request_duration_seconds_count{http_request_method=\"GET\","
                "http_response_status_code=\"404\",http_route=\"\"}") == 1);
  BOOST_TEST(of("glyphgate_http_response_body_bytes_sum{http_route=\"/ocr/jobs/{id}\"}") == 800);
  BOOST_TEST(of("glyphgate_http_request_body_bytes_sum{http_route=\"/ocr/jobs\"}") == 5000);
  // A request without a body is none of size 0.
  const auto text = prometheus::TextSerializer{}.Serialize(meters.families());
  BOOST_TEST(!metric_value(text, "glyphgate_http_request_body_bytes_count{http_route=\"/ocr/jobs/{id}\"}"));
}

BOOST_AUTO_TEST_SUITE_END()
