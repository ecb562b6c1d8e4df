#include "core/base64.hpp"
#include "core/failpoint.hpp"
#include "durability/crash_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <iostream>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

struct run {
  std::string failpoint;
  std::string action;
  bool forgetting = false;
};

/// Makes the service go through every step: jobs of one and of several calls, calls that fail, are refused, or
/// never leave, and are tried again, a cancelled job, one that is sifted, and, when asked for, forgotten and expired
/// ones. Ends early when the service dies.
void use_everything(crash_rig& rig, service_process& service, bool forgetting) {
  try {
    http_connection connection{service.port()};
    for (int i = 0; i < 4; ++i)
      rig.post(connection, 1 + i);
    connection.send(http_request("POST", "/ocr/jobs", "Content-Type: image/png\r\n", test_png(1'000'000)));
    const auto unwanted = connection.read().header("location");
    if (!unwanted.empty()) {
      connection.send(http_request("DELETE", unwanted));
      connection.read();
    }
    connection.send(
        http_request("POST", "/ocr/jobs?near_duplicates=true", "Content-Type: image/png\r\n", test_png(1'000'001)));
    if (const auto sifted = connection.read().header("location"); !sifted.empty()) {
      connection.send(http_request("GET", sifted + "?wait=10"));
      connection.read();
    }
    for (const auto& job : rig.promised()) {
      connection.send(http_request("GET", job.location + "?wait=10"));
      connection.read();
    }
    if (forgetting && !unwanted.empty()) {
      connection.send(http_request("DELETE", unwanted));
      connection.read();
      eventually(
          [&] {
            connection.send(http_request("GET", "/ocr/jobs"));
            return connection.read().body.find("job_id") == std::string::npos;
          },
          4s);
    }
  } catch (const std::exception&) {
    // The failpoint killed it, perhaps while it started.
  }
}

/// Fills a limit of one call, lets a job give up that waits for room, and another one board.
void use_the_waiting_line(service_process& service) {
  try {
    http_connection connection{service.port()};
    std::uint64_t number = 2'000'000;
    const auto post = [&](const std::string& hint, int max_delay) {
      connection.send(
          http_request("POST", "/ocr/jobs?language_hints=" + hint + "&max_delay_seconds=" + std::to_string(max_delay),
                       "Content-Type: image/png\r\n", test_png(++number)));
      return connection.read().header("location");
    };
    const auto status_of = [&](const std::string& location) {
      connection.send(http_request("GET", location));
      return connection.read().body;
    };
    const auto fills = post("de", 3600);
    const auto gives_up = post("fr", 1);
    const auto boards = post("zh", 3600);
    eventually([&] { return status_of(gives_up).find("\"failed\"") != std::string::npos; });
    connection.send(http_request("DELETE", fills));
    connection.read();
    eventually([&] { return status_of(boards).find("\"waits_for\":\"budget\"") == std::string::npos; });
  } catch (const std::exception&) {
    // The failpoint killed it.
  }
}

constexpr const char* alert_token = "0123456789abcdef";

/// A budget alert stops the calls, when all that was promised is there.
void use_the_stop_button(crash_rig& rig, service_process& service) {
  try {
    http_connection connection{service.port()};
    rig.post(connection, 1);
    for (const auto& job : rig.promised()) {
      connection.send(http_request("GET", job.location + "?wait=10"));
      connection.read();
    }
    std::string news;
    append_base64(news, R"({"costAmount":2,"budgetAmount":1,"costIntervalStart":"2026-11-01T08:00:00Z"})");
    connection.send(http_request("POST", std::string{"/admin/budget-alert?token="} + alert_token,
                                 "Content-Type: application/json\r\n", R"({"message":{"data":")" + news + R"("}})"));
    connection.read();
  } catch (const std::exception&) {
    // The failpoint killed it.
  }
}

bool is_of_the_stop_button(std::string_view failpoint) {
  return failpoint.starts_with("store.stop") || failpoint.starts_with("store.budget");
}

bool is_of_the_waiting_line(std::string_view failpoint) {
  return failpoint.starts_with("store.board") || failpoint.starts_with("store.give_up");
}

void keeps_its_promises(const run& r) {
  BOOST_TEST_CONTEXT(r.failpoint << "=" << r.action) {
    crash_rig rig{{{"MAX_CONCURRENT_JOBS", "1"},
                   {"MAX_FRAMES_PER_JOB", "2"},
                   {"MAX_ATTEMPTS", "10"},
                   {"ENGINE_MS", "5"},
                   {"ENGINE_FAILS_AT", "2"},
                   {"ENGINE_FAILS_UNSENT_AT", "3"},
                   {"ENGINE_TAKES_AT_MOST", "1"},
                   {"CLEANUP_INTERVAL_SECONDS", "1"},
                   {"BUDGET_ALERT_TOKEN", alert_token},
                   {"JOB_RESULT_TTL_SECONDS", r.forgetting ? "1" : "3600"}}};
    bool killed = false;
    {
      const bool line = is_of_the_waiting_line(r.failpoint);
      const auto service = rig.start(
          {{"GLYPHGATE_FAILPOINTS", r.failpoint + "=" + r.action}, {"DAILY_API_CALLS_LIMIT", line ? "1" : "1000000"}});
      if (line)
        use_the_waiting_line(*service);
      else if (is_of_the_stop_button(r.failpoint))
        use_the_stop_button(rig, *service);
      else
        use_everything(rig, *service, r.forgetting);
      if (r.action.starts_with("kill"))
        killed = eventually([&] { return service->ended(); }, 5s);
      service->signal(SIGKILL);
      service->wait();
    }
    if (r.action.starts_with("kill"))
      BOOST_TEST(killed, "the failpoint was never reached");
    BOOST_TEST(rig.calls_made() <= rig.calls_on_ledger());
    BOOST_TEST(rig.calls_on_ledger() - rig.calls_made() <= 1);

    const auto service = rig.start();
    http_connection connection{service->port()};
    if (!r.forgetting)
      for (const auto& job : rig.promised()) {
        const auto complaint = rig.complaint(connection, job, true);
        BOOST_TEST(complaint.empty(), complaint);
      }
    BOOST_TEST(rig.post(connection, 1), "no new work after the restart");
    service->signal(SIGKILL);
    service->wait();
    BOOST_TEST(rig.calls_made() <= rig.calls_on_ledger());
  }
}

BOOST_AUTO_TEST_SUITE(failpoints)

BOOST_AUTO_TEST_CASE(every_failpoint_with_every_action_keeps_the_promises) {
  for (const auto& site : failpoint::sites) {
    // Only a start with another engine passes those: tests/store/failpoint_test.cpp does.
    if (site.name.starts_with("store.adopt"))
      continue;
    const std::string name{site.name};
    const bool forgetting = name.find("forget") != std::string::npos || name.find("sweep") != std::string::npos;
    if (site.can_fail)
      keeps_its_promises({name, "error@1", forgetting});
    keeps_its_promises({name, "stall:100", forgetting});
    keeps_its_promises({name, "kill@1", forgetting});
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
