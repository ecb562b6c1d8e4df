// Large bodies at once, through the whole process: all are taken, and none is kept.
#include "core/base64.hpp"
#include "recording_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <string>
#include <vector>

namespace glyphgate {

namespace {

constexpr std::size_t picture_size = 8'250'000;

/// 11 MB of JSON with the picture of that number.
std::string body_of(std::uint64_t number) {
  std::string file = test_png(number);
  file.resize(picture_size, 'x'); // behind its end, where nobody looks
  std::string body = R"({"images":[{"id":"a","data":")";
  append_base64(body, file);
  return body + R"("}]})";
}

http_answer post_json(std::uint16_t port, const std::string& target, const std::string& body) {
  return http_call(port, "POST", target, "Content-Type: application/json\r\n", body);
}

bool holds_nothing(std::uint16_t port) {
  return eventually(
      [=] { return http_call(port, "GET", "/health").body.find("\"inflight_bytes\":0,") != std::string::npos; });
}

BOOST_FIXTURE_TEST_SUITE(inflight, recording_fixture)

BOOST_AUTO_TEST_CASE(five_large_bodies_at_once_are_taken_and_none_is_kept) {
  service_process service{RECORDING_SERVICE_BINARY, log_path(), settings()};
  const auto port = service.port();
  std::vector<std::future<http_answer>> posting;
  for (std::uint64_t i = 0; i < 5; ++i)
    posting.push_back(std::async(std::launch::async, [=] { return post_json(port, "/ocr/jobs", body_of(i)); }));
  for (auto& each : posting) {
    const auto answer = each.get();
    BOOST_TEST(answer.status == 202, answer.body);
    const auto job = ended_job(port, answer.header("location")).body;
    BOOST_TEST(job.find("\"status\":\"completed\"") != std::string::npos, job.substr(0, 300));
  }
  BOOST_TEST(holds_nothing(port));
  BOOST_TEST(post_json(port, "/ocr/jobs", body_of(3)).status == 200); // identical
  BOOST_TEST(holds_nothing(port));
  for (const std::uint64_t picture : {3, 99})
    BOOST_TEST(post_json(port, "/ocr/jobs?dry_run=true", body_of(picture)).status == 200);
  BOOST_TEST(holds_nothing(port));
}

BOOST_AUTO_TEST_CASE(a_refused_job_is_not_kept) {
  service_process service{RECORDING_SERVICE_BINARY, log_path(), settings({{"JOBS_PER_MINUTE_LIMIT", "1"}})};
  const auto port = service.port();
  BOOST_TEST(post(port, 1).status == 202);
  BOOST_TEST(post_json(port, "/ocr/jobs", body_of(2)).status == 429);
  BOOST_TEST(holds_nothing(port));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
