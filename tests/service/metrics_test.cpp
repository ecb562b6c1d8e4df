#include "core/digest.hpp"
#include "core/keys/api_key.hpp"
#include "recording_fixture.hpp"

#include <arpa/inet.h>
#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

/// A port that nobody has at the moment.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  BOOST_REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  BOOST_REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(socket);
  return ntohs(address.sin_port);
}

bool shows(const http_answer& answer, const std::string& line) {
  return answer.body.find("\n" + line + "\n") != std::string::npos;
}

BOOST_FIXTURE_TEST_SUITE(metrics, recording_fixture)

BOOST_AUTO_TEST_CASE(a_job_is_seen_in_the_metrics_from_the_door_to_the_ledger) {
  service_process service{RECORDING_SERVICE_BINARY, log_path(), settings()};
  const auto port = service.port();
  const auto posted = post(port, 1);
  BOOST_REQUIRE(posted.status == 202);
  http_call(port, "GET", posted.header("location") + "?wait=20");
  const auto text = http_call(port, "GET", "/metrics");
  for (const auto* line : {
           "glyphgate_jobs_accepted_total 1",
           "glyphgate_jobs_ended_total{status=\"completed\"} 1",
           "glyphgate_jobs{status=\"completed\"} 1",
           "glyphgate_pictures_total{source=\"paid\"} 1",
           "glyphgate_engine_call_duration_seconds_count{outcome=\"success\"} 1",
           "glyphgate_ledger_calls_total 1",
           "glyphgate_window_calls_used{window=\"day\"} 1",
           "glyphgate_breaker_state{state=\"closed\"} 1",
           "glyphgate_part_answers{part=\"store\"} 1",
           "glyphgate_queue_oldest_job_age_seconds 0",
       })
    BOOST_TEST(shows(text, line), line << " is not in\n" << text.body);
  BOOST_TEST(!shows(text, "glyphgate_store_commit_duration_seconds_count 0"));
  BOOST_TEST(text.body.find(posted.header("location").substr(10)) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_port_of_their_own_has_nothing_but_the_metrics_and_asks_for_no_key) {
  const auto key = std::string{api_key_of({1}).reveal()};
  const auto apart = free_port();
  service_process service{
      RECORDING_SERVICE_BINARY, log_path(),
      settings({{"METRICS_PORT", std::to_string(apart)}, {"API_KEYS", "ops:" + to_hex(sha256(key)) + " admin"}})};
  const auto port = service.port();
  BOOST_TEST(eventually([&] { return service.log().find(" metrics host=127.0.0.1 port=") != std::string::npos; }));
  BOOST_TEST(http_call(apart, "GET", "/metrics").status == 200);
  BOOST_TEST(http_call(apart, "GET", "/").status == 404);
  BOOST_TEST(http_call(port, "GET", "/metrics", "X-API-Key: " + key + "\r\n").status == 404);
  service.signal(SIGTERM);
  BOOST_TEST(service.wait() == 0);
}

BOOST_AUTO_TEST_CASE(where_nothing_is_counted_there_are_no_metrics) {
  service_process service{RECORDING_SERVICE_BINARY, log_path(),
                          settings({{"METRICS", "off"}, {"METRICS_PORT", std::to_string(free_port())}})};
  const auto port = service.port();
  const auto posted = post(port, 1);
  BOOST_TEST(http_call(port, "GET", posted.header("location") + "?wait=20").status == 200);
  BOOST_TEST(http_call(port, "GET", "/metrics").status == 404);
  BOOST_TEST(service.log().find(" metrics host=") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_stops_the_start_and_is_named) {
  const auto taken = free_port();
  service_process first{RECORDING_SERVICE_BINARY, log_path(), settings({{"METRICS_PORT", std::to_string(taken)}})};
  first.port();
  service_process second{RECORDING_SERVICE_BINARY, scratch.path() / "second",
                         settings({{"METRICS_PORT", std::to_string(taken)}, {"DATA_DIR", scratch.path() / "other"}})};
  BOOST_TEST(second.wait() == 1);
  BOOST_TEST(second.log().find("cannot listen on 127.0.0.1:" + std::to_string(taken)) != std::string::npos,
             second.log());
}

BOOST_AUTO_TEST_CASE(scrapes_do_not_hold_a_service_that_nobody_needs) {
  const auto apart = free_port();
  service_process service{RECORDING_SERVICE_BINARY, log_path(),
                          settings({{"METRICS_PORT", std::to_string(apart)}, {"IDLE_EXIT_SECONDS", "1"}})};
  service.port();
  int scrapes = 0;
  auto next = std::chrono::steady_clock::now();
  const bool left = eventually([&] {
    if (std::chrono::steady_clock::now() >= next) {
      next += 50ms;
      try {
        scrapes += http_call(apart, "GET", "/metrics").status == 200 ? 1 : 0;
      } catch (const std::exception&) { // it has closed its port
      }
    }
    return service.ended();
  });
  BOOST_REQUIRE_MESSAGE(left, service.log());
  BOOST_TEST(service.wait() == 0);
  BOOST_TEST(scrapes >= 5);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
