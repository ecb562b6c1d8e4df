// What bodies in flight hold, and when they give it back.
#include "../server_fixture.hpp"
#include "core/job.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

const std::string json_type_line = "Content-Type: application/json\r\n";

std::string head_of(std::size_t size, const std::string& fields = json_type_line) {
  return "POST /ocr/jobs HTTP/1.1\r\nHost: x\r\n" + fields + "Content-Length: " + std::to_string(size) + "\r\n\r\n";
}

std::string chunk_of(const std::string& bytes) {
  std::string digits;
  for (auto rest = bytes.size(); rest != 0; rest /= 16)
    digits.insert(0, 1, "0123456789abcdef"[rest % 16]);
  return digits + "\r\n" + bytes + "\r\n";
}

struct inflight_fixture : server_fixture {
  /// What the gateway was given last, which the test keeps.
  std::mutex mutex;
  std::shared_ptr<const job_spec> spec;

  inflight_fixture() {
    settings.http.max_body_mb = 1;
    settings.http.max_inflight_mb = 1;
  }

  void keep(std::shared_ptr<const job_spec> given) {
    const std::lock_guard lock{mutex};
    spec = std::move(given);
  }
  std::shared_ptr<const job_spec> kept() {
    const std::lock_guard lock{mutex};
    return std::exchange(spec, nullptr);
  }

  /// Whether /health comes to tell that number.
  bool holds(std::size_t bytes) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (field(get("/health").body, "/http/inflight_bytes") != std::to_string(bytes)) {
      if (std::chrono::steady_clock::now() > deadline)
        return false;
      std::this_thread::yield();
    }
    return true;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(inflight, inflight_fixture)

BOOST_AUTO_TEST_CASE(a_body_beside_one_that_holds_the_budget_is_refused_at_its_header) {
  start();
  BOOST_TEST(field(get("/health").body, "/http/max_inflight_mb") == "1");
  const auto body = job_body(std::string(700'000, 'x'));
  auto first = connect();
  first.send(head_of(body.size()));
  BOOST_TEST(holds(body.size())); // before a byte of it is there
  for (const auto* expect : {"", "Expect: 100-continue\r\n"}) {
    auto second = connect();
    second.send(head_of(200'000, json_type_line + expect));
    const auto answer = second.read();
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(problem_kind(answer) == "queue-full");
    BOOST_TEST(answer.header("retry-after") == "1");
    BOOST_TEST(answer.header("ratelimit") != "");
    BOOST_TEST(answer.header("connection") == "close");
    BOOST_TEST(field(answer.body, "/detail").find("MAX_INFLIGHT_MB") != std::string::npos);
    second.finish_sending();
    BOOST_TEST(second.read_to_end() == "");
  }
  BOOST_TEST(holds(body.size()));
  BOOST_TEST(post_json("/ocr/jobs", job_body()).status == 202); // a small one has room
  first.send(body);
  BOOST_TEST(first.read().status == 202);
  BOOST_TEST(holds(0));
  auto again = connect();
  again.send(head_of(body.size(), json_type_line + "Expect: 100-continue\r\n"));
  BOOST_TEST(again.read().status == 100);
  again.send(body);
  BOOST_TEST(again.read().status == 202);
}

BOOST_AUTO_TEST_CASE(chunked_bodies_share_what_there_is_as_they_come) {
  start();
  auto first = connect();
  first.send(head_of(900'000));
  BOOST_TEST(holds(900'000));
  auto second = connect();
  second.send("POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  second.send(chunk_of(std::string(100'000, ' ')));
  BOOST_TEST(!second.has_input_within(50ms));
  second.send(chunk_of(std::string(100'000, ' ')));
  const auto answer = second.read();
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(problem_kind(answer) == "queue-full");
  BOOST_TEST(answer.header("retry-after") == "1");
  BOOST_TEST(holds(900'000));
}

BOOST_AUTO_TEST_CASE(whoever_leaves_or_breaks_off_gives_its_share_back) {
  settings.http.read_timeout = 1s;
  start();
  const std::vector<std::function<void(http_connection&)>> ways{
      [](http_connection& c) { c.reset(); },
      [](http_connection& c) {
        c.finish_sending();
        BOOST_TEST(c.read().status == 400);
      },
      // Sends no more, until its time is over.
      [](http_connection& c) { BOOST_TEST(c.read().status == 408); },
  };
  for (const bool begun : {false, true})
    for (const auto& leave : ways) {
      auto client = connect();
      client.send(head_of(1'000'000) + (begun ? "{\"images\"" : ""));
      BOOST_TEST(holds(1'000'000));
      leave(client);
      BOOST_TEST(holds(0));
    }
  auto chunked = connect();
  chunked.send("POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
               chunk_of(std::string(600'000, ' ')));
  chunked.send("zzz\r\n");
  BOOST_TEST(chunked.read().status == 400);
  BOOST_TEST(holds(0));
}

BOOST_AUTO_TEST_CASE(refused_requests_give_their_share_back) {
  gate.on_submit = [&](auto given, const auto& done) {
    keep(given);
    submission refused;
    refused.refused = ec::breaker_open;
    done(refused);
  };
  start();
  const std::string filler(500'000, ' ');
  struct sample {
    std::string target;
    std::string type;
    std::string body;
    int status;
  };
  const std::string parts = "Content-Type: multipart/form-data; boundary=B\r\n";
  for (const auto& [target, type, body, status] : std::vector<sample>{
           {"/nothing", json_type_line, filler, 404},
           {"/livez", json_type_line, filler, 405},
           {"/capacity", json_type_line, filler, 400},
           {"/capacity", parts, filler, 415},
           {"/ocr/jobs?dry_run=maybe", json_type_line, filler, 422},
           {"/ocr/jobs", "Content-Type: text/plain\r\n", filler, 415},
           {"/ocr/jobs", json_type_line, filler + "{", 400},
           {"/ocr/jobs", json_type_line, filler + "[]", 422},
           {"/ocr/jobs", json_type_line, filler + R"({"images":[{"id":"a","data":"Zg=="}]})", 415},
           {"/ocr/jobs", parts, filler, 400},
           {"/ocr/jobs", "Content-Type: image/png\r\n", filler, 415},
           {"/ocr/jobs", "Content-Type: image/jpeg\r\n", filler, 415},
       }) {
    // On a connection that stays: the answer is what frees it.
    auto client = connect();
    client.send(http_request("POST", target, type, body));
    BOOST_TEST(client.read().status == status, target << " " << type);
    BOOST_TEST(holds(0), target << " " << type);
  }
  auto client = connect();
  client.send(http_request("POST", "/ocr/jobs", json_type_line, job_body()));
  BOOST_TEST(client.read().status == 503);
  BOOST_TEST(holds(job_body().size())); // the gateway keeps the job
  kept();
  BOOST_TEST(holds(0));
}

BOOST_AUTO_TEST_CASE(a_body_waits_for_its_pictures_to_lie_elsewhere_and_no_longer) {
  gate.on_submit = [&](auto given, const auto& done) {
    keep(given);
    submission accepted;
    accepted.id = "0123456789abcdef0123456789abcdef";
    done(accepted);
  };
  start();
  const auto one = png_header(10, 20, "one");
  const auto two = png_header(30, 40, "two");
  const std::string part = "--B\r\nContent-Disposition: form-data; name=f; filename=";
  const auto json =
      R"({"images":[{"id":"a","data":")" + to_base64(one) + R"("},{"id":"b","data":")" + to_base64(two) + R"("}]})";
  const auto parts = part + "a\r\n\r\n" + one + "\r\n" + part + "b\r\n\r\n" + two + "\r\n--B--";
  for (const auto& [type, body] :
       {std::pair{json_type_line, json},
        std::pair{std::string{"Content-Type: multipart/form-data; boundary=B\r\n"}, parts}}) {
    auto client = connect();
    client.send(http_request("POST", "/ocr/jobs", type, body));
    BOOST_TEST(client.read().status == 202);
    BOOST_TEST(holds(body.size()));
    const auto job = kept();
    BOOST_TEST_REQUIRE(job->pictures.size() == 2U);
    BOOST_TEST((job->pictures[0].content == sha256(one)));
    BOOST_TEST((job->pictures[1].content == sha256(two)));
    BOOST_TEST(job->pictures[0].bytes->hold().view == one);
    BOOST_TEST(job->pictures[1].bytes->hold().view == two);
    job->pictures[0].bytes->move_to(make_picture_bytes(one)->hold());
    BOOST_TEST(holds(body.size()));
    job->pictures[1].bytes->let_go();
    BOOST_TEST(holds(0));
    BOOST_TEST(job->pictures[0].bytes->hold().view == one);
  }
  auto client = connect();
  client.send(http_request("POST", "/ocr/jobs", "Content-Type: image/png\r\n", one));
  BOOST_TEST(client.read().status == 202);
  BOOST_TEST(holds(one.size()));
  BOOST_TEST(kept()->pictures[0].bytes->hold().view == one);
  BOOST_TEST(holds(0));
}

BOOST_AUTO_TEST_CASE(a_quote_and_an_identical_job_keep_nothing) {
  gate.on_submit = [&](const auto&, const auto& done) {
    submission s;
    s.id = "0123456789abcdef0123456789abcdef";
    s.identical = true;
    done(s);
  };
  start();
  auto client = connect();
  client.send(http_request("POST", "/ocr/jobs?dry_run=true", json_type_line, job_body()));
  BOOST_TEST(client.read().status == 200);
  BOOST_TEST(holds(0));
  client.send(http_request("POST", "/ocr/jobs", json_type_line, job_body()));
  BOOST_TEST(client.read().status == 200);
  BOOST_TEST(holds(0));
}

BOOST_AUTO_TEST_SUITE_END()
