#include "support/http_client.hpp"
#include "support/multipart.hpp"
#include "support/process_tree.hpp"
#include "support/samples.hpp"
#include "support/service_process.hpp"
#include "support/test_png.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

rapidjson::Document json(const http_answer& answer) {
  rapidjson::Document document;
  document.Parse(answer.body.c_str());
  BOOST_REQUIRE_MESSAGE(!document.HasParseError(), answer.body);
  return document;
}

std::string post(std::uint16_t port, const named_files& files) {
  http_connection client{port};
  client.send(job_request(files));
  const auto accepted = client.read();
  BOOST_REQUIRE_MESSAGE(accepted.status == 202, accepted.body);
  return accepted.header("location");
}

rapidjson::Document ended(std::uint16_t port, const std::string& job) {
  return json(ended_job(port, job));
}

/// The service beside a reader that does what pictures tell it to.
struct hostile_fixture {
  hostile_fixture() {
    std::filesystem::create_hard_link(GLYPHGATE_BINARY, directory.path() / "glyphgate");
    std::filesystem::create_hard_link(HOSTILE_READER, directory.path() / "glyphgate-reader");
  }

  service_process start(service_process::variables settings = {}) {
    settings.insert({{"DATA_DIR", directory.path() / "data"}, {"MAX_CONCURRENT_JOBS", "1"}});
    return {directory.path() / "glyphgate", directory.path() / "log", settings};
  }

  /// A picture, different from all with another number.
  static std::string picture_that(const std::string& deed) { return test_png(++number) + "do:" + deed; }

  static inline std::uint64_t number = 0;
  // Where the programs are: there are no hard links to another file system.
  temporary_directory directory{std::filesystem::path{GLYPHGATE_BINARY}.parent_path()};
};

BOOST_AUTO_TEST_SUITE(cage)

BOOST_AUTO_TEST_CASE(the_reader_knows_no_secret_and_the_service_has_no_decoder) {
  constexpr auto secret = "planted-secret-of-the-cage-test";
  temporary_directory scratch;
  service_process service{GLYPHGATE_BINARY,
                          scratch.path() / "log",
                          {{"DATA_DIR", scratch.path() / "data"},
                           {"OCR_ENGINE", "tesseract"},
                           {"GOOGLE_APPLICATION_CREDENTIALS_JSON", secret}}};
  const auto port = service.port();
  BOOST_TEST(children_of(service.pid()).empty());
  const auto done = ended(port, post(port, {{"one", content_of(samples_directory() / "caption-en-01.jpg")}}));
  BOOST_REQUIRE_EQUAL(std::string{done["status"].GetString()}, "completed");

  const auto readers = children_of(service.pid());
  BOOST_REQUIRE(readers.size() == 1U);
  BOOST_TEST(memory_holds(service.pid(), secret));
  BOOST_TEST(!memory_holds(readers[0], secret));
  BOOST_TEST(maps_of(readers[0]).find("glyphgate.db") == std::string::npos);

  const auto in_service = maps_of(service.pid()), in_reader = maps_of(readers[0]);
  for (const std::string_view library :
       {"libjpeg", "libpng", "libwebp", "libtiff", "libgif", "libopenjp2", "libheif", "libtesseract", "liblept"}) {
    BOOST_TEST(in_service.find(library) == std::string::npos, library);
    BOOST_TEST(in_reader.find(library) != std::string::npos, library);
  }
  // Nobody needs to tell it.
  BOOST_TEST(service.log().find("reader_replaced") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_idle_reader_ends) {
  temporary_directory scratch;
  service_process service{
      GLYPHGATE_BINARY, scratch.path() / "log", {{"DATA_DIR", scratch.path() / "data"}, {"ENGINE_IDLE_SECONDS", "1"}}};
  const auto port = service.port();
  const auto done = ended(port, post(port, {{"one", content_of(samples_directory() / "caption-en-01.jpg")}}));
  BOOST_REQUIRE_EQUAL(std::string{done["status"].GetString()}, "completed");
  BOOST_TEST(eventually([&] { return children_of(service.pid()).empty(); }));
}

BOOST_AUTO_TEST_CASE(a_killed_service_leaves_no_reader) {
  temporary_directory scratch;
  service_process service{GLYPHGATE_BINARY, scratch.path() / "log", {{"DATA_DIR", scratch.path() / "data"}}};
  const auto port = service.port();
  ended(port, post(port, {{"one", content_of(samples_directory() / "caption-en-01.jpg")}}));
  const auto readers = children_of(service.pid());
  BOOST_REQUIRE(readers.size() == 1U);
  service.signal(SIGKILL);
  service.wait();
  BOOST_TEST(eventually([&] { return maps_of(readers[0]).empty(); }));
}

BOOST_FIXTURE_TEST_CASE(what_a_picture_does_costs_that_picture, hostile_fixture) {
  auto service = start({{"TESSERACT_TIMEOUT_SECONDS", "2"}});
  const auto port = service.port();
  constexpr std::array deeds {
    "open", "socket", "execute", "spin", "crash", "lie",
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        // Under a sanitizer no limit is set: its own memory exceeds any.
        "allocate",
#endif
  };
  named_files files{{"first", picture_that("nothing")}};
  for (const std::string deed : deeds)
    files.emplace_back(deed, picture_that(deed));
  files.emplace_back("last", picture_that("nothing"));
  const auto done = ended(port, post(port, files));
  const auto& results = done["result"]["results"];
  BOOST_REQUIRE_EQUAL(results.Size(), files.size());
  for (rapidjson::SizeType i = 0; i < results.Size(); ++i) {
    const bool good = i == 0 || i + 1 == results.Size();
    BOOST_TEST(results[i].HasMember("error") != good, files[i].first);
  }
  const auto health = json(http_call(port, "GET", "/health"));
  BOOST_TEST(std::string{health["circuit_breaker"]["state"].GetString()} == "closed");
  BOOST_TEST(health["circuit_breaker"]["failures"].GetUint() == 0U);
  service.signal(SIGTERM);
  BOOST_TEST(service.wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_jobs_reader_ends_within_a_second, hostile_fixture) {
  auto service = start();
  const auto port = service.port();
  const auto job = post(port, {{"spin", picture_that("spin")}});
  BOOST_REQUIRE(eventually([&] { return children_of(service.pid()).size() == 1U; }));
  const auto cancelled_at = std::chrono::steady_clock::now();
  BOOST_TEST(http_call(port, "DELETE", job).status == 204);
  BOOST_TEST(eventually([&] { return children_of(service.pid()).empty(); }, 1s));
  BOOST_TEST((std::chrono::steady_clock::now() - cancelled_at < 1s));
  // The worker is free again.
  const auto done = ended(port, post(port, {{"good", picture_that("nothing")}}));
  BOOST_TEST(std::string{done["status"].GetString()} == "completed");
}

BOOST_FIXTURE_TEST_CASE(a_stop_does_not_wait_for_a_reader_that_spins, hostile_fixture) {
  auto service = start({{"SHUTDOWN_GRACE_SECONDS", "1"}});
  const auto port = service.port();
  post(port, {{"spin", picture_that("spin")}});
  BOOST_REQUIRE(eventually([&] { return children_of(service.pid()).size() == 1U; }));
  service.signal(SIGTERM);
  BOOST_TEST(service.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_service_without_its_reader_does_not_start) {
  temporary_directory directory{std::filesystem::path{GLYPHGATE_BINARY}.parent_path()};
  std::filesystem::create_hard_link(GLYPHGATE_BINARY, directory.path() / "glyphgate");
  service_process service{directory.path() / "glyphgate", directory.path() / "log", {}};
  BOOST_TEST(service.wait() == 2);
  BOOST_TEST(service.log().find("glyphgate-reader") != std::string::npos, service.log());
}

BOOST_AUTO_TEST_CASE(without_the_cage_there_is_a_warning) {
  temporary_directory scratch;
  service_process service{
      GLYPHGATE_BINARY, scratch.path() / "log", {{"DATA_DIR", scratch.path() / "data"}, {"READER_CAGE", "off"}}};
  const auto port = service.port();
  BOOST_TEST(service.log().find("warn reader_not_caged") != std::string::npos);
  const auto done = ended(port, post(port, {{"one", content_of(samples_directory() / "caption-en-01.jpg")}}));
  BOOST_TEST(std::string{done["status"].GetString()} == "completed");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
