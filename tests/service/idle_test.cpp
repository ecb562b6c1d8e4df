#include "support/service_process.hpp"
#include "support/test_png.hpp"

#include <boost/test/unit_test.hpp>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

struct fixture {
  temporary_directory scratch;

  /// The recording service over one data directory, leaving after a second unless told otherwise.
  service_process start(service_process::variables more = {}) {
    more.try_emplace("DATA_DIR", scratch.path() / "data");
    more.try_emplace("CALL_LOG", scratch.path() / "calls");
    more.try_emplace("IDLE_EXIT_SECONDS", "1");
    return {RECORDING_SERVICE_BINARY, scratch.path() / "log", more};
  }

  std::size_t calls_made() const {
    std::ifstream in{scratch.path() / "calls"};
    std::size_t lines = 0;
    for (std::string line; std::getline(in, line);)
      ++lines;
    return lines;
  }
};

std::string post(std::uint16_t port, std::uint64_t number) {
  const auto answer = http_call(port, "POST", "/ocr/jobs", "Content-Type: image/png\r\n", test_png(number));
  BOOST_REQUIRE_EQUAL(answer.status, 202);
  return answer.header("location");
}

bool completed(const http_answer& answer) {
  return answer.body.find("\"status\":\"completed\"") != std::string::npos;
}

bool in_order(const std::string& log, const char* first, const char* second) {
  const auto at = log.find(first);
  return at != std::string::npos && log.find(second, at) != std::string::npos;
}

BOOST_FIXTURE_TEST_SUITE(idle, fixture)

BOOST_AUTO_TEST_CASE(it_leaves_with_0_once_nobody_has_needed_it_for_that_long) {
  service_process service{
      GLYPHGATE_BINARY, scratch.path() / "log", {{"DATA_DIR", scratch.path() / "data"}, {"IDLE_EXIT_SECONDS", "1"}}};
  const auto port = service.port();
  // Used when half of the time is over already.
  const auto started = steady::now();
  BOOST_TEST(eventually([&] { return steady::now() - started > 500ms; }));
  const auto used = steady::now();
  BOOST_TEST(http_call(port, "GET", "/usage").status == 200);
  BOOST_TEST(service.wait() == 0);
  const auto took = steady::now() - used;
  BOOST_TEST((took >= 1s));
  BOOST_TEST((took < 10s));
  BOOST_TEST(in_order(service.log(), " idle seconds=1\n", " stopped\n"));
}

BOOST_AUTO_TEST_CASE(health_checks_and_open_connections_do_not_hold_it) {
  auto service = start();
  const auto port = service.port();
  const auto begin = steady::now();
  http_connection kept{port};
  int checks = 0;
  auto next = begin;
  const bool left = eventually([&] {
    if (steady::now() >= next) {
      next += 100ms;
      try {
        for (const char* target : {"/", "/livez", "/readyz", "/health", "/metrics", "/favicon.ico"}) {
          http_call(port, "GET", target);
          ++checks;
        }
      } catch (const std::exception&) { // it has closed its port
      }
    }
    return service.ended();
  });
  BOOST_REQUIRE_MESSAGE(left, service.log());
  BOOST_TEST(service.wait() == 0);
  BOOST_TEST(checks >= 6);
  BOOST_TEST(kept.is_closed());
}

BOOST_AUTO_TEST_CASE(a_long_poll_holds_it_and_its_answer_is_the_same_after_the_wake_up) {
  std::string location;
  http_answer first;
  {
    auto service = start({{"ENGINE_MS", "1500"}});
    location = post(service.port(), 1);
    first = http_call(service.port(), "GET", location + "?wait=50");
    BOOST_TEST(completed(first), first.body);
    const auto answered = steady::now();
    BOOST_TEST(service.wait() == 0);
    BOOST_TEST((steady::now() - answered > 900ms));
    BOOST_TEST(in_order(service.log(), " job_ended ", " idle "));
  }
  auto again = start();
  const auto second = http_call(again.port(), "GET", location);
  BOOST_TEST(second.status == 200);
  BOOST_TEST(second.body == first.body);
  BOOST_TEST(second.header("etag") == first.header("etag"));
  BOOST_TEST(http_call(again.port(), "GET", location, "If-None-Match: " + first.header("etag") + "\r\n").status == 304);
  BOOST_TEST(again.wait() == 0);
  BOOST_TEST(calls_made() == 1u);
}

BOOST_AUTO_TEST_CASE(a_job_that_nobody_waits_for_holds_it_until_its_result_is_durable) {
  std::string location;
  {
    auto service = start({{"ENGINE_MS", "1500"}});
    location = post(service.port(), 2);
    BOOST_TEST(service.wait() == 0);
    BOOST_TEST(in_order(service.log(), " job_ended ", " idle "));
  }
  auto again = start();
  BOOST_TEST(completed(http_call(again.port(), "GET", location)));
  BOOST_TEST(calls_made() == 1u);
}

BOOST_AUTO_TEST_CASE(a_job_that_waits_for_the_open_breaker_holds_it) {
  auto service =
      start({{"ENGINE_FAILS_AT", "1"}, {"CIRCUIT_BREAKER_THRESHOLD", "1"}, {"CIRCUIT_BREAKER_TIMEOUT_SECONDS", "3"}});
  const auto begin = steady::now();
  const auto location = post(service.port(), 3);
  BOOST_TEST(service.wait() == 0);
  BOOST_TEST((steady::now() - begin >= 3s));
  BOOST_TEST(in_order(service.log(), " call_failed ", " job_ended "));
  BOOST_TEST(in_order(service.log(), " job_ended ", " idle "));
  BOOST_TEST(calls_made() == 2u);
  auto again = start();
  BOOST_TEST(completed(http_call(again.port(), "GET", location)));
}

BOOST_AUTO_TEST_CASE(a_job_that_a_stop_cut_short_is_finished_at_the_next_start_before_it_leaves) {
  std::string location;
  {
    auto service = start({{"ENGINE_MS", "60000"}, {"SHUTDOWN_GRACE_SECONDS", "0"}});
    location = post(service.port(), 4);
    BOOST_TEST(eventually([&] { return calls_made() == 1; }));
    service.signal(SIGTERM);
    BOOST_TEST(service.wait() == 0);
    BOOST_TEST(service.log().find(" idle ") == std::string::npos);
  }
  {
    auto unvisited = start({{"ENGINE_MS", "1500"}});
    BOOST_TEST(unvisited.wait() == 0);
    BOOST_TEST(in_order(unvisited.log(), " job_taken_up ", " job_ended "));
    BOOST_TEST(in_order(unvisited.log(), " job_ended ", " idle "));
  }
  auto again = start();
  BOOST_TEST(completed(http_call(again.port(), "GET", location)));
  BOOST_TEST(calls_made() == 2u);
}

BOOST_AUTO_TEST_CASE(what_expired_while_it_was_away_is_forgotten_at_the_start) {
  std::string location;
  steady::time_point ended;
  {
    auto service = start({{"JOB_RESULT_TTL_SECONDS", "2"}});
    location = post(service.port(), 5);
    BOOST_TEST(completed(ended_job(service.port(), location)));
    ended = steady::now();
    BOOST_TEST(service.wait() == 0);
  }
  BOOST_TEST(eventually([&] { return steady::now() - ended > 2s; }));
  auto again = start({{"IDLE_EXIT_SECONDS", "0"}});
  BOOST_TEST(http_call(again.port(), "GET", location).status == 404);
  // Not merely hidden until the timer's first sweep, which is minutes away.
  BOOST_TEST(eventually(
      [&] { return http_call(again.port(), "GET", "/health").body.find("\"total_jobs\":0") != std::string::npos; }));
  // Its recognitions have gone with it.
  BOOST_TEST(completed(ended_job(again.port(), post(again.port(), 5))));
  BOOST_TEST(calls_made() == 2u);
}

BOOST_AUTO_TEST_CASE(zero_never_leaves) {
  auto staying = start({{"IDLE_EXIT_SECONDS", "0"}});
  staying.port();
  service_process leaving{
      RECORDING_SERVICE_BINARY,
      scratch.path() / "other-log",
      {{"DATA_DIR", scratch.path() / "other"}, {"CALL_LOG", scratch.path() / "calls"}, {"IDLE_EXIT_SECONDS", "1"}}};
  BOOST_TEST(leaving.wait() == 0);
  BOOST_TEST(!staying.ended());
  BOOST_TEST(http_call(staying.port(), "GET", "/").status == 200);
}

BOOST_AUTO_TEST_CASE(a_signal_while_it_is_idle_stops_it_once) {
  for (const int number : {SIGTERM, SIGINT}) {
    auto service = start({{"IDLE_EXIT_SECONDS", "60"}});
    BOOST_TEST(http_call(service.port(), "GET", "/usage").status == 200);
    service.signal(number);
    BOOST_TEST(service.wait() == 0);
    const auto log = service.log();
    BOOST_TEST(log.find(" idle ") == std::string::npos);
    BOOST_TEST(log.find(" stopping ") != std::string::npos);
    BOOST_TEST(log.find(" stopping ") == log.rfind(" stopping "));
  }
}

BOOST_AUTO_TEST_CASE(a_signal_while_it_leaves_changes_nothing) {
  auto service = start();
  BOOST_TEST(eventually([&] { return service.log().find(" idle ") != std::string::npos; }));
  service.signal(SIGTERM);
  BOOST_TEST(service.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
