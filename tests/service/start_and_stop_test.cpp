#include "recording_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(start_and_stop, recording_fixture)

BOOST_AUTO_TEST_CASE(help_and_version_are_told_without_serving) {
  service_process version{GLYPHGATE_BINARY, log_path(), {}, {"--version"}};
  BOOST_TEST(version.wait() == 0);
  BOOST_TEST(version.log().starts_with("glyphgate "));
  service_process help{GLYPHGATE_BINARY, log_path(), {}, {"--help"}};
  BOOST_TEST(help.wait() == 0);
  BOOST_TEST(help.log().find("--daily-api-calls-limit") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_wrong_setting_stops_the_start_with_2_and_is_named) {
  service_process wrong{GLYPHGATE_BINARY, log_path(), {{"JOBS_PER_MINUTE_LIMIT", "many"}}};
  BOOST_TEST(wrong.wait() == 2);
  BOOST_TEST(wrong.log().find("--jobs-per-minute-limit (JOBS_PER_MINUTE_LIMIT) must be 1 to ") != std::string::npos);
  service_process unknown{GLYPHGATE_BINARY, log_path(), {}, {"--no-such-flag"}};
  BOOST_TEST(unknown.wait() == 2);
  service_process language{GLYPHGATE_BINARY, log_path(), {{"TESSERACT_LANGUAGES", "xyz"}}};
  BOOST_TEST(language.wait() == 2);
  BOOST_TEST(language.log().find("xyz") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(why_a_start_failed_is_json_where_the_log_is) {
  const auto failed = [&](const service_process::variables& more, int code, const std::string& part) {
    auto variables = settings(more);
    variables["LOG_FORMAT"] = "json";
    service_process service{GLYPHGATE_BINARY, log_path(), variables};
    BOOST_TEST(service.wait() == code);
    const auto log = service.log();
    BOOST_TEST(log.starts_with("{"), log);
    BOOST_TEST(log.find("\"event\":\"start_failed\"") != std::string::npos, log);
    BOOST_TEST(log.find(part) != std::string::npos, log);
    BOOST_TEST(log.find("glyphgate: ") == std::string::npos, log);
  };
  failed({{"PORT", "many"}}, 2, "(PORT) must be");
  failed({{"API_KEYS", "alice"}}, 2, "API_KEYS: line 1");
  failed({{"DATA_DIR", "/proc/none"}}, 1, "/proc/none");
}

BOOST_AUTO_TEST_CASE(a_misspelt_variable_is_warned_of_and_the_limits_in_force_are_told) {
  service_process service{GLYPHGATE_BINARY, log_path(),
                          settings({{"DAILY_API_CALL_LIMIT", "5"}, {"JOBS_PER_HOUR_LIMIT", "77"}})};
  service.port();
  BOOST_TEST(eventually([&] { return service.log().find("limits jobs_per_minute=600 ") != std::string::npos; }));
  const auto log = service.log();
  BOOST_TEST(
      log.find("unknown_variable variable=DAILY_API_CALL_LIMIT meant=DAILY_API_CALLS_LIMIT") != std::string::npos, log);
  for (const auto* limit :
       {" jobs_per_hour=77 ", " calls_per_day=1000000 ", " calls_per_month=0 ", " max_pages_per_job=0"})
    BOOST_TEST(log.find(limit) != std::string::npos, limit << " in " << log);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_named) {
  service_process first{RECORDING_SERVICE_BINARY, scratch.path() / "first", settings()};
  const auto port = std::to_string(first.port());
  service_process second{RECORDING_SERVICE_BINARY, log_path(),
                         settings({{"PORT", port}, {"DATA_DIR", scratch.path() / "other"}})};
  BOOST_TEST(second.wait() == 1);
  BOOST_TEST(second.log().find("127.0.0.1:" + port) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_data_directory_that_is_in_use_is_refused_with_its_holder) {
  service_process first{RECORDING_SERVICE_BINARY, scratch.path() / "first", settings()};
  first.port();
  service_process second{RECORDING_SERVICE_BINARY, log_path(), settings()};
  BOOST_TEST(second.wait() == 1);
  BOOST_TEST(second.log().find(std::to_string(first.pid())) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_hundred_identical_posts_at_once_cost_one_call) {
  service_process service{RECORDING_SERVICE_BINARY, log_path(), settings({{"ENGINE_MS", "50"}})};
  const auto port = service.port();
  std::vector<std::future<http_answer>> posts;
  for (int i = 0; i < 100; ++i)
    posts.push_back(std::async(std::launch::async, [port] { return post(port, 1); }));
  int accepted = 0;
  std::string location;
  for (auto& p : posts) {
    const auto answer = p.get();
    BOOST_TEST((answer.status == 200 || answer.status == 202));
    accepted += answer.status == 202 ? 1 : 0;
    if (answer.status == 202)
      location = answer.header("location");
  }
  BOOST_TEST(accepted == 1);
  BOOST_TEST(ended_job(port, location).body.find("\"completed\"") != std::string::npos);
  BOOST_TEST(calls_made() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stop_lets_the_running_call_end_and_answers_who_waits) {
  for (const int number : {SIGTERM, SIGINT}) {
    service_process service{RECORDING_SERVICE_BINARY, log_path(),
                            settings({{"ENGINE_MS", "500"}, {"SHUTDOWN_GRACE_SECONDS", "10"}})};
    const auto port = service.port();
    const auto job = post(port, 100 + static_cast<std::uint64_t>(number));
    BOOST_REQUIRE_EQUAL(job.status, 202);
    auto waiting =
        std::async(std::launch::async, [&] { return http_call(port, "GET", job.header("location") + "?wait=50"); });
    BOOST_TEST(eventually([&] {
      return http_call(port, "GET", job.header("location")).body.find("\"processing\"") != std::string::npos;
    }));
    const auto begin = std::chrono::steady_clock::now();
    service.signal(number);
    BOOST_TEST(waiting.get().body.find("\"completed\"") != std::string::npos);
    BOOST_TEST(service.wait() == 0);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 8s));
  }
}

BOOST_AUTO_TEST_CASE(a_call_that_outlasts_the_grace_is_cut_short_and_made_again_at_the_next_start) {
  std::string location;
  {
    service_process service{RECORDING_SERVICE_BINARY, log_path(),
                            settings({{"ENGINE_MS", "60000"}, {"SHUTDOWN_GRACE_SECONDS", "1"}})};
    location = post(service.port(), 7).header("location");
    BOOST_TEST(eventually([&] { return calls_made() == 1; }));
    service.signal(SIGTERM);
    BOOST_TEST(service.wait() == 0);
  }
  // A stop is no crash.
  service_process again{RECORDING_SERVICE_BINARY, log_path(), settings({{"MAX_INTERRUPTIONS", "1"}})};
  const auto done = ended_job(again.port(), location);
  BOOST_TEST(done.body.find("\"completed\"") != std::string::npos);
  BOOST_TEST(done.body.find("\"api_calls\":2") != std::string::npos);
  BOOST_TEST(calls_made() == 2u);
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_the_process_at_once) {
  service_process service{RECORDING_SERVICE_BINARY, log_path(), settings({{"ENGINE_MS", "60000"}})};
  post(service.port(), 8);
  BOOST_TEST(eventually([&] { return calls_made() == 1; }));
  service.signal(SIGTERM);
  BOOST_TEST(eventually([&] { return service.log().find("stopping") != std::string::npos; }));
  const auto begin = std::chrono::steady_clock::now();
  service.signal(SIGTERM);
  BOOST_TEST(service.wait() == 128 + SIGTERM);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 5s));
}

BOOST_AUTO_TEST_CASE(jobs_results_and_usage_survive_a_kill) {
  std::string location;
  std::string body;
  {
    service_process service{RECORDING_SERVICE_BINARY, log_path(), settings()};
    const auto port = service.port();
    location = post(port, 9).header("location");
    body = ended_job(port, location).body;
    BOOST_TEST(body.find("\"completed\"") != std::string::npos);
    service.signal(SIGKILL);
    service.wait();
  }
  service_process again{RECORDING_SERVICE_BINARY, log_path(), settings()};
  const auto port = again.port();
  BOOST_TEST(http_call(port, "GET", location).body == body);
  BOOST_TEST(http_call(port, "GET", "/usage").body.find("\"api_calls_today\":1") != std::string::npos);
  BOOST_TEST(post(port, 9).status == 200);
  BOOST_TEST(calls_made() == 1u);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_behind_what_the_store_holds_is_told) {
  {
    service_process service{RECORDING_SERVICE_BINARY, log_path(), settings()};
    BOOST_TEST(post(service.port(), 1).status == 202);
    BOOST_TEST(service.log().find("clock_behind_store") == std::string::npos);
  }
  // The machine has booted a day earlier than was noted.
  const auto note = scratch.path() / "data/clock";
  std::string boot;
  long long booted = 0;
  std::ifstream{note} >> boot >> booted;
  BOOST_REQUIRE(booted != 0);
  std::ofstream{note} << boot << " " << booted - 86'400'000'000;
  service_process service{RECORDING_SERVICE_BINARY, log_path(), settings()};
  service.port();
  BOOST_TEST(service.log().find("clock_behind_store seconds=86") != std::string::npos, service.log());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
