#include "rig.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <fstream>
#include <string>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

/// Whether the process is stopped, as by SIGSTOP.
bool is_stopped(pid_t process) {
  std::ifstream in{"/proc/" + std::to_string(process) + "/stat"};
  std::string line;
  std::getline(in, line);
  const auto name_ends = line.rfind(") ");
  return name_ends != std::string::npos && line[name_ends + 2] == 'T';
}

BOOST_AUTO_TEST_SUITE(google_stopped_process)

BOOST_AUTO_TEST_CASE(an_answer_that_came_while_the_process_was_stopped_is_taken_and_not_paid_again) {
  fake::fake_vision google;
  const temporary_directory scratch;
  service_process service{GLYPHGATE_BINARY,
                          scratch.path() / "log",
                          {{"DATA_DIR", scratch.path() / "data"},
                           {"GOOGLE_API_KEY", "fake-api-key"},
                           {"VISION_ENDPOINT", google.url()},
                           {"VISION_CA_FILE", scratch.write("ca.pem", google.certificate())},
                           {"VISION_TIMEOUT_SECONDS", "2"},
                           {"no_proxy", "*"}}};
  const auto port = service.port();
  google.add({.delay = 400ms});
  http_connection connection{port};
  connection.send(job_request({{"red", coloured_png(red)}}));
  const auto accepted = connection.read();
  BOOST_REQUIRE_EQUAL(accepted.status, 202);
  http_connection poll{port};
  poll.send(http_request("GET", accepted.header("location") + "?wait=1"));
  http_connection long_poll{port};
  long_poll.send(http_request("GET", accepted.header("location") + "?wait=50"));

  // The fake has the request and will answer it.
  BOOST_REQUIRE(eventually([&] { return google.calls(fake::request_kind::annotate) == 1; }));
  service.signal(SIGSTOP);
  BOOST_REQUIRE(eventually([&] { return is_stopped(service.pid()); }));
  const auto stopped = steady::now();
  BOOST_TEST(eventually([&] { return steady::now() - stopped > 4s; }));
  service.signal(SIGCONT);

  const auto job = long_poll.read();
  BOOST_TEST(job.status == 200);
  BOOST_TEST(job.body.find("\"text\":\"#f00\"") != std::string::npos, job.body);
  BOOST_TEST(poll.read().status == 200);
  BOOST_TEST(google.calls(fake::request_kind::annotate) == 1U);
  BOOST_TEST(service.log().find("call_failed") == std::string::npos, service.log());
  service.signal(SIGTERM);
  BOOST_TEST(service.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
