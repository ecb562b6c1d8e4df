#include "../fake_gateway.hpp"
#include "../samples.hpp"
#include "core/reading/layout_writer.hpp"
#include "http/answers/json_answers.hpp"
#include "http/wire/problem_json.hpp"
#include "support/literal_time.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace std::chrono_literals;

namespace {

const service_identity service{"1.2.3", "fake", 1500, {{"ppocr", "", {}, "gone"}, {"tesseract", "5", {"eng"}, ""}}};

} // namespace

BOOST_AUTO_TEST_SUITE(json_answers)

BOOST_AUTO_TEST_CASE(root) {
  BOOST_TEST(root_json(service) == R"({"service":"OCR Batch Processing Service","version":"1.2.3","status":"healthy",)"
                                   R"("google_cloud_available":false,"engine":"fake"})");
}

BOOST_AUTO_TEST_CASE(health) {
  auto report = test::sample_report();
  report.jobs->total_jobs = 3;
  report.jobs->by_status = {1, 0, 2, 0, 0};
  report.jobs->waiting_calls = 4;
  report.jobs->jobs_in_line = 6;
  report.running = 5;
  BOOST_TEST(
      health_json(service, report, 123, config{}) ==
      R"({"status":"healthy","version":"1.2.3","engine":"fake","google_cloud_available":false,)"
      R"("engines":[{"name":"ppocr","absent":"gone"},{"name":"tesseract","version":"5","languages":["eng"]}],)"
      R"("circuit_breaker":{"state":"closed","failures":0,"threshold":5,"last_failure":null,"last_error":null,)"
      R"("retry_after":null},)"
      R"("calls":{"stopped":false},)"
      R"("job_storage":{"works":true,"total_jobs":3,"by_status":{"pending":1,"completed":2},"ttl_seconds":3600},)"
      R"("queue":{"waiting":4,"running":5,"capacity":1000,"jobs_in_line":6},)"
      R"("http":{"inflight_bytes":123,"max_inflight_mb":64},)"
      R"("usage":{"jobs_last_minute":1,"jobs_last_hour":1,"jobs_today":1,"api_calls_today":1,)"
      R"("oldest_job_today":"2026-01-05T01:00:00.000Z"},)"
      R"("config":{"cost_protection":{"daily_api_calls_limit":1000,"jobs_per_minute":10,"jobs_per_hour":100,)"
      R"("minute_api_calls_limit":0,"hourly_api_calls_limit":0,"monthly_api_calls_limit":0,"minute_budget_usd":0.0,)"
      R"("hourly_budget_usd":0.0,"daily_budget_usd":0.0,"monthly_budget_usd":0.0,"call_price_usd":0.0015,)"
      R"("max_calls_per_job":0,"max_pages_per_job":0},)"
      R"("technical_limits":{"max_frames_per_job":950,"height_limit_px":50000,"file_size_limit_mb":15,)"
      R"("pixel_limit":50000000,"picture_memory_mb":0},"job_management":{"result_ttl_seconds":3600,"max_concurrent_jobs":5,)"
      R"("packing":true,"packing_window_ms":200},)"
      R"("circuit_breaker":{"threshold":5,"timeout_seconds":300},"google_cloud":{"credentials_configured":false}}})");
}

BOOST_AUTO_TEST_CASE(clients_are_not_told_what_others_do) {
  const auto text = health_json_for_clients(service, test::sample_report(), config{});
  BOOST_TEST(text.starts_with(R"({"status":"healthy",)"));
  for (const auto* part : {R"("calls":{"stopped":false})", R"("total_jobs":null,"by_status":null)",
                           R"("queue":{"waiting":null,"running":null,)", R"("inflight_bytes":null)",
                           R"("jobs_last_minute":null)", R"("state":"closed")"})
    BOOST_TEST(text.find(part) != std::string::npos, part);
}

BOOST_AUTO_TEST_CASE(health_tells_that_credentials_are_configured_and_nothing_of_them) {
  config settings;
  settings.google.api_key = secret{"planted"};
  const auto text = health_json(service, test::sample_report(), 0, settings);
  BOOST_TEST(text.find(R"("google_cloud":{"credentials_configured":true})") != std::string::npos);
  BOOST_TEST(text.find("planted") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(health_is_degraded_by_the_breaker_and_by_the_store) {
  auto report = test::sample_report();
  report.breaker =
      breaker_status{breaker_mode::half_open, 7, 5, report.taken_at - 90500ms, "billing is \"off\"", std::nullopt};
  BOOST_TEST(health_json(service, report, 0, config{}).find(R"({"status":"degraded",)") == 0U);
  BOOST_TEST(
      health_json(service, report, 0, config{})
          .find(
              R"("state":"half_open","failures":7,"threshold":5,"last_failure":91,"last_error":"billing is \"off\"",)") !=
      std::string::npos);
  report.breaker = breaker_status{breaker_mode::open, 5, 5, report.taken_at, "", 1200ms};
  BOOST_TEST(
      health_json(service, report, 0, config{})
          .find(R"("state":"open","failures":5,"threshold":5,"last_failure":0,"last_error":null,"retry_after":2})") !=
      std::string::npos);
  report = test::sample_report();
  report.store_works = false;
  BOOST_TEST(health_json(service, report, 0, config{}).find(R"({"status":"degraded",)") == 0U);
}

BOOST_AUTO_TEST_CASE(health_shows_null_for_what_did_not_answer_and_is_degraded) {
  const auto whole = test::sample_report();
  const auto degraded_with = [&](auto lose, std::string_view shown) {
    auto report = whole;
    lose(report);
    const auto text = health_json(service, report, 0, config{});
    return text.find(R"({"status":"degraded",)") == 0U && text.find(shown) != std::string::npos;
  };
  BOOST_TEST(degraded_with(
      [](auto& r) { r.breaker.reset(); },
      R"("circuit_breaker":{"state":null,"failures":null,"threshold":5,"last_failure":null,"last_error":null,"retry_after":null})"));
  BOOST_TEST(degraded_with([](auto& r) { r.jobs.reset(); },
                           R"("job_storage":{"works":true,"total_jobs":null,"by_status":null,"ttl_seconds":3600})"));
  BOOST_TEST(
      degraded_with([](auto& r) { r.running.reset(); }, R"("queue":{"waiting":0,"running":null,"capacity":1000,)"));
  BOOST_TEST(degraded_with(
      [](auto& r) { r.usage.reset(); },
      R"("usage":{"jobs_last_minute":null,"jobs_last_hour":null,"jobs_today":null,"api_calls_today":null,"oldest_job_today":null})"));
  BOOST_TEST(degraded_with([](auto& r) { r.store_works.reset(); }, R"("job_storage":{"works":null,"total_jobs":0,)"));
  BOOST_TEST(degraded_with([](auto& r) { r.store_works = false; }, R"("job_storage":{"works":false,"total_jobs":0,)"));
}

BOOST_AUTO_TEST_CASE(usage_counts_cost_against_one_call_per_image) {
  auto windows = test::sample_usage();
  windows.oldest_job_today.reset();
  windows.used_this_month = {0, 1'500'000, 2250};
  windows.limits.push_back({"alice", window_kind::month, measure::budget, 2250, 5'000'000, 60s});
  registry_stats jobs;
  jobs.totals.api_calls = 2;
  jobs.totals.pictures_processed = 900;
  jobs.totals.pictures_from_cache = 100;
  // Another engine's calls are not this one's price.
  jobs.totals.spent = 1000;
  jobs.totals.one_by_one = 1'498'500;
  jobs.totals.unpriced_calls = 1;
  jobs.totals.unpriced_pictures = 1;
  jobs.totals.pictures_answered_here = 7;
  jobs.totals.pictures_repeated = 5;
  jobs.totals.saved_here = 3000;
  jobs.jobs_in_sieve = 2;
  jobs.sieve_failures = 1;
  BOOST_TEST(
      usage_json(service, windows, jobs) ==
      R"({"usage":{"jobs_last_minute":1,"jobs_last_hour":1,"jobs_today":1,"api_calls_today":1,"oldest_job_today":null},)"
      R"("limits":{"per_minute":10,"per_hour":100,"per_day":1000},)"
      R"("spent":{"last_24_hours":{"jobs":0,"api_calls":0.0,"estimated_usd":0.0},)"
      R"("this_month":{"jobs":0,"api_calls":1.5,"estimated_usd":0.00225}},)"
      R"("windows":[{"key":"alice","window":"month","counts":"budget","used":0.00225,"limit":5.0,"opens_in":60}],)"
      R"("cost":{"api_calls":2,"images_processed":900,"images_from_cache":100,"estimated_usd":0.0025,"saved_usd":1.4975,)"
      R"("local_first":{"images_answered":7,"images_repeated":5,"saved_usd":0.003,"jobs_in_sieve":2,"sieve_failures":1}}})");
}

BOOST_AUTO_TEST_CASE(a_quote_tells_needs_and_refusals) {
  quote q;
  auto& needed = q.needed.emplace();
  needed.known = 1;
  needed.repeated = 2;
  needed.sent = 9;
  needed.riding = 3;
  needed.joining = 2;
  needed.calls = 4;
  needed.price = 6000;
  BOOST_TEST(quote_json(q, std::nullopt) ==
             R"({"accepted":true,"job_id":null,"images":{"total":12,"known":1,"repeated":2,"sent":9,"riding":3,)"
             R"("joining":2,"new":4,"refused":0},"calls":4,"estimated_usd":0.006,"waits_for":null,"refused":null,)"
             R"("retry_after":null})");
  q.needed.reset();
  q.answer.id = "abc";
  auto why = make_problem(ec::store_unavailable, "no disk");
  why.retry_after = 5s;
  BOOST_TEST(
      quote_json(q, why) ==
      R"({"accepted":false,"job_id":"abc","images":null,"calls":null,"estimated_usd":null,)"
      R"("waits_for":null,"refused":{"type":"urn:glyphgate:problem:store-unavailable","title":"The store takes no new work",)"
      R"("status":503,"detail":"no disk"},"retry_after":5})");
}

BOOST_AUTO_TEST_CASE(a_quote_of_a_job_that_waits_in_line_says_for_what) {
  quote q;
  q.needed.emplace();
  q.waits_in_line = true;
  BOOST_TEST(quote_json(q, std::nullopt) ==
             R"({"accepted":true,"job_id":null,"images":{"total":0,"known":0,"repeated":0,"sent":0,"riding":0,)"
             R"("joining":0,"new":0,"refused":0},"calls":0,"estimated_usd":0.0,"waits_for":"budget","refused":null,)"
             R"("retry_after":null})");
}

BOOST_AUTO_TEST_CASE(capacity_of_the_usual_strip) {
  BOOST_TEST(capacity_json(vision::capacity_of(666, 64, call_limits{}), 100) ==
             R"({"max_images":757,"limits":{"by_height":757,"by_pixels":1173,"by_file_size":924,"by_config":950},)"
             R"("limiting_factor":"height","max_calls_per_job":100,"estimated_file_size_mb":12.28})");
}

BOOST_AUTO_TEST_CASE(submissions) {
  submission s;
  s.id = "abc";
  BOOST_TEST(submission_json(s) == R"({"job_id":"abc","status":"pending","message":"The job is accepted."})");
  s.identical = true;
  s.status = job_status::completed;
  BOOST_TEST(submission_json(s) ==
             R"({"job_id":"abc","status":"completed","message":"An identical job is complete; this is its id."})");
}

BOOST_AUTO_TEST_CASE(a_pending_job_has_nulls_where_nothing_is_known) {
  BOOST_TEST(job_json(*test::pending_job("abc")) ==
             R"({"job_id":"abc","status":"pending","created_at":"2026-01-05T00:00:01.000Z","started_at":null,)"
             R"("completed_at":null,"expires_at":null,"processing_time_ms":null,"images_count":1,)"
             R"("progress":{"images_done":0,"images_total":1},"error":null,"waits_for":null,)"
             R"("waits_until":null,"result":null})");
}

BOOST_AUTO_TEST_CASE(a_job_that_waits_tells_for_what_and_until_when) {
  const auto told = [](waiting_for what) {
    auto job = *test::pending_job("abc");
    job.wait = job_wait{what, at(1250ms)};
    const auto json = job_json(job);
    const auto begin = json.find("\"waits_for\"");
    return json.substr(begin, json.find(",\"result\"") - begin);
  };
  BOOST_TEST(told(waiting_for::company) == R"("waits_for":"company","waits_until":"2026-01-05T00:00:01.250Z")");
  BOOST_TEST(told(waiting_for::budget) == R"("waits_for":"budget","waits_until":"2026-01-05T00:00:01.250Z")");
  BOOST_TEST(told(waiting_for::engine) == R"("waits_for":"engine","waits_until":"2026-01-05T00:00:01.250Z")");
}

BOOST_AUTO_TEST_CASE(a_share_is_told_to_the_millionth) {
  const auto told = [](micro_calls calls, micro_dollars price) {
    auto job = *test::completed_job("abc");
    auto result = *job.result;
    result.share = {calls, price};
    job.result = std::make_shared<const job_result>(result);
    const auto json = job_json(job);
    return json.substr(json.find("\"cost\""));
  };
  BOOST_TEST(told(0, 0) == R"("cost":{"calls":0.0,"estimated_usd":0.0}}})");
  BOOST_TEST(told(12'300, 18) == R"("cost":{"calls":0.0123,"estimated_usd":0.000018}}})");
  BOOST_TEST(told(1, 1'500) == R"("cost":{"calls":0.000001,"estimated_usd":0.0015}}})");
  BOOST_TEST(told(999'999, 100'000) == R"("cost":{"calls":0.999999,"estimated_usd":0.1}}})");
  BOOST_TEST(told(2'000'000, 10'030'000) == R"("cost":{"calls":2.0,"estimated_usd":10.03}}})");
  // More digits than a double holds.
  BOOST_TEST(told(9'007'199'254'740'993'001, 0) == R"("cost":{"calls":9007199254740.993001,"estimated_usd":0.0}}})");
}

BOOST_AUTO_TEST_CASE(each_image_tells_who_read_it_and_whose_reading_it_has) {
  auto job = *test::completed_job("abc");
  job_result result;
  const auto read_by = [](const char* engine) {
    auto read = std::make_shared<recognition>();
    read->engine = engine;
    return picture_outcome{read, ""};
  };
  result.pictures = {{"a", read_by("ppocr")}, {"b", read_by("")}, {"c", {nullptr, "bad"}}, {"d", {nullptr, "bad"}, 2}};
  const auto told = [&] {
    job.result = std::make_shared<const job_result>(result);
    std::string text;
    const auto json = job_json(job);
    for (auto at = json.find("\"warning\""); at != std::string::npos; at = json.find("\"warning\"", at + 1))
      text += json.substr(at + 14, json.find('}', at) - at - 14) + ";";
    return text;
  };
  BOOST_TEST(told() == R"(,"engine":"ppocr";;,"error":"bad";,"same_as":"c","error":"bad";)");
  // What an older program read, the job's engine read.
  result.engine = "google";
  BOOST_TEST(told() == R"(,"engine":"ppocr";,"engine":"google";,"error":"bad";,"same_as":"c","error":"bad";)");
}

BOOST_AUTO_TEST_CASE(a_completed_job_has_its_result) {
  auto job = *test::completed_job("abc");
  job_result result;
  const recognition seen{{{"O", {1, 2, 3, 4}, 0.97F, text_break::none},
                          {"\xe6\x96\x87", {5, 2, 3, 4}, 1.0F, text_break::line},
                          {"\"", {9, 2, 3, 4}, 0.123456F, text_break::none}},
                         "the last 3 of 40 rows are missing"};
  result.pictures = {{"a", {std::make_shared<const recognition>(seen), ""}}, {"b", {nullptr, "cut short"}}};
  result.api_calls = 1;
  result.pictures_from_cache = 1;
  result.share = {12'300, 18};
  job.result = std::make_shared<const job_result>(result);
  job.pictures_total = job.pictures_done = 2;
  BOOST_TEST(
      job_json(job) ==
      R"({"job_id":"abc","status":"completed","created_at":"2026-01-05T00:00:01.000Z",)"
      R"("started_at":"2026-01-05T00:00:02.000Z","completed_at":"2026-01-05T00:00:02.250Z",)"
      R"("expires_at":"2026-01-05T01:00:00.000Z","processing_time_ms":250,"images_count":2,)"
      R"("progress":{"images_done":2,"images_total":2},"error":null,"waits_for":null,)"
      R"("waits_until":null,"result":{"results":[)"
      R"({"id":"a","text":"O文\n\"","char_count":3,"characters":[)"
      R"({"text":"O","bbox":{"x":1,"y":2,"width":3,"height":4},"confidence":0.97},)"
      R"({"text":"文","bbox":{"x":5,"y":2,"width":3,"height":4},"confidence":1.0},)"
      R"({"text":"\"","bbox":{"x":9,"y":2,"width":3,"height":4},"confidence":0.1235}],"warning":"the last 3 of 40 rows are missing"},)"
      R"({"id":"b","text":"","char_count":0,"characters":[],"warning":null,"error":"cut short"}],)"
      R"("processing_time_ms":250,"total_characters":3,"images_processed":1,"api_calls":1,"images_from_cache":1,)"
      R"("cost":{"calls":0.0123,"estimated_usd":0.000018}}})");
}

BOOST_AUTO_TEST_CASE(details_are_words_or_all_levels_and_name_their_characters) {
  layout_writer writer;
  writer.add({"H", {1, 2, 3, 4}, 0.5F, text_break::none});
  writer.add({"i", {4, 2, 3, 4}, 1.0F, text_break::space});
  writer.end_word({{}, {}, {{"en", 0.25F}, {"de", 0}}});
  writer.add({"x", {9, 2, 3, 4}, 1.0F, text_break::line});
  auto seen = writer.take();
  seen.width = 20;
  seen.height = 10;
  auto job = *test::completed_job("abc");
  const auto told = [&](job_detail detail) {
    job_result result;
    result.pictures = {{"a", {std::make_shared<const recognition>(seen), ""}}};
    job.result = std::make_shared<const job_result>(result);
    const auto json = job_json(job, detail);
    const auto begin = json.find("}],\"") + 3;
    return json.substr(begin, json.find("\"warning\"") - begin);
  };
  const std::string words =
      R"("words":[{"text":"Hi","vertices":[[1,2],[7,2],[7,6],[1,6]],"confidence":0.75,)"
      R"("languages":[{"code":"en","confidence":0.25},{"code":"de"}],"first_character":0,"char_count":2},)"
      R"({"text":"x","vertices":[[9,2],[12,2],[12,6],[9,6]],"confidence":1.0,"first_character":2,"char_count":1}])";
  const std::string all = R"("vertices":[[1,2],[12,2],[12,6],[1,6]],"confidence":0.875,)";
  BOOST_TEST(told(job_detail::symbols) == "");
  BOOST_TEST(told(job_detail::words) == R"("width":20,"height":10,)" + words + ',');
  BOOST_TEST(told(job_detail::layout) == R"("width":20,"height":10,"blocks":[{)" + all + R"("paragraphs":[{)" + all +
                                             R"("lines":[{"text":"Hi x",)" + all + words + "}]}]}],");
  // Of what an older version read.
  seen.layout = {};
  seen.width = seen.height = 0;
  seen.symbols.resize(1);
  BOOST_TEST(told(job_detail::words) == R"("words":[{"text":"H","vertices":[[1,2],[4,2],[4,6],[1,6]],"confidence":0.5,)"
                                        R"("first_character":0,"char_count":1}],)");
  seen.layout.symbol_quads = {{{{{4, 6}, {1, 6}, {1, 2}, {4, 2}}}}};
  BOOST_TEST(told(job_detail::words).starts_with(R"("vertices":[[[4,6],[1,6],[1,2],[4,2]]],"words":)"));
}

BOOST_AUTO_TEST_CASE(lists_have_no_results) {
  job_page page;
  page.jobs = {*test::completed_job("abc")};
  page.next = 17;
  const auto json = job_list_json(page);
  BOOST_TEST(json.starts_with(R"({"jobs":[{"job_id":"abc","status":"completed",)"));
  BOOST_TEST(json.ends_with(R"("error":null}],"next_cursor":"17"})"));
  BOOST_TEST(job_list_json({}) == R"({"jobs":[],"next_cursor":null})");
}

BOOST_AUTO_TEST_CASE(problems_have_the_members_of_their_kind) {
  auto p = make_problem(ec::rate_limited, "too many jobs this minute");
  p.usage = test::sample_usage();
  BOOST_TEST(
      problem_json(p) ==
      R"({"type":"urn:glyphgate:problem:rate-limited","title":"A rate limit is reached","status":429,)"
      R"("detail":"too many jobs this minute","error":"too many jobs this minute",)"
      R"("usage":{"minute":{"current":1,"limit":10},"hour":{"current":1,"limit":100},"day":{"current":1,"limit":1000}}})");
  BOOST_TEST(problem_json(body_too_large(40)) ==
             R"({"type":"urn:glyphgate:problem:body-too-large","title":"The request's body is too large","status":413,)"
             R"("detail":"a body may hold 40 MiB","limit":{"name":"max_body_mb","value":40}})");
  BOOST_TEST(
      problem_json(unsupported_media_type({"a/b", "c/d"})) ==
      R"({"type":"urn:glyphgate:problem:unsupported-media-type","title":"The body's media type is not supported",)"
      R"("status":415,"supported":["a/b","c/d"]})");
  BOOST_TEST(
      problem_json(
          invalid_request("x", {{std::string{"id"}, "", "one"}, {std::size_t{3}, "", "two"}, {{}, "f", "three"}})) ==
      R"({"type":"urn:glyphgate:problem:invalid-request","title":"The request is not valid","status":422,"detail":"x",)"
      R"("errors":[{"image":"id","detail":"one"},{"image":3,"detail":"two"},{"field":"f","detail":"three"}]})");
}

BOOST_AUTO_TEST_CASE(every_code_has_a_status_of_its_own_choice) {
  BOOST_TEST(status_of(ec::invalid_picture) == 422U);
  BOOST_TEST(status_of(ec::unsupported_format) == 415U);
  BOOST_TEST(status_of(ec::picture_too_large) == 413U);
  BOOST_TEST(status_of(ec::unsupported_language) == 422U);
  BOOST_TEST(status_of(ec::job_too_large) == 422U);
  BOOST_TEST(status_of(ec::rate_limited) == 429U);
  BOOST_TEST(status_of(ec::job_not_found) == 404U);
  BOOST_TEST(status_of(ec::internal) == 500U);
  for (const auto code : {ec::breaker_open, ec::queue_full, ec::store_unavailable, ec::store_full, ec::shutting_down,
                          ec::expired_in_queue, ec::engine_unavailable, ec::no_answer}) {
    BOOST_TEST(status_of(code) == 503U);
    BOOST_TEST(make_problem(code).retry_after.has_value());
  }
}

BOOST_AUTO_TEST_SUITE_END()
