#include "../server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

const std::string job_path = "/ocr/jobs/0123456789abcdef0123456789abcdef";
const std::string json_header = "Content-Type: application/json\r\n";

void refuse_with(fake_gateway& gate, const submission& s) {
  gate.on_submit = [s](const auto&, const auto& done) { done(s); };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(contract, server_fixture)

BOOST_AUTO_TEST_CASE(get_root) {
  start();
  const auto answer = get("/");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.header("content-type") == "application/json");
  BOOST_TEST(answer.header("cache-control") == "no-store");
  BOOST_TEST(answer.header("x-content-type-options") == "nosniff");
  BOOST_TEST(answer.header("date").ends_with(" GMT"));
  BOOST_TEST(answer.header("ratelimit") == "");
  BOOST_TEST(answer.body == R"({"service":"OCR Batch Processing Service","version":"1.2.3","status":"healthy",)"
                            R"("google_cloud_available":false,"engine":"fake"})");
}

BOOST_AUTO_TEST_CASE(get_liveness_and_readiness) {
  start();
  BOOST_TEST(get("/livez").status == 200);
  BOOST_TEST(get("/readyz").status == 200);
  running->refuse_new_work();
  BOOST_TEST(get("/livez").status == 200);
  const auto refused = get("/readyz");
  BOOST_TEST(problem_kind(refused) == "shutting-down");
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.header("retry-after") != "");
}

BOOST_AUTO_TEST_CASE(readiness_follows_the_store) {
  gate.on_report = [](duration, const auto& done) {
    auto report = sample_report();
    report.store_works = false;
    done(report);
  };
  start();
  const auto refused = get("/readyz");
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(problem_kind(refused) == "store-unavailable");
  BOOST_TEST(refused.header("retry-after") == "5");
  BOOST_TEST(get("/health").status == 200);
  BOOST_TEST(field(get("/health").body, "/status") == "degraded");
}

BOOST_AUTO_TEST_CASE(health_is_200_and_shows_what_is_known_when_parts_do_not_answer) {
  duration asked{};
  service_report report;
  gate.on_report = [&](duration at_most, const auto& done) {
    asked = at_most;
    done(report);
  };
  start();
  const auto nothing = get("/health");
  BOOST_TEST((asked < 1s));
  BOOST_TEST(nothing.status == 200);
  BOOST_TEST(field(nothing.body, "/status") == "degraded");
  BOOST_TEST(field(nothing.body, "/queue/waiting") == "null");
  // Calls may be stopped: who knows.
  BOOST_TEST(field(nothing.body, "/calls/stopped") == "null");
  BOOST_TEST(field(nothing.body, "/config/circuit_breaker/threshold") == "5");
  report = sample_report();
  report.jobs.reset();
  const auto partly = get("/health");
  BOOST_TEST(field(partly.body, "/status") == "degraded");
  BOOST_TEST(field(partly.body, "/job_storage/total_jobs") == "null");
  BOOST_TEST(field(partly.body, "/circuit_breaker/state") == "closed");
  BOOST_TEST(field(partly.body, "/usage/jobs_last_minute") == "1");
}

/// Whether the answer says that the outcome is not known, and when to ask again.
bool tells_no_answer(const http_answer& answer) {
  return answer.status == 503 && problem_kind(answer) == "no-answer" && answer.header("retry-after") == "5" &&
         field(answer.body, "/detail").find("safe to send it again") != std::string::npos;
}

BOOST_AUTO_TEST_CASE(a_part_that_does_not_answer_in_time_is_no_defect) {
  gate.on_submit = [](const auto&, const auto& done) {
    submission s;
    s.refused = ec::no_answer;
    done(s);
  };
  gate.on_get = [](const auto&, const auto& done) { done(ec::no_answer); };
  gate.on_wait = [](const auto&, duration, const auto& done) { done(ec::no_answer); };
  gate.on_cancel = [](const auto&, const auto& done) { done(ec::no_answer); };
  gate.on_list = [](const auto&, const auto& done) { done(ec::no_answer); };
  gate.on_usage = [](const auto& done) { done(ec::no_answer); };
  gate.on_report = [](duration, const auto& done) { done(service_report{}); };
  start();
  BOOST_TEST(tells_no_answer(post_json("/ocr/jobs", job_body())));
  BOOST_TEST(tells_no_answer(get(job_path)));
  BOOST_TEST(tells_no_answer(get(job_path + "?wait=55")));
  BOOST_TEST(tells_no_answer(call("DELETE", job_path)));
  BOOST_TEST(tells_no_answer(get("/ocr/jobs")));
  BOOST_TEST(tells_no_answer(get("/usage")));
  BOOST_TEST(tells_no_answer(get("/readyz")));
  BOOST_TEST(get("/ocr/jobs").header("ratelimit") != "");
}

BOOST_AUTO_TEST_CASE(usage_needs_the_windows_and_the_counts) {
  service_report report;
  gate.on_report = [&](duration, const auto& done) { done(report); };
  start();
  report = sample_report();
  report.usage.reset();
  BOOST_TEST(tells_no_answer(get("/usage")));
  report = sample_report();
  report.jobs.reset();
  BOOST_TEST(tells_no_answer(get("/usage")));
  report = sample_report();
  report.store_works.reset();
  BOOST_TEST(get("/usage").status == 200);
}

BOOST_AUTO_TEST_CASE(a_job_whose_deletion_was_not_answered_is_asked_for_again) {
  bool deleted = false;
  gate.on_get = [&](const auto& id, const auto& done) {
    if (deleted)
      done(ec::job_not_found);
    else
      done(completed_job(id));
  };
  gate.on_cancel = [&](const auto&, const auto& done) {
    deleted = true;
    done(ec::no_answer);
  };
  start();
  BOOST_TEST(get(job_path).status == 200);
  BOOST_TEST(tells_no_answer(call("DELETE", job_path)));
  BOOST_TEST(get(job_path).status == 404);
}

BOOST_AUTO_TEST_CASE(get_health_and_usage) {
  start();
  const auto health = get("/health").body;
  BOOST_TEST(field(health, "/status") == "healthy");
  BOOST_TEST(field(health, "/usage/jobs_last_minute") == "1");
  const auto usage = get("/usage").body;
  BOOST_TEST(field(usage, "/limits/per_day") == "1000");
}

BOOST_AUTO_TEST_CASE(post_capacity) {
  start();
  const auto answer = post_json("/capacity", R"({"width":666,"height":64})");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body ==
             R"({"max_images":757,"limits":{"by_height":757,"by_pixels":1173,"by_file_size":924,)"
             R"("by_config":950},"limiting_factor":"height","max_calls_per_job":null,"estimated_file_size_mb":12.28})");
  const auto refused = post_json("/capacity", R"({"width":0,"height":"x"})");
  BOOST_TEST(refused.status == 422);
  BOOST_TEST(field(refused.body, "/errors/1/field") == "height");
  BOOST_TEST(field(refused.body, "/errors/2") == "missing");
  BOOST_TEST(post_json("/capacity", "{").status == 400);
  BOOST_TEST(call("POST", "/capacity", "Content-Type: text/plain\r\n", "x").status == 415);
}

BOOST_AUTO_TEST_CASE(a_job_is_accepted_with_202) {
  std::shared_ptr<const job_spec> got;
  gate.on_submit = [&, submit = gate.on_submit](const auto& spec, const auto& done) {
    got = spec;
    submit(spec, done);
  };
  start();
  const auto answer =
      call("POST", "/ocr/jobs", json_header,
           R"({"images":[{"id":"x","data":")" + to_base64(png_header(7, 9)) + R"("}],"language_hints":["zh"]})");
  BOOST_TEST(answer.status == 202);
  BOOST_TEST(answer.header("location") == job_path);
  BOOST_TEST(answer.header("retry-after") == "1");
  BOOST_TEST(answer.header("ratelimit-policy") ==
             "\"minute\";q=10;w=60, \"hour\";q=100;w=3600, \"day\";q=1000;w=86400");
  BOOST_TEST(answer.header("ratelimit") == "\"minute\";r=9;t=59");
  const auto json = answer.body;
  BOOST_TEST(field(json, "/job_id") == "0123456789abcdef0123456789abcdef");
  BOOST_TEST(field(json, "/status") == "pending");
  BOOST_TEST(field(json, "/message") == "The job is accepted.");
  BOOST_TEST_REQUIRE(got->pictures.size() == 1U);
  BOOST_TEST(got->pictures[0].id == "x");
  BOOST_TEST(got->pictures[0].info.width == 7U);
  BOOST_TEST(got->language_hints.at(0) == "zh");
}

BOOST_AUTO_TEST_CASE(a_dry_run_is_answered_with_200_and_submits_nothing) {
  gate.on_quote = [](const auto& spec, const auto& done) {
    quote q;
    auto& needed = q.needed.emplace();
    needed.sent = static_cast<std::uint32_t>(spec->pictures.size());
    needed.calls = 1;
    needed.price = 1500;
    q.waits_in_line = spec->max_delay.has_value();
    if (spec->language_hints == std::vector<std::string>{"zh"}) {
      q.answer.refused = ec::rate_limited;
      q.answer.detail = "the limit of the day is reached";
      q.answer.retry_after = 90s;
      q.answer.usage = sample_usage();
    }
    done(q);
  };
  start();
  for (const auto* yes : {"true", "1"}) {
    const auto answer = post_json(std::string{"/ocr/jobs?dry_run="} + yes, job_body());
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("location") == "");
    BOOST_TEST(answer.header("ratelimit") == "\"minute\";r=9;t=59");
    BOOST_TEST(field(answer.body, "/estimated_usd") == "0.0015");
  }
  BOOST_TEST(field(post_json("/ocr/jobs?dry_run=1", job_body()).body, "/waits_for") == "null");
  BOOST_TEST(field(post_json("/ocr/jobs?dry_run=1&max_delay_seconds=60", job_body()).body, "/waits_for") == "budget");
  BOOST_TEST(post_json("/ocr/jobs?dry_run=1&max_delay_seconds=soon", job_body()).status == 422);
  const auto refused =
      call("POST", "/ocr/jobs?dry_run=true", json_header,
           R"({"images":[{"id":"x","data":")" + to_base64(png_header(7, 9)) + R"("}],"language_hints":["zh"]})");
  BOOST_TEST(refused.status == 200);
  BOOST_TEST(field(refused.body, "/refused/status") == "429");
  BOOST_TEST(field(refused.body, "/retry_after") == "90");
  BOOST_TEST(gate.submits == 0);
  // What is not valid is refused as ever.
  BOOST_TEST(post_json("/ocr/jobs?dry_run=true", "{}").status == 422);
  BOOST_TEST(post_json("/ocr/jobs?dry_run=maybe", job_body()).status == 422);
  BOOST_TEST(post_json("/ocr/jobs?dry_run=true&dry_run=false", job_body()).status == 422);
  // Elsewhere it would be ignored, and the job paid.
  const auto in_body = post_json("/ocr/jobs", R"({"dry_run":true,"images":[{"id":"x","data":")" +
                                                  to_base64(png_header(7, 9)) + R"("}]})");
  BOOST_TEST(in_body.status == 422);
  BOOST_TEST(field(in_body.body, "/errors/0/field") == "dry_run");
  const auto in_form = call("POST", "/ocr/jobs", "Content-Type: multipart/form-data; boundary=b\r\n",
                            "--b\r\nContent-Disposition: form-data; name=\"dry_run\"\r\n\r\ntrue\r\n"
                            "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"x.png\"\r\n\r\n" +
                                png_header(7, 9) + "\r\n--b--\r\n");
  BOOST_TEST(in_form.status == 422);
  BOOST_TEST(field(in_form.body, "/errors/0/field") == "dry_run");
  BOOST_TEST(post_json("/ocr/jobs?dry_run=false", job_body()).status == 202);
  BOOST_TEST(gate.submits == 1);
}

BOOST_AUTO_TEST_CASE(a_delay_is_taken_from_every_body_and_from_the_query) {
  std::vector<std::optional<duration>> got;
  gate.on_submit = [&, submit = gate.on_submit](const auto& spec, const auto& done) {
    got.push_back(spec->max_delay);
    submit(spec, done);
  };
  start();
  const std::string multipart = "Content-Type: multipart/form-data; boundary=b\r\n";
  const auto file = "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"x.png\"\r\n\r\n" +
                    png_header(7, 9) + "\r\n--b--\r\n";
  const std::string form_field = "--b\r\nContent-Disposition: form-data; name=\"max_delay_seconds\"\r\n\r\n60\r\n";
  const auto json_with = [](const std::string& value) {
    return R"({"max_delay_seconds":)" + value + R"(,"images":[{"id":"x","data":")" + to_base64(png_header(7, 9)) +
           R"("}]})";
  };
  BOOST_TEST(post_json("/ocr/jobs", json_with("60")).status == 202);
  BOOST_TEST(call("POST", "/ocr/jobs", multipart, form_field + file).status == 202);
  BOOST_TEST(post_json("/ocr/jobs?max_delay_seconds=60", job_body()).status == 202);
  BOOST_TEST(call("POST", "/ocr/jobs?max_delay_seconds=60", multipart, file).status == 202);
  BOOST_TEST(
      call("POST", "/ocr/jobs?id=x&max_delay_seconds=60", "Content-Type: image/png\r\n", png_header(7, 9)).status ==
      202);
  BOOST_TEST_REQUIRE(got.size() == 5U);
  for (const auto& delay : got)
    BOOST_TEST((delay == 60s));
  BOOST_TEST(post_json("/ocr/jobs", json_with("86400")).status == 202);
  BOOST_TEST((got.back() == 24h));
  BOOST_TEST(post_json("/ocr/jobs?max_delay_seconds=0", json_with("null")).status == 202);
  BOOST_TEST((got.back() == 0s));
  BOOST_TEST(post_json("/ocr/jobs", json_with("null")).status == 202);
  BOOST_TEST(!got.back().has_value());
  BOOST_TEST(got.size() == 8U);

  const std::string bad =
      "it must be a whole number of seconds from 0 to 86400 (JOB_MAX_AGE_SECONDS); correct it, or leave it out";
  const auto refused = [&](const http_answer& answer) {
    BOOST_TEST(answer.status == 422);
    BOOST_TEST(problem_kind(answer) == "invalid-request");
    BOOST_TEST(field(answer.body, "/errors/0/field") == "max_delay_seconds");
    return field(answer.body, "/errors/0/detail");
  };
  BOOST_TEST(refused(post_json("/ocr/jobs", json_with("86401"))) == bad);
  BOOST_TEST(refused(post_json("/ocr/jobs", json_with("\"60\""))) == bad);
  BOOST_TEST(refused(post_json("/ocr/jobs?max_delay_seconds=-1", job_body())) == bad);
  BOOST_TEST(refused(post_json("/ocr/jobs?max_delay_seconds=", job_body())) == bad);
  BOOST_TEST(refused(post_json("/ocr/jobs?max_delay_seconds=%zz", job_body())) == "it is not percent-encoded properly");
  BOOST_TEST(refused(post_json("/ocr/jobs?max_delay_seconds=1&max_delay_seconds=1", job_body())) ==
             "it is given twice; give it once");
  const std::string both = "it is given in the query and in the body; give it in one of them";
  BOOST_TEST(refused(post_json("/ocr/jobs?max_delay_seconds=60", json_with("60"))) == both);
  BOOST_TEST(refused(call("POST", "/ocr/jobs?max_delay_seconds=60", multipart, form_field + file)) == both);
  // With whatever else is wrong.
  const auto several = post_json("/ocr/jobs?max_delay_seconds=soon", R"({"images":[{"id":"x","data":"%"}]})");
  BOOST_TEST(field(several.body, "/errors/0/field") == "max_delay_seconds");
  BOOST_TEST(field(several.body, "/errors/1/image") == "x");
  BOOST_TEST(gate.submits == 8);
}

BOOST_AUTO_TEST_CASE(an_identical_job_is_answered_with_200) {
  submission s;
  s.id = "0123456789abcdef0123456789abcdef";
  s.status = job_status::processing;
  s.identical = true;
  refuse_with(gate, s);
  start();
  const auto answer = post_json("/ocr/jobs", job_body());
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.header("location") == job_path);
  BOOST_TEST(answer.header("retry-after") == "");
  BOOST_TEST(answer.header("ratelimit") == "\"minute\";r=9;t=59");
  BOOST_TEST(field(answer.body, "/status") == "processing");
}

BOOST_AUTO_TEST_CASE(multipart_and_single_images_are_accepted) {
  std::vector<std::shared_ptr<const job_spec>> got;
  gate.on_submit = [&, submit = gate.on_submit](const auto& spec, const auto& done) {
    got.push_back(spec);
    submit(spec, done);
  };
  start();
  const std::string parts =
      "--B\r\nContent-Disposition: form-data; name=\"files\"; filename=\"one.png\"\r\n\r\n" + png_header(1, 2) +
      "\r\n--B\r\nContent-Disposition: form-data; name=\"language_hints\"\r\n\r\nzh,en\r\n--B--\r\n";
  BOOST_TEST(call("POST", "/ocr/jobs", "Content-Type: multipart/form-data; boundary=B\r\n", parts).status == 202);
  BOOST_TEST(
      call("POST", "/ocr/jobs?id=my%20id&language_hints=en", "Content-Type: image/jpeg\r\n", png_header(3, 4)).status ==
      202);
  BOOST_TEST(call("POST", "/ocr/jobs", "Content-Type: image/png\r\n", png_header(3, 4)).status == 202);
  BOOST_TEST_REQUIRE(got.size() == 3U);
  BOOST_TEST(got[0]->pictures.at(0).id == "one.png");
  BOOST_TEST(got[0]->language_hints.size() == 2U);
  BOOST_TEST(got[1]->pictures.at(0).id == "my id");
  BOOST_TEST(got[1]->language_hints.at(0) == "en");
  BOOST_TEST(got[2]->pictures.at(0).id == "image");
}

BOOST_AUTO_TEST_CASE(a_picture_is_known_by_its_content_whatever_its_type) {
  std::vector<std::shared_ptr<const job_spec>> got;
  gate.on_submit = [&, submit = gate.on_submit](const auto& spec, const auto& done) {
    got.push_back(spec);
    submit(spec, done);
  };
  start();
  for (const std::string type :
       {"image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/x-png", "IMAGE/PNG", "image/webp", "image/gif",
        "image/bmp", "image/x-ms-bmp", "image/tiff", "image/jp2", "image/jpx", "image/heic", "image/heif", "image/avif",
        "image/vnd.whatever; q=1", "application/octet-stream", " "})
    BOOST_TEST(call("POST", "/ocr/jobs?id=x", "Content-Type: " + type + "\r\n", png_header(7, 9)).status == 202, type);
  BOOST_TEST(call("POST", "/ocr/jobs?id=x", "", png_header(7, 9)).status == 202);
  BOOST_TEST(call("POST", "/ocr/jobs?id=x", "Content-Type: multipart/form-data; boundary=B\r\n",
                  "--B\r\nContent-Disposition: form-data; name=f; filename=x\r\nContent-Type: text/html\r\n\r\n" +
                      png_header(7, 9) + "\r\n--B--")
                 .status == 202);
  BOOST_TEST(call("POST", "/ocr/jobs", "Content-Type: multipart/form-data; boundary=B\r\n",
                  "--B\r\nContent-Disposition: form-data; name=x\r\nContent-Type: Image/PJPEG\r\n\r\n" +
                      png_header(7, 9) + "\r\n--B--")
                 .status == 202);
  BOOST_TEST_REQUIRE(got.size() == 22U);
  for (const auto& spec : got) {
    BOOST_TEST(spec->pictures.at(0).id == "x");
    BOOST_TEST(spec->pictures.at(0).info.width == 7U);
  }
}

BOOST_AUTO_TEST_CASE(a_body_of_no_type_is_json_where_it_begins_with_a_brace) {
  start();
  BOOST_TEST(call("POST", "/ocr/jobs", "", job_body()).status == 202);
  BOOST_TEST(call("POST", "/ocr/jobs", "", "\r\n " + job_body()).status == 202);
  BOOST_TEST(problem_kind(call("POST", "/ocr/jobs", "", "{")) == "malformed-request");
  const auto form = call("POST", "/ocr/jobs", "", "--B\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n");
  BOOST_TEST(form.status == 400);
  BOOST_TEST(field(form.body, "/detail") ==
             "the body looks like multipart/form-data, and no Content-Type names its boundary");
  BOOST_TEST(field(call("POST", "/ocr/jobs").body, "/errors/0/detail") == "it is empty");
  BOOST_TEST(gate.submits == 2);
}

BOOST_AUTO_TEST_CASE(options_are_asked_for_in_the_query_a_field_or_json) {
  std::vector<std::shared_ptr<const job_spec>> got;
  gate.on_submit = [&, submit = gate.on_submit](const auto& spec, const auto& done) {
    got.push_back(spec);
    submit(spec, done);
  };
  start();
  const std::string multipart = "Content-Type: multipart/form-data; boundary=b\r\n";
  const auto file = "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n" + png_header(7, 9) + "\r\n";
  const auto wish = std::string{"--b\r\nContent-Disposition: form-data; name=near_duplicates\r\n\r\ntrue\r\n"
                                "--b\r\nContent-Disposition: form-data; name=keep_images\r\n\r\ntrue\r\n"};
  const auto image = R"({"images":[{"id":"x","data":")" + to_base64(png_header(7, 9)) + R"("}])";
  BOOST_TEST(post_json("/ocr/jobs", image + R"(,"near_duplicates":true,"keep_images":true})").status == 202);
  BOOST_TEST(post_json("/ocr/jobs?near_duplicates=true&keep_images=true", image + "}").status == 202);
  BOOST_TEST(call("POST", "/ocr/jobs", multipart, file + wish + "--b--").status == 202);
  BOOST_TEST(call("POST", "/ocr/jobs?id=x&near_duplicates=true&keep_images=true", "Content-Type: image/png\r\n",
                  png_header(7, 9))
                 .status == 202);
  BOOST_TEST_REQUIRE(got.size() == 4U);
  for (const auto& spec : got) {
    BOOST_TEST(spec->near_duplicates);
    BOOST_TEST(spec->keep_images);
    BOOST_TEST((spec->identity == got[0]->identity));
  }
}

BOOST_AUTO_TEST_CASE(faulty_pictures_are_skipped_where_every_body_and_the_query_say_so) {
  std::vector<std::shared_ptr<const job_spec>> got;
  gate.on_submit = [&, submit = gate.on_submit](const auto& spec, const auto& done) {
    got.push_back(spec);
    submit(spec, done);
  };
  start();
  const std::string multipart = "Content-Type: multipart/form-data; boundary=b\r\n";
  const auto part = [](const std::string& disposition, const std::string& content) {
    return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n";
  };
  const auto files = part("name=f; filename=x", png_header(7, 9)) + part("name=f; filename=y", "%PDF-1.7");
  const auto json_with = [](const std::string& more) {
    return R"({"images":[{"id":"x","data":")" + to_base64(png_header(7, 9)) + R"("},{"id":"y","data":"JVBERi0xLjc"}])" +
           more + "}";
  };
  BOOST_TEST(post_json("/ocr/jobs", json_with(R"(,"on_error":"skip")")).status == 202);
  BOOST_TEST(post_json("/ocr/jobs?on_error=skip", json_with("")).status == 202);
  BOOST_TEST(post_json("/ocr/jobs?on_error=skip", json_with(R"(,"on_error":null)")).status == 202);
  BOOST_TEST(call("POST", "/ocr/jobs", multipart, files + part("name=on_error", "skip") + "--b--").status == 202);
  BOOST_TEST(call("POST", "/ocr/jobs?on_error=skip", multipart, files + "--b--").status == 202);
  BOOST_TEST_REQUIRE(got.size() == 5U);
  for (const auto& spec : got) {
    BOOST_TEST((spec->identity == got[0]->identity));
    BOOST_TEST(spec->pictures.at(0).refused == "");
    BOOST_TEST(spec->pictures.at(1).refused.starts_with("the file is a PDF"));
  }

  for (const auto* refuse : {"", R"(,"on_error":"refuse")", R"(,"on_error":null)"}) {
    const auto answer = post_json("/ocr/jobs", json_with(refuse));
    BOOST_TEST(answer.status == 415);
    BOOST_TEST(field(answer.body, "/errors/0/image") == "y");
  }
  const auto refused = [&](const http_answer& answer) {
    BOOST_TEST(answer.status == 422);
    BOOST_TEST(field(answer.body, "/errors/0/field") == "on_error");
    return field(answer.body, "/errors/0/detail");
  };
  const std::string bad = "it must be refuse or skip; correct it, or leave it out";
  BOOST_TEST(refused(post_json("/ocr/jobs?on_error=", job_body())) == bad);
  BOOST_TEST(refused(post_json("/ocr/jobs?on_error=SKIP", job_body())) == bad);
  for (const auto* wrong : {R"(,"on_error":true)", R"(,"on_error":["skip"])", R"(,"on_error":"")"})
    BOOST_TEST(refused(post_json("/ocr/jobs", json_with(wrong))) == bad, wrong);
  BOOST_TEST(refused(post_json("/ocr/jobs?on_error=%zz", job_body())) == "it is not percent-encoded properly");
  BOOST_TEST(refused(post_json("/ocr/jobs?on_error=skip&on_error=skip", job_body())) ==
             "it is given twice; give it once");
  BOOST_TEST(refused(post_json("/ocr/jobs?on_error=skip", json_with(R"(,"on_error":"skip")"))) ==
             "it is given in the query and in the body; give it in one of them");
  BOOST_TEST(gate.submits == 5);
}

BOOST_AUTO_TEST_CASE(a_dry_run_counts_the_pictures_that_would_be_skipped) {
  gate.on_quote = [](const auto& spec, const auto& done) {
    glyphgate::quote q;
    q.needed.emplace().sent = 1;
    q.needed->refused = glyphgate::refused_pictures(*spec);
    done(q);
  };
  start();
  const auto answer = post_json("/ocr/jobs?dry_run=true&on_error=skip", R"({"images":[{"id":"x","data":")" +
                                                                            to_base64(png_header(7, 9)) +
                                                                            R"("},{"id":"y","data":"*"},{"id":"z"}]})");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(field(answer.body, "/images/total") == "3");
  BOOST_TEST(field(answer.body, "/images/sent") == "1");
  BOOST_TEST(field(answer.body, "/images/refused") == "2");
}

BOOST_AUTO_TEST_CASE(error_400_tells_where) {
  start();
  const auto json = post_json("/ocr/jobs", "{\"images\":[}");
  BOOST_TEST(json.status == 400);
  BOOST_TEST(problem_kind(json) == "malformed-request");
  BOOST_TEST(field(json.body, "/detail").find("at byte 11") != std::string::npos);
  const std::string multipart = "Content-Type: multipart/form-data";
  BOOST_TEST(call("POST", "/ocr/jobs", multipart + "; boundary=B\r\n", "--B\r\nX").status == 400);
  BOOST_TEST(call("POST", "/ocr/jobs", multipart + "\r\n", "--B\r\nX").status == 400);
  BOOST_TEST(call("POST", "/ocr/jobs?id=%zz", "Content-Type: image/png\r\n", png_header(3, 4)).status == 400);
  BOOST_TEST(gate.submits == 0);
}

BOOST_AUTO_TEST_CASE(error_404_for_paths_and_jobs) {
  start();
  BOOST_TEST(problem_kind(get("/nothing")) == "not-found");
  BOOST_TEST(get("/nothing").status == 404);
  BOOST_TEST(get("/ocr/nothing").header("ratelimit") != "");
  const auto job = get(job_path);
  BOOST_TEST(job.status == 404);
  BOOST_TEST(problem_kind(job) == "job-not-found");
  BOOST_TEST(job.header("ratelimit") != "");
  const int asked = gate.gets;
  for (const auto* odd : {"/ocr/jobs/a/b", "/ocr/jobs/..", "/ocr/jobs/a%20b"})
    BOOST_TEST(get(odd).status == 404, odd);
  BOOST_TEST(gate.gets == asked);
}

BOOST_AUTO_TEST_CASE(error_405_names_the_methods) {
  start();
  const auto allowed = [&](const char* method, const std::string& path) {
    const auto answer = call(method, path);
    return std::to_string(answer.status) + " " + answer.header("allow");
  };
  BOOST_TEST(allowed("POST", "/") == "405 GET, HEAD");
  BOOST_TEST(allowed("DELETE", "/health") == "405 GET, HEAD");
  BOOST_TEST(allowed("GET", "/capacity") == "405 POST");
  BOOST_TEST(allowed("PUT", "/ocr/jobs") == "405 GET, HEAD, POST");
  BOOST_TEST(allowed("POST", job_path) == "405 GET, HEAD, DELETE");
  BOOST_TEST(allowed("BREW", "/") == "405 GET, HEAD");
  BOOST_TEST(problem_kind(call("PATCH", "/usage")) == "method-not-allowed");
}

BOOST_AUTO_TEST_CASE(error_413_for_the_body_and_for_images) {
  settings.http.max_body_mb = 1;
  start();
  const auto body = call("POST", "/ocr/jobs", json_header, std::string((1U << 20U) + 1, ' '));
  BOOST_TEST(body.status == 413);
  BOOST_TEST(problem_kind(body) == "body-too-large");
  BOOST_TEST(field(body.body, "/limit/name") == "max_body_mb");
  BOOST_TEST(field(body.body, "/limit/value") == "1");
  BOOST_TEST(body.header("ratelimit") != "");
  BOOST_TEST(body.header("connection") == "close");

  const auto image = call("POST", "/ocr/jobs", "Content-Type: image/png\r\n", png_header(60'000, 1000));
  BOOST_TEST(image.status == 413);
  BOOST_TEST(problem_kind(image) == "image-too-large");
  BOOST_TEST(field(image.body, "/limit/name") == "pixel_limit");
  BOOST_TEST(field(image.body, "/limit/value") == "50000000");
  BOOST_TEST(field(image.body, "/errors/0/image") == "image");
  BOOST_TEST(image.header("connection") == "keep-alive");
  BOOST_TEST(gate.submits == 0);
}

BOOST_AUTO_TEST_CASE(error_415_for_the_type_and_for_images) {
  start();
  for (const auto* given : {"text/plain", "image", "imagery/png", "application/x-www-form-urlencoded"}) {
    const auto type = call("POST", "/ocr/jobs", "Content-Type: " + std::string{given} + "\r\n", png_header(1, 2));
    BOOST_TEST(type.status == 415);
    BOOST_TEST(problem_kind(type) == "unsupported-media-type");
    BOOST_TEST(field(type.body, "/supported/0") == "application/json");
    BOOST_TEST(field(type.body, "/supported/2") == "application/octet-stream");
    BOOST_TEST(field(type.body, "/supported/12") == "image/avif");
  }
  for (const auto* path : {"/ocr/jobs", "/capacity"}) {
    const auto coding = call("POST", path, json_header + "Content-Encoding: gzip\r\n", "x");
    BOOST_TEST(coding.status == 415);
    BOOST_TEST(problem_kind(coding) == "unsupported-coding");
  }
  for (const auto* header : {"Content-Type: image/png\r\n", "Content-Type: image/x-whatever\r\n", ""}) {
    const auto image = call("POST", "/ocr/jobs", header, "%PDF-1.7");
    BOOST_TEST(image.status == 415);
    BOOST_TEST(problem_kind(image) == "unsupported-format");
    BOOST_TEST(field(image.body, "/supported/0") == "image/jpeg");
    BOOST_TEST(field(image.body, "/supported/9") == "image/avif");
  }
  BOOST_TEST(gate.submits == 0);
}

BOOST_AUTO_TEST_CASE(error_422_lists_everything) {
  start();
  const auto good = to_base64(png_header(1, 1));
  const auto answer =
      post_json("/ocr/jobs", R"({"images":[{"id":"a","data":")" + good + R"("},{"id":"a","data":")" + good +
                                 R"("},{"id":"c","data":"@"},{"id":"d","data":""},{"data":")" + good + R"("}]})");
  BOOST_TEST(answer.status == 422);
  BOOST_TEST(problem_kind(answer) == "invalid-request");
  const auto json = answer.body;
  BOOST_TEST(field(json, "/errors/4") == "missing");
  BOOST_TEST(field(json, "/errors/0/image") == "a");
  BOOST_TEST(field(json, "/errors/1/image") == "c");
  BOOST_TEST(field(json, "/errors/2/image") == "d");
  BOOST_TEST(field(json, "/errors/3/image") == "4");
  for (const auto* body : {R"({"images":[]})", "{}", "[]", R"({"images":5})",
                           R"({"images":[{"id":"a","data":"Zg"}],"language_hints":["fr"]})"}) {
    const auto other = post_json("/ocr/jobs", body);
    BOOST_TEST(other.status == 422, body);
    BOOST_TEST(field(other.body, "/errors/0/detail") != "missing");
  }
  BOOST_TEST(gate.submits == 0);
}

BOOST_AUTO_TEST_CASE(error_422_for_a_job_that_no_day_can_pay_for) {
  submission s;
  s.refused = ec::job_too_large;
  s.detail = "it needs 1001 calls";
  refuse_with(gate, s);
  start();
  const auto answer = post_json("/ocr/jobs", job_body());
  BOOST_TEST(answer.status == 422);
  BOOST_TEST(problem_kind(answer) == "job-too-large");
  BOOST_TEST(field(answer.body, "/errors/0/detail") == "it needs 1001 calls");
}

BOOST_AUTO_TEST_CASE(error_429_carries_the_usage) {
  submission s;
  s.refused = ec::rate_limited;
  s.detail = "10 jobs were accepted in the last minute";
  s.retry_after = 41200ms;
  s.usage = sample_usage();
  s.usage->minute.current = 10;
  refuse_with(gate, s);
  start();
  const auto answer = post_json("/ocr/jobs", job_body());
  BOOST_TEST(answer.status == 429);
  BOOST_TEST(problem_kind(answer) == "rate-limited");
  BOOST_TEST(answer.header("retry-after") == "42");
  BOOST_TEST(answer.header("ratelimit") == "\"minute\";r=0;t=59");
  const auto json = answer.body;
  BOOST_TEST(field(json, "/error") == "10 jobs were accepted in the last minute");
  BOOST_TEST(field(json, "/usage/minute/current") == "10");
  BOOST_TEST(field(json, "/usage/minute/limit") == "10");
  BOOST_TEST(field(json, "/usage/hour/limit") == "100");
  BOOST_TEST(field(json, "/usage/day/current") == "1");
}

BOOST_AUTO_TEST_CASE(error_503_asks_to_come_back) {
  submission s;
  gate.on_submit = [&](const auto&, const auto& done) { done(s); };
  start();
  const std::vector<std::pair<ec, std::string>> kinds{{ec::breaker_open, "breaker-open"},
                                                      {ec::queue_full, "queue-full"},
                                                      {ec::store_unavailable, "store-unavailable"},
                                                      {ec::store_full, "store-full"},
                                                      {ec::shutting_down, "shutting-down"}};
  for (const auto& [code, kind] : kinds) {
    s.refused = code;
    s.retry_after = 0ms;
    const auto answer = post_json("/ocr/jobs", job_body());
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(problem_kind(answer) == kind);
    BOOST_TEST(answer.header("retry-after") == "1");
    s.retry_after.reset();
    BOOST_TEST(post_json("/ocr/jobs", job_body()).header("retry-after") == "5");
  }
  running->refuse_new_work();
  const int before = gate.submits;
  BOOST_TEST(problem_kind(post_json("/ocr/jobs", job_body())) == "shutting-down");
  BOOST_TEST(gate.submits == before);
}

BOOST_AUTO_TEST_CASE(a_gateway_that_fails_or_forgets_is_answered_500) {
  gate.on_submit = [](const auto&, const auto&) {}; // drops the callback
  gate.on_get = [](const auto&, const auto& done) { done(ec::internal); };
  gate.on_list = [](const auto&, const auto&) { throw std::runtime_error{"broken"}; };
  start();
  BOOST_TEST(problem_kind(post_json("/ocr/jobs", job_body())) == "internal");
  const auto answer = get(job_path);
  BOOST_TEST(answer.status == 500);
  BOOST_TEST(problem_kind(answer) == "internal");
  BOOST_TEST(get("/ocr/jobs").status == 500);
  BOOST_TEST(get("/livez").status == 200);
}

BOOST_AUTO_TEST_CASE(an_unfinished_job_is_asked_for_every_time) {
  gate.on_get = [](const auto& id, const auto& done) { done(pending_job(id)); };
  start();
  const auto first = get(job_path);
  BOOST_TEST(first.status == 200);
  BOOST_TEST(field(first.body, "/status") == "pending");
  BOOST_TEST(field(first.body, "/result") == "null");
  BOOST_TEST(first.header("cache-control") == "private, no-cache");
  BOOST_TEST(get(job_path, "If-None-Match: " + first.header("etag") + "\r\n").status == 304);
  BOOST_TEST(gate.gets == 2);
}

BOOST_AUTO_TEST_CASE(a_finished_job_is_asked_for_once_until_it_expires) {
  gate.on_get = [](const auto& id, const auto& done) { done(completed_job(id, 10)); };
  start();
  const auto first = get(job_path);
  BOOST_TEST(first.status == 200);
  BOOST_TEST(field(first.body, "/result/images_processed") == "10");
  const auto second = get(job_path + "?wait=55");
  BOOST_TEST(second.body == first.body);
  BOOST_TEST(second.header("etag") == first.header("etag"));
  BOOST_TEST(second.header("ratelimit") != "");
  BOOST_TEST(gate.gets == 1);

  const auto unchanged = get(job_path, "If-None-Match: \"other\", W/" + first.header("etag") + "\r\n");
  BOOST_TEST(unchanged.status == 304);
  BOOST_TEST(unchanged.header("etag") == first.header("etag"));
  BOOST_TEST(unchanged.header("content-length") == "");
  BOOST_TEST(get(job_path, "If-None-Match: *\r\n").status == 304);
  BOOST_TEST(get(job_path, "If-None-Match: \"other\"\r\n").status == 200);
  BOOST_TEST(gate.gets == 1);

  now = at(1h);
  get(job_path);
  BOOST_TEST(gate.gets == 2);
}

BOOST_AUTO_TEST_CASE(details_are_kept_apart_and_forgotten_together) {
  gate.on_get = [](const auto& id, const auto& done) { done(completed_job(id, 2)); };
  gate.on_cancel = [](const auto&, const auto& done) { done(std::monostate{}); };
  start();
  const auto plain = get(job_path), words = get(job_path + "?detail=words"), layout = get(job_path + "?detail=layout");
  BOOST_TEST(field(plain.body, "/result/results/0/words") == "missing");
  BOOST_TEST(field(words.body, "/result/results/0/words/0/first_character") == "0");
  BOOST_TEST(field(layout.body, "/result/results/0/blocks/0/paragraphs/0/lines/0/words/0/first_character") == "0");
  BOOST_TEST(gate.gets == 3);
  BOOST_TEST(get(job_path + "?detail=words").body == words.body);
  BOOST_TEST(get(job_path).body == plain.body);
  BOOST_TEST(gate.gets == 3);

  BOOST_TEST(call("DELETE", job_path).status == 204);
  get(job_path + "?detail=layout");
  get(job_path);
  BOOST_TEST(gate.gets == 5);

  const auto wrong = get(job_path + "?detail=lines");
  BOOST_TEST(wrong.status == 422);
  BOOST_TEST(field(wrong.body, "/errors/0/field") == "detail");
}

BOOST_AUTO_TEST_CASE(waiting_is_left_to_the_gateway) {
  duration asked{};
  gate.on_wait = [&](const auto& id, duration at_most, const auto& done) {
    asked = at_most;
    done(completed_job(id));
  };
  start();
  BOOST_TEST(get(job_path + "?wait=55").status == 200);
  BOOST_TEST((asked == 55s));
  for (const auto* wrong : {"56", "-1", "1.5", "x", ""}) {
    const auto answer = get(job_path + "?wait=" + wrong);
    BOOST_TEST(answer.status == 422, wrong);
    BOOST_TEST(field(answer.body, "/errors/0/field") == "wait");
  }
}

BOOST_AUTO_TEST_CASE(an_answer_may_come_late_and_from_any_thread) {
  std::thread later;
  gate.on_wait = [&](const auto& id, duration, const auto& done) {
    later = std::thread{[id, done] { done(completed_job(id)); }};
  };
  start();
  BOOST_TEST(get(job_path + "?wait=5").status == 200);
  later.join();
}

BOOST_AUTO_TEST_CASE(jobs_are_listed_by_page) {
  job_filter asked;
  gate.on_list = [&](const job_filter& filter, const auto& done) {
    asked = filter;
    job_page page;
    page.jobs = {*completed_job("abc")};
    page.next = 41;
    done(std::make_shared<const job_page>(page));
  };
  start();
  const auto answer = get("/ocr/jobs?status=completed&limit=1&cursor=42");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST((asked.status == job_status::completed));
  BOOST_TEST(asked.limit == 1U);
  BOOST_TEST(asked.cursor == 42U);
  BOOST_TEST(field(answer.body, "/jobs/0/job_id") == "abc");
  BOOST_TEST(field(answer.body, "/jobs/0/result") == "missing");
  BOOST_TEST(field(answer.body, "/next_cursor") == "41");
  get("/ocr/jobs");
  BOOST_TEST(asked.limit == 100U);
  BOOST_TEST(asked.cursor == 0U);
  for (const auto* wrong : {"status=done", "limit=0", "limit=1001", "cursor=0", "cursor=x", "status=%"})
    BOOST_TEST(get(std::string{"/ocr/jobs?"} + wrong).status == 422, wrong);
}

BOOST_AUTO_TEST_CASE(deleting_a_job_forgets_its_result) {
  bool deleted = false;
  gate.on_get = [&](const auto& id, const auto& done) {
    if (deleted)
      done(ec::job_not_found);
    else
      done(completed_job(id));
  };
  gate.on_cancel = [&](const auto&, const auto& done) {
    if (std::exchange(deleted, true))
      done(ec::job_not_found);
    else
      done(std::monostate{});
  };
  start();
  BOOST_TEST(get(job_path).status == 200);
  const auto answer = call("DELETE", job_path);
  BOOST_TEST(answer.status == 204);
  BOOST_TEST(answer.header("content-length") == "");
  BOOST_TEST(answer.header("ratelimit") != "");
  BOOST_TEST(get(job_path).status == 404);
  BOOST_TEST(call("DELETE", job_path).status == 404);
}

BOOST_AUTO_TEST_CASE(head_is_get_without_the_body) {
  gate.on_get = [](const auto& id, const auto& done) { done(completed_job(id)); };
  start();
  for (const auto& path :
       {std::string{"/"}, std::string{"/health"}, std::string{"/ocr/jobs"}, job_path, std::string{"/nothing"}}) {
    const auto full = get(path);
    auto connection = connect();
    connection.send(http_request("HEAD", path) + http_request("GET", "/livez"));
    const auto head = connection.read(true);
    BOOST_TEST(head.status == full.status);
    BOOST_TEST(head.header("content-length") == std::to_string(full.body.size()));
    BOOST_TEST(head.header("content-type") == full.header("content-type"));
    BOOST_TEST(connection.read().status == 200);
  }
}

BOOST_AUTO_TEST_CASE(sane_request_ids_come_back_and_others_are_replaced) {
  start();
  BOOST_TEST(get("/", "X-Request-Id: a.B-c_9\r\n").header("x-request-id") == "a.B-c_9");
  const std::string longest(128, 'x');
  BOOST_TEST(get("/nothing", "X-Request-Id: " + longest + "\r\n").header("x-request-id") == longest);
  for (const auto& odd :
       {std::string{}, std::string{"a b"}, std::string{"a\"b"}, longest + "x", std::string{"\xc3\xa9"}}) {
    const auto id = get("/", "X-Request-Id: " + odd + "\r\n").header("x-request-id");
    BOOST_TEST(id != odd);
    BOOST_TEST(id.size() >= 8U);
  }
  BOOST_TEST(get("/").header("x-request-id") != get("/").header("x-request-id"));
}

BOOST_AUTO_TEST_CASE(request_ids_of_the_service_s_own_count_nothing) {
  start();
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    ids.push_back(get("/").header("x-request-id"));
    BOOST_TEST(ids.back().size() == 16U);
  }
  // Neither in order, as would be so by chance once in 100! times, nor twice the same, nor with a part that all have.
  BOOST_TEST(!std::ranges::is_sorted(ids));
  BOOST_TEST(std::set(ids.begin(), ids.end()).size() == ids.size());
  for (std::size_t digit = 0; digit < 16; ++digit)
    BOOST_TEST(!std::ranges::all_of(ids, [&](const auto& id) { return id[digit] == ids.front()[digit]; }));
}

BOOST_AUTO_TEST_CASE(polls_ask_for_the_windows_once_a_second) {
  gate.on_get = [](const auto& id, const auto& done) { done(completed_job(id)); };
  start();
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(get(job_path).header("ratelimit") == "\"minute\";r=9;t=59");
  BOOST_TEST(gate.usages == 1);
  now = at(10min + 1s);
  get(job_path);
  BOOST_TEST(gate.usages == 2);
}

BOOST_AUTO_TEST_SUITE_END()
