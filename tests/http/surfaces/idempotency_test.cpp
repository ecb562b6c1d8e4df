#include "../server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <mutex>
#include <optional>
#include <string>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;

namespace {

const std::string json_header = "Content-Type: application/json\r\n";

struct keyed_fixture : server_fixture {
  /// The job as the gateway got it.
  std::shared_ptr<const job_spec> got;

  void start_and_look(const submission& answer = {}) {
    gate.on_submit = [this, answer](const auto& spec, const auto& done) {
      got = spec;
      auto told = answer;
      if (told.accepted())
        told.id = "0123456789abcdef0123456789abcdef";
      done(told);
    };
    start();
  }
  http_answer post(const std::string& headers, const std::string& query = "") {
    return call("POST", "/ocr/jobs" + query, json_header + headers, job_body());
  }
};

submission refused_for(ec code) {
  submission s;
  s.refused = code;
  s.detail = "why";
  return s;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(idempotency, keyed_fixture)

BOOST_AUTO_TEST_CASE(a_key_is_taken_with_and_without_quotes) {
  start_and_look();
  BOOST_TEST(post("").status == 202);
  BOOST_TEST(!got->key);
  for (const auto& [sent, text] : std::vector<std::pair<std::string, std::string>>{
           {"\"8e03978e-40d5\"", "8e03978e-40d5"},
           {"8e03978e-40d5", "8e03978e-40d5"},
           {R"("a \"b\" \\ c")", R"(a "b" \ c)"},
           {std::string(255, 'k'), std::string(255, 'k')},
       }) {
    BOOST_TEST(post("Idempotency-Key: " + sent + "\r\n").status == 202);
    BOOST_REQUIRE(got->key);
    BOOST_TEST(got->key->text == text);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_key_is_refused_and_changes_nothing) {
  start_and_look();
  for (const std::string sent : {"Idempotency-Key:\r\n", "Idempotency-Key: \"\"\r\n", "Idempotency-Key: \"a\r\n",
                                 "Idempotency-Key: \"a\\b\"\r\n", "Idempotency-Key: \"a\"b\"\r\n",
                                 "Idempotency-Key: \xC3\xA4\r\n", "Idempotency-Key: a\r\nidempotency-key: a\r\n"}) {
    const auto answer = post(sent);
    BOOST_TEST(answer.status == 400, sent << answer.body);
    BOOST_TEST(field(answer.body, "/detail").starts_with("Idempotency-Key must be given once"), answer.body);
  }
  BOOST_TEST(post("Idempotency-Key: " + std::string(256, 'k') + "\r\n").status == 400);
  BOOST_TEST(gate.submits == 0);
}

BOOST_AUTO_TEST_CASE(requests_that_ask_for_the_same_are_the_same_request) {
  start_and_look();
  const auto request_of = [&](const std::string& query, const std::string& body) {
    call("POST", "/ocr/jobs" + query, json_header + "Idempotency-Key: k\r\n", body);
    return got->key->request;
  };
  const auto first = request_of("", job_body());
  // Written otherwise.
  BOOST_TEST((request_of("", " " + job_body()) == first));
  BOOST_TEST((request_of("?max_delay_seconds=5", job_body()) != first));
  BOOST_TEST((request_of("?near_duplicates=true", job_body()) != first));
  BOOST_TEST((request_of("?keep_images=true", job_body()) != first));
  BOOST_TEST((request_of("", R"({"images":[{"id":"y","data":")" + to_base64(png_header(7, 9)) + R"("}]})") != first));
}

BOOST_AUTO_TEST_CASE(a_repeated_request_says_so) {
  submission s;
  s.repeated = true;
  start_and_look(s);
  const auto answer = post("Idempotency-Key: k\r\n");
  BOOST_TEST(answer.status == 202);
  BOOST_TEST(answer.header("idempotent-replayed") == "true");
  BOOST_TEST(answer.header("location") == "/ocr/jobs/0123456789abcdef0123456789abcdef");
}

BOOST_AUTO_TEST_CASE(a_key_of_another_request_is_422) {
  start_and_look(refused_for(ec::idempotency_key_reused));
  const auto answer = post("Idempotency-Key: k\r\n");
  BOOST_TEST(answer.status == 422);
  BOOST_TEST(problem_kind(answer) == "idempotency-key-reused");
}

BOOST_AUTO_TEST_CASE(a_key_of_a_request_that_is_under_way_is_409) {
  start_and_look(refused_for(ec::idempotency_key_in_use));
  const auto answer = post("Idempotency-Key: k\r\n");
  BOOST_TEST(answer.status == 409);
  BOOST_TEST(problem_kind(answer) == "idempotency-key-in-use");
}

BOOST_AUTO_TEST_CASE(parameters_that_mean_nothing_are_named_in_warnings) {
  start_and_look();
  const auto answer = post("", "?lang=eng&id=x&max_delay_seconds=1");
  BOOST_TEST(answer.status == 202);
  BOOST_TEST(field(answer.body, "/warnings/0").starts_with("\"lang\" in the query means nothing there"), answer.body);
  BOOST_TEST(field(answer.body, "/warnings/1").starts_with("\"id\" in the query means nothing there"), answer.body);
  BOOST_TEST(field(answer.body, "/warnings/2") == "missing");
  const auto raw = call("POST", "/ocr/jobs?id=x&language_hints=en", "Content-Type: image/png\r\n", png_header(7, 9));
  BOOST_TEST(field(raw.body, "/warnings") == "missing");
  const auto priced = post("", "?dry_run=1&lang=eng");
  BOOST_TEST(priced.status == 200);
  BOOST_TEST(field(priced.body, "/warnings/0").starts_with("\"lang\" in the query"), priced.body);
}

BOOST_AUTO_TEST_SUITE_END()
