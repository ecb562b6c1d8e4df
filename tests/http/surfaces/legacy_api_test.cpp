#include "../server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;

namespace {

struct legacy_fixture : server_fixture {
  legacy_fixture() { settings.http.legacy_answers = true; }

  std::string detail_of(const http_answer& answer) const {
    BOOST_TEST(answer.header("content-type") == "application/json");
    return field(answer.body, "/detail");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(legacy_api, legacy_fixture)

BOOST_AUTO_TEST_CASE(a_new_job_and_a_known_one_are_both_200) {
  start();
  const auto accepted = post_json("/ocr/jobs", job_body());
  BOOST_TEST(accepted.status == 200);
  BOOST_TEST(field(accepted.body, "/status") == "pending");
  BOOST_TEST(accepted.header("location") == "/ocr/jobs/0123456789abcdef0123456789abcdef");
}

// Such a job has ended when it is stored; it was told as one that waits.
BOOST_AUTO_TEST_CASE(a_job_that_has_ended_at_once_is_told_as_pending_and_a_known_one_as_it_is) {
  submission told;
  told.id = "0123456789abcdef0123456789abcdef";
  told.status = job_status::failed;
  gate.on_submit = [&](const auto&, const auto& done) { done(told); };
  start();
  BOOST_TEST(field(post_json("/ocr/jobs", job_body()).body, "/status") == "pending");
  told.identical = true;
  BOOST_TEST(field(post_json("/ocr/jobs", job_body()).body, "/status") == "failed");
}

BOOST_AUTO_TEST_CASE(what_is_no_image_fails_in_its_job) {
  std::shared_ptr<const job_spec> posted;
  gate.on_submit = [&](auto spec, const auto& done) {
    posted = std::move(spec);
    submission s;
    s.id = "0123456789abcdef0123456789abcdef";
    done(s);
  };
  start();
  for (const auto* data : {"bm8gaW1hZ2U=", "*", ""}) {
    const auto body = R"({"images":[{"id":"a","data":")" + std::string{data} + R"("}]})";
    BOOST_TEST(post_json("/ocr/jobs", body).status == 200);
    BOOST_REQUIRE(posted);
    BOOST_TEST(refused_pictures(*posted) == 1u);
    posted.reset();
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_the_request_itself_refuses_it) {
  start();
  const auto empty = post_json("/ocr/jobs", R"({"images":[]})");
  BOOST_TEST(empty.status == 422);
  BOOST_TEST(detail_of(empty).starts_with(R"([{"loc":["body","images"],"msg":)"), empty.body);
  const auto doubled = post_json("/ocr/jobs", R"({"images":[{"id":"a","data":"eA=="},{"id":"a","data":"eA=="}]})");
  BOOST_TEST(doubled.status == 422);
  BOOST_TEST(gate.submits == 0);
}

BOOST_AUTO_TEST_CASE(a_limit_is_told_within_detail) {
  gate.on_submit = [](const auto&, const auto& done) {
    submission s;
    s.refused = ec::rate_limited;
    s.detail = "the limit of the minute is reached";
    s.retry_after = std::chrono::seconds{7};
    s.usage = sample_usage();
    done(s);
  };
  start();
  const auto refused = post_json("/ocr/jobs", job_body());
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(refused.header("retry-after") == "7");
  BOOST_TEST(detail_of(refused) ==
             R"({"error":"the limit of the minute is reached","usage":{"minute":{"current":1,"limit":10},)"
             R"("hour":{"current":1,"limit":100},"day":{"current":1,"limit":1000}}})");
}

BOOST_AUTO_TEST_CASE(other_refusals_have_a_text) {
  start();
  const auto unknown = get("/ocr/jobs/0123456789abcdef");
  BOOST_TEST(unknown.status == 404);
  BOOST_TEST(unknown.body == R"({"detail":"Job not found"})");
  BOOST_TEST(detail_of(get("/ocr/other")) == "Not Found");
  const auto method = call("PUT", "/health");
  BOOST_TEST(method.status == 405);
  BOOST_TEST(method.header("allow") == "GET, HEAD");
  BOOST_TEST(detail_of(method) == "Method Not Allowed");
  const auto broken = post_json("/ocr/jobs", "{");
  BOOST_TEST(broken.status == 400);
  BOOST_TEST(detail_of(broken) != "");
}

BOOST_AUTO_TEST_CASE(capacity_takes_strings_and_a_body_without_a_type) {
  start();
  BOOST_TEST(field(post_json("/capacity", R"({"width":"666","height":"64"})").body, "/max_images") == "757");
  BOOST_TEST(field(call("POST", "/capacity", "", R"({"width":666,"height":64})").body, "/max_images") == "757");
  for (const auto* body : {R"({"width":"","height":"64"})", R"({"width":"6x","height":"64"})",
                           R"({"width":true,"height":64})", R"({"width":"-1","height":64})"})
    BOOST_TEST(post_json("/capacity", body).status == 422, body);
  BOOST_TEST(call("POST", "/capacity", "Content-Type: text/plain\r\n", "{}").status == 415);
}

BOOST_AUTO_TEST_CASE(a_slash_at_the_end_leads_to_the_path_without_it) {
  start();
  for (const std::string path : {"/health", "/usage", "/ocr/jobs", "/ocr/jobs/0123456789abcdef"}) {
    const auto moved = get(path + "/?a=b");
    BOOST_TEST(moved.status == 307, path);
    BOOST_TEST(moved.header("location") == path + "?a=b");
  }
  BOOST_TEST(get("/nothing/").status == 404);
  BOOST_TEST(get("//host.example/").status == 404);
}

BOOST_AUTO_TEST_CASE(the_version_is_the_old_one) {
  start();
  BOOST_TEST(field(get("/").body, "/version") == "2.0.0");
  BOOST_TEST(field(get("/health").body, "/version") == "2.0.0");
}

BOOST_AUTO_TEST_SUITE_END()
