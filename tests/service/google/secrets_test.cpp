#include "rig.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

// The service as it is shipped, with planted credentials, and everything that it tells or writes.

namespace glyphgate {

namespace {

using service_variables = service_process::variables;

/// Parts of the account's JSON that must not be seen anywhere: every line of its key, in part.
std::vector<std::string> parts_of_key(const std::string& account) {
  rapidjson::Document json;
  json.Parse(account.c_str());
  std::istringstream lines{json["private_key"].GetString()};
  std::vector<std::string> parts{json["private_key_id"].GetString()};
  for (std::string line; std::getline(lines, line);)
    if (line.size() >= 32 && !line.starts_with("-----"))
      parts.push_back(line.substr(4, 24));
  return parts;
}

struct fixture {
  const std::string key = "planted-key-7cdd1b";
  fake::fake_vision google{{.api_key = key}};
  temporary_directory scratch;

  service_variables settings(service_variables more) {
    std::ofstream{scratch.path() / "ca.pem"} << google.certificate();
    more["DATA_DIR"] = scratch.path() / "data";
    more["VISION_ENDPOINT"] = google.url();
    more["VISION_CA_FILE"] = scratch.path() / "ca.pem";
    more["LOG_LEVEL"] = "debug";
    more["JOBS_PER_MINUTE_LIMIT"] = "1000";
    more["CIRCUIT_BREAKER_THRESHOLD"] = "1000";
    more["MAX_ATTEMPTS"] = "1";
    more["no_proxy"] = "*";
    return more;
  }

  std::vector<std::string> forbidden() {
    auto parts = parts_of_key(google.credentials_json());
    BOOST_REQUIRE(parts.size() > 10);
    parts.insert(parts.end(), {key, "fake-token-", "eyJ"});
    return parts;
  }

  void check_silent(const std::string& where, const std::string& text) {
    for (const auto& part : forbidden())
      BOOST_TEST(text.find(part) == std::string::npos, where << " shows " << part << ": " << text.substr(0, 2000));
  }

  /// Makes Google quote what it got in every kind of failure, and reads everything that the service says of it.
  void check_everything(const service_variables& credentials) {
    service_process service{GLYPHGATE_BINARY, scratch.path() / "log", settings(credentials)};
    const auto port = service.port();
    std::uint32_t number = 0;
    for (const auto& echo : fake::echoes_of_credentials()) {
      google.add(echo);
      http_connection connection{port};
      connection.send(job_request({{"picture", numbered_png(++number * 300).first}}));
      const auto accepted = connection.read();
      BOOST_REQUIRE_EQUAL(accepted.status, 202);
      const auto job = ended_job(port, accepted.header("location")).body;
      BOOST_TEST(job.find("\"completed_at\":null") == std::string::npos);
      check_silent("the job", job);
      check_silent("/health", http_call(port, "GET", "/health").body);
    }
    BOOST_TEST(http_call(port, "GET", "/health").body.find("\"credentials_configured\":true") != std::string::npos);
    for (const auto* path : {"/", "/usage", "/ocr/jobs", "/readyz"})
      check_silent(path, http_call(port, "GET", path).body);
    service.signal(SIGTERM);
    BOOST_TEST(service.wait() == 0);
    BOOST_TEST(service.log().find("engine_refuses_account") != std::string::npos);
    check_silent("the log", service.log());
    for (const auto& entry : std::filesystem::recursive_directory_iterator{scratch.path() / "data"})
      if (entry.is_regular_file()) {
        std::ifstream in{entry.path(), std::ios::binary};
        std::ostringstream text;
        text << in.rdbuf();
        check_silent(entry.path().filename(), text.str());
      }
  }
};

BOOST_FIXTURE_TEST_SUITE(google_secrets, fixture)

BOOST_AUTO_TEST_CASE(an_accounts_key_and_its_tokens_appear_nowhere) {
  check_everything({{"GOOGLE_APPLICATION_CREDENTIALS_JSON", google.credentials_json()}});
}

BOOST_AUTO_TEST_CASE(an_api_key_appears_nowhere) {
  check_everything({{"GOOGLE_API_KEY", key}});
}

BOOST_AUTO_TEST_CASE(broken_credentials_stop_the_start_and_are_not_shown) {
  auto cut = google.credentials_json();
  cut.resize(cut.size() / 2);
  auto other_key = google.credentials_json();
  other_key.replace(other_key.find("\\n") + 10, 40, std::string(40, '!'));
  const std::pair<service_variables, const char*> broken[] = {
      {{{"GOOGLE_APPLICATION_CREDENTIALS_JSON", cut}}, "GOOGLE_APPLICATION_CREDENTIALS_JSON"},
      {{{"GOOGLE_APPLICATION_CREDENTIALS_JSON", other_key}}, "private_key"},
      {{{"GOOGLE_APPLICATION_CREDENTIALS", scratch.path() / "nowhere.json"}}, "GOOGLE_APPLICATION_CREDENTIALS"},
      {{{"GOOGLE_API_KEY", key + " \n"}}, "GOOGLE_API_KEY"},
      {{{"GOOGLE_API_KEY", key}, {"GOOGLE_APPLICATION_CREDENTIALS_JSON", google.credentials_json()}}, "keep one"},
      {{{"OCR_ENGINE", "google"}}, "no Google credentials are set"},
  };
  for (const auto& [credentials, told] : broken) {
    service_process service{GLYPHGATE_BINARY, scratch.path() / "log", settings(credentials)};
    BOOST_TEST(service.wait() == 2);
    const auto log = service.log();
    BOOST_TEST(log.starts_with("glyphgate: "), log);
    BOOST_TEST(log.find(told) != std::string::npos, log);
    BOOST_TEST(std::count(log.begin(), log.end(), '\n') == 1, log);
    check_silent("the refusal", log);
    BOOST_TEST(!std::filesystem::exists(scratch.path() / "data"));
  }
  BOOST_TEST(google.connections() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
