#include "../gunzipped.hpp"
#include "../server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

const std::string job_path = "/ocr/jobs/0123456789abcdef0123456789abcdef";

/// A finished job whose result is long enough to be packed.
job_view_ptr long_job() {
  const auto job = std::make_shared<job_view>();
  job->id = "0123456789abcdef0123456789abcdef";
  job->status = job_status::failed;
  job->error = std::string(50'000, 'e');
  job->completed_at = at(1min);
  job->expires_at = at(1h);
  return job;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(conventions, server_fixture)

BOOST_AUTO_TEST_CASE(a_slash_at_the_end_is_redirected_where_the_path_is_there_without) {
  start();
  const std::pair<const char*, const char*> moved[] = {{"/health/", "/health"},
                                                       {"/livez///", "/livez"},
                                                       {"/ocr/jobs/?limit=3", "/ocr/jobs?limit=3"},
                                                       {"/ocr/jobs/abc/?wait=1", "/ocr/jobs/abc?wait=1"},
                                                       {"//", "/"}};
  for (const auto& [from, to] : moved)
    for (const auto* method : {"GET", "POST", "DELETE"}) {
      const auto answer = call(method, from);
      BOOST_TEST(answer.status == 308, from);
      BOOST_TEST(answer.header("location") == to);
    }
  for (const auto* path : {"/no/such/path/", "/ocr/", "/ocr/jobs/a/b/"})
    BOOST_TEST(get(path).status == 404, path);
  BOOST_TEST(get("//example.org/").status == 404);
}

BOOST_AUTO_TEST_CASE(options_tell_the_methods_of_a_path) {
  start();
  const std::pair<const char*, const char*> allowed[] = {{"/health", "GET, HEAD, OPTIONS"},
                                                         {"/capacity", "POST, OPTIONS"},
                                                         {"/ocr/jobs", "GET, HEAD, POST, OPTIONS"},
                                                         {"/ocr/jobs/abc", "GET, HEAD, DELETE, OPTIONS"}};
  for (const auto& [path, methods] : allowed) {
    const auto answer = call("OPTIONS", path);
    BOOST_TEST(answer.status == 204, path);
    BOOST_TEST(answer.header("allow") == methods);
    BOOST_TEST(answer.header("access-control-allow-methods") == "");
  }
  for (const auto* path : {"/no/such/path", "/ocr/no", "/ocr/jobs/a/b"})
    BOOST_TEST(call("OPTIONS", path).status == 404, path);
}

BOOST_AUTO_TEST_CASE(every_get_has_a_head) {
  start();
  for (const auto* path : {"/", "/livez", "/readyz", "/health", "/usage", "/ocr/jobs"}) {
    auto client = connect();
    client.send("HEAD " + std::string{path} + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const auto answer = client.read(true);
    BOOST_TEST(answer.status == 200, path);
    BOOST_TEST(answer.header("content-length") == std::to_string(get(path).body.size()));
    BOOST_TEST(client.is_closed());
  }
}

BOOST_AUTO_TEST_CASE(pages_of_named_origins_may_ask_and_read) {
  settings.http.cors_origins = {"https://a.example", "http://localhost:3000"};
  start();
  for (const std::string origin : {"https://a.example", "http://localhost:3000"})
    for (const auto* target : {"/ocr/jobs", "/no/such/path", "/ocr/jobs?limit=x"}) {
      const auto answer = get(target, "Origin: " + origin + "\r\n");
      BOOST_TEST(answer.header("access-control-allow-origin") == origin);
      BOOST_TEST(answer.header("vary").find("Origin") != std::string::npos);
      BOOST_TEST(answer.header("access-control-expose-headers").find("Location") != std::string::npos);
    }
  const auto asked = call("OPTIONS", "/ocr/jobs",
                          "Origin: https://a.example\r\nAccess-Control-Request-Method: POST\r\n"
                          "Access-Control-Request-Headers: authorization\r\n");
  BOOST_TEST(asked.status == 204);
  BOOST_TEST(asked.header("access-control-allow-origin") == "https://a.example");
  BOOST_TEST(asked.header("access-control-allow-methods") == "GET, HEAD, POST, OPTIONS");
  BOOST_TEST(asked.header("access-control-allow-headers").find("Authorization") != std::string::npos);
  for (const std::string other : {"https://b.example", "https://a.example.evil", "https://A.example", "null", "*"}) {
    const auto answer = get("/ocr/jobs", "Origin: " + other + "\r\n");
    BOOST_TEST(answer.header("access-control-allow-origin") == "", other);
    BOOST_TEST(answer.header("vary").find("Origin") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_preflight_needs_no_key) {
  keys = std::make_shared<live_keys>(
      std::make_shared<const key_ring>(std::get<key_ring>(key_ring::parse("alice:" + std::string(64, '0')))));
  settings.http.cors_origins = {"*"};
  start();
  const auto asked =
      call("OPTIONS", "/ocr/jobs", "Origin: https://a.example\r\nAccess-Control-Request-Method: POST\r\n");
  BOOST_TEST(asked.status == 204);
  BOOST_TEST(asked.header("access-control-allow-origin") == "*");
  const auto refused = get("/ocr/jobs", "Origin: https://a.example\r\n");
  BOOST_TEST(refused.status == 401);
  BOOST_TEST(refused.header("access-control-allow-origin") == "*");
}

BOOST_AUTO_TEST_CASE(without_origins_no_answer_speaks_of_them) {
  start();
  const auto answer = get("/ocr/jobs", "Origin: https://a.example\r\n");
  BOOST_TEST(answer.header("access-control-allow-origin") == "");
}

BOOST_AUTO_TEST_CASE(a_long_result_is_packed_where_the_client_prefers_that) {
  gate.on_get = [](const auto&, const auto& done) { done(long_job()); };
  start();
  const auto plain = get(job_path);
  BOOST_TEST(plain.header("content-encoding") == "");
  BOOST_TEST(plain.header("vary") == "Accept, Accept-Encoding");
  std::string first;
  for (int i = 0; i < 3; ++i) {
    const auto packed = get(job_path, "Accept-Encoding: br, gzip;q=0.8\r\n");
    BOOST_TEST(packed.status == 200);
    BOOST_TEST(packed.header("content-encoding") == "gzip");
    BOOST_TEST(packed.header("vary") == "Accept, Accept-Encoding");
    BOOST_TEST(packed.header("etag") != plain.header("etag"));
    BOOST_TEST(packed.body.size() < 1000U);
    BOOST_TEST(gunzipped(packed.body) == plain.body);
    first = first.empty() ? packed.body : first;
    BOOST_TEST(packed.body == first);
  }
  BOOST_TEST(gate.gets == 1);
  for (const auto* fields : {"Accept-Encoding: gzip;q=0\r\n", "Accept-Encoding: identity, gzip;q=0.5\r\n",
                             "Accept-Encoding: br\r\n", "Accept-Encoding:\r\n"})
    BOOST_TEST(get(job_path, fields).body == plain.body, fields);
}

BOOST_AUTO_TEST_CASE(either_form_that_a_client_has_spares_it_the_other) {
  gate.on_get = [](const auto&, const auto& done) { done(long_job()); };
  start();
  const auto plain = get(job_path).header("etag");
  const auto packed = get(job_path, "Accept-Encoding: gzip\r\n").header("etag");
  for (const auto& etag : {plain, packed}) {
    const auto again = get(job_path, "If-None-Match: " + etag + "\r\nAccept-Encoding: gzip\r\n");
    BOOST_TEST(again.status == 304);
    BOOST_TEST(again.header("etag") == packed);
    BOOST_TEST(get(job_path, "If-None-Match: " + etag + "\r\n").header("etag") == plain);
  }
}

BOOST_AUTO_TEST_CASE(a_list_is_packed_and_what_is_short_is_not) {
  gate.on_list = [](const auto&, const auto& done) {
    const auto page = std::make_shared<job_page>();
    page->jobs.assign(100, *completed_job("0123456789abcdef0123456789abcdef"));
    done(page);
  };
  start();
  const auto plain = get("/ocr/jobs");
  const auto packed = get("/ocr/jobs", "Accept-Encoding: gzip\r\n");
  BOOST_TEST(packed.header("content-encoding") == "gzip");
  BOOST_TEST(gunzipped(packed.body) == plain.body);
  BOOST_TEST(get("/livez", "Accept-Encoding: gzip\r\n").header("content-encoding") == "");
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_named_in_warnings) {
  start();
  const auto data = to_base64(png_header(10, 20));
  const auto json =
      post_json("/ocr/jobs", R"({"images":[{"id":"a","data":")" + data + R"(","mime":"x"}],"lang":"eng",)" +
                                 R"("more":{"lang":[1,{"lang":2}]},"lang":null})");
  BOOST_TEST(json.status == 202);
  BOOST_TEST(field(json.body, "/warnings/0") ==
             "\"images[].mime\" is not known and was ignored; known are images, language_hints, max_delay_seconds, "
             "on_error, near_duplicates, keep_images, pages, dpi and pdf_text");
  BOOST_TEST(field(json.body, "/warnings/1").starts_with("\"lang\" is not known"));
  BOOST_TEST(field(json.body, "/warnings/2").starts_with("\"more\" is not known"));
  BOOST_TEST(field(json.body, "/warnings/3") == "missing");

  const std::string form = "--b\r\nContent-Disposition: form-data; name=\"lang\"\r\n\r\neng\r\n"
                           "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.png\"\r\n\r\n" +
                           png_header(10, 20) + "\r\n--b--\r\n";
  const auto posted = call("POST", "/ocr/jobs", "Content-Type: multipart/form-data; boundary=b\r\n", form);
  BOOST_TEST(posted.status == 202);
  BOOST_TEST(field(posted.body, "/warnings/0").starts_with("\"lang\" is not known"));

  const auto good = post_json("/ocr/jobs", job_body());
  BOOST_TEST(field(good.body, "/warnings") == "missing");
}

BOOST_AUTO_TEST_CASE(warnings_are_few_and_fit_to_be_shown) {
  start();
  std::string members;
  for (int i = 0; i < 1000; ++i)
    members += ",\"x" + std::to_string(i) + "\":1";
  auto body = job_body();
  body.insert(body.size() - 1, ",\"a\\u0000b\":1,\"" + std::string(100'000, 'n') + "\":1" + members);
  const auto answer = post_json("/ocr/jobs", body);
  BOOST_TEST(answer.status == 202);
  BOOST_TEST(field(answer.body, "/warnings/0").starts_with("\"a name that is no text\""));
  BOOST_TEST(field(answer.body, "/warnings/1").starts_with("\"a name of 100000 bytes\""));
  BOOST_TEST(field(answer.body, "/warnings/9").starts_with("\"x7\""));
  BOOST_TEST(field(answer.body, "/warnings/10") == "missing");
}

BOOST_AUTO_TEST_SUITE_END()
