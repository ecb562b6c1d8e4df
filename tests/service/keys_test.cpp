#include "core/digest.hpp"
#include "core/keys/api_key.hpp"
#include "recording_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

namespace glyphgate {

namespace {

std::string key(std::uint8_t number) {
  return std::string{api_key_of({number}).reveal()};
}

std::string line(const std::string& name, std::uint8_t number) {
  return name + ":" + to_hex(sha256(key(number))) + "\n";
}

struct keys_fixture : recording_fixture {
  const std::string path = scratch.path() / "keys";

  void write(const std::string& text) const { std::ofstream{path} << text; }
  static bool lets_in(std::uint16_t port, std::uint8_t number) {
    return http_call(port, "GET", "/ocr/jobs", "X-API-Key: " + key(number) + "\r\n").status == 200;
  }
};

BOOST_FIXTURE_TEST_SUITE(keys, keys_fixture)

BOOST_AUTO_TEST_CASE(a_hangup_puts_new_keys_in_force_and_a_bad_file_keeps_the_old_ones) {
  write(line("alice", 1));
  service_process service{RECORDING_SERVICE_BINARY, log_path(), settings({{"API_KEYS_FILE", path}})};
  const auto port = service.port();
  BOOST_TEST(service.log().find("api_keys keys=1 names=1") != std::string::npos);
  BOOST_TEST(lets_in(port, 1));
  BOOST_TEST(!lets_in(port, 2));

  write(line("alice", 2) + line("bob", 3));
  service.signal(SIGHUP);
  BOOST_TEST(eventually([&] { return service.log().find("api_keys_reloaded keys=2 names=2") != std::string::npos; }));
  BOOST_TEST(!lets_in(port, 1));
  BOOST_TEST(lets_in(port, 2));
  BOOST_TEST(lets_in(port, 3));

  write(line("alice", 4) + "bob\n");
  service.signal(SIGHUP);
  BOOST_TEST(eventually([&] { return service.log().find("api_keys_not_reloaded") != std::string::npos; }));
  BOOST_TEST(service.log().find(path + ": line 2: there is no ':'") != std::string::npos, service.log());
  BOOST_TEST(service.log().find("kept=2") != std::string::npos);
  BOOST_TEST(lets_in(port, 2));
  BOOST_TEST(!lets_in(port, 4));

  service.signal(SIGTERM);
  BOOST_TEST(service.wait() == 0);
}

BOOST_AUTO_TEST_CASE(keys_of_the_environment_are_in_force_and_a_hangup_says_that_they_stay) {
  service_process service{RECORDING_SERVICE_BINARY, log_path(), settings({{"API_KEYS", line("alice", 1)}})};
  const auto port = service.port();
  service.signal(SIGHUP);
  BOOST_TEST(eventually([&] { return service.log().find("api_keys_not_reloaded") != std::string::npos; }));
  BOOST_TEST(lets_in(port, 1));
}

BOOST_AUTO_TEST_CASE(keys_that_cannot_be_used_stop_the_start_with_2) {
  write("alice\n");
  service_process bad{GLYPHGATE_BINARY, log_path(), settings({{"API_KEYS_FILE", path}})};
  BOOST_TEST(bad.wait() == 2);
  BOOST_TEST(bad.log().find("API_KEYS_FILE " + path + ": line 1: ") != std::string::npos, bad.log());
}

BOOST_AUTO_TEST_CASE(others_are_let_in_without_keys_only_loudly_and_never_to_google) {
  service_process open{RECORDING_SERVICE_BINARY, log_path(), settings({{"HOST", "0.0.0.0"}})};
  open.port();
  BOOST_TEST(open.log().find("no_api_keys host=0.0.0.0") != std::string::npos, open.log());
  service_process own{RECORDING_SERVICE_BINARY, scratch.path() / "own",
                      settings({{"DATA_DIR", scratch.path() / "own_data"}})};
  own.port();
  BOOST_TEST(own.log().find("no_api_keys") == std::string::npos);
  const auto with_google = [&](service_process::variables more) {
    more.insert({{"HOST", "0.0.0.0"}, {"GOOGLE_API_KEY", "k"}, {"DATA_DIR", scratch.path() / "google_data"}});
    return service_process::variables{more};
  };
  service_process refused{GLYPHGATE_BINARY, scratch.path() / "refused", with_google({})};
  BOOST_TEST(refused.wait() == 2);
  for (const auto* part : {"HOST=0.0.0.0", "glyphgate key new NAME", "ALLOW_ANONYMOUS=1"})
    BOOST_TEST(refused.log().find(part) != std::string::npos, refused.log());
  service_process allowed{GLYPHGATE_BINARY, scratch.path() / "allowed", with_google({{"ALLOW_ANONYMOUS", "1"}})};
  allowed.port();
  BOOST_TEST(allowed.log().find("no_api_keys") != std::string::npos);
  service_process keyed{GLYPHGATE_BINARY, scratch.path() / "keyed",
                        with_google({{"API_KEYS", line("alice", 1)}, {"DATA_DIR", scratch.path() / "keyed_data"}})};
  keyed.port();
  BOOST_TEST(keyed.log().find("no_api_keys") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_command_makes_a_key_that_the_service_knows) {
  service_process command{GLYPHGATE_BINARY, log_path(), {}, {"key", "new", "alice", "admin"}};
  BOOST_TEST(command.wait() == 0);
  std::istringstream lines{command.log()};
  std::string made;
  std::string stored;
  for (std::string text; std::getline(lines, text);) {
    if (is_api_key(text))
      made = text;
    if (text.starts_with("alice:"))
      stored = text;
  }
  service_process service{RECORDING_SERVICE_BINARY, scratch.path() / "service", settings({{"API_KEYS", stored}})};
  BOOST_TEST(http_call(service.port(), "GET", "/ocr/jobs", "Authorization: Bearer " + made + "\r\n").status == 200);
}

// A request with each form of a key, known and unknown; then nothing of them is in the log of everything.
BOOST_AUTO_TEST_CASE(no_key_is_ever_logged) {
  service_process service{RECORDING_SERVICE_BINARY, log_path(),
                          settings({{"API_KEYS", line("alice", 1)}, {"LOG_LEVEL", "debug"}})};
  const auto port = service.port();
  int refused = 0;
  for (const auto& shown : {key(1), key(2), std::string{"no-such-form-of-a-key"}})
    for (const auto& [target, fields] : std::array<std::pair<std::string, std::string>, 6>{{
             {"/ocr/jobs", "Authorization: Bearer " + shown + "\r\n"},
             {"/ocr/jobs", "X-API-Key: " + shown + "\r\n"},
             {"/ocr/jobs", "x-goog-api-key: " + shown + "\r\n"},
             {"/ocr/jobs?key=" + shown, ""},
             {"/v1/images:annotate?key=" + shown, ""},
             {"/health", "X-API-Key: " + shown + "\r\nX-Goog-Api-Key: another\r\n"},
         }})
      for (const auto* method : {"GET", "POST"})
        refused += http_call(port, method, target, fields).status >= 400 ? 1 : 0;
  BOOST_TEST(refused >= 24);
  service.signal(SIGTERM);
  BOOST_TEST(service.wait() == 0);
  const auto log = service.log();
  BOOST_TEST(log.find("http_request") != std::string::npos);
  for (const auto& shown : {key(1).substr(3), key(2).substr(3), to_hex(sha256(key(1))), std::string{"no-such-form"}})
    BOOST_TEST(log.find(shown) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
