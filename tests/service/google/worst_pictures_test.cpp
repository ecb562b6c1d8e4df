#include "rig.hpp"
#include "support/process_tree.hpp"
#include "vision/pictures.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using vision::test::exif_block;
using vision::test::gradient;
using vision::test::jpeg_of;
using vision::test::jpeg_with_exif;
using vision::test::png_of;
using vision::test::png_with_exif;

/// Resident memory of a process, KiB.
std::uint64_t resident_kib(pid_t process) {
  std::ifstream in{"/proc/" + std::to_string(process) + "/status"};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmRSS:"))
      return std::strtoull(line.c_str() + 6, nullptr, 10);
  return 0;
}

/// Watches what a service and its readers take together.
class memory_watch {
public:
  explicit memory_watch(pid_t service)
      : watcher_{[this, service](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            auto sum = resident_kib(service);
            for (const auto reader : children_of(service))
              sum += resident_kib(reader);
            peak_kib_ = std::max<std::uint64_t>(peak_kib_, sum);
            std::this_thread::sleep_for(2ms);
          }
        }} {}

  std::uint64_t peak_mib() const { return peak_kib_ / 1024; }

private:
  std::atomic<std::uint64_t> peak_kib_ = 0;
  std::jthread watcher_;
};

/// Files that take much to decode, `side` pixels square.
named_files worst_files(std::uint32_t side) {
  const auto rgb = gradient(side, side, 3);
  const auto on_its_side = exif_block(6);
  return {{"baseline", jpeg_of(rgb)},
          {"turned", jpeg_with_exif(jpeg_of(rgb), on_its_side)},
          {"progressive", jpeg_of(rgb, {.progressive = true, .across = 2, .down = 2})},
          {"cmyk", jpeg_of(gradient(side, side, 4))},
          {"png", png_with_exif(png_of(gradient(side, side, 4)), on_its_side)}};
}

BOOST_AUTO_TEST_SUITE(worst_pictures)

// The sum of docs/memory.md, for a machine whose pictures have just what the largest of these needs.
BOOST_AUTO_TEST_CASE(five_at_once_stay_within_the_documented_sum) {
  const bool at_length = std::getenv("GLYPHGATE_LONG") != nullptr;
  const std::uint32_t side = at_length ? 7071 : 2500;
  const std::uint64_t pictures_mib = at_length ? 180 : 32, inflight_mib = 40, cache_mib = 8, workers = 5;
  fake::fake_vision google;
  const temporary_directory scratch;
  service_process service{GLYPHGATE_BINARY,
                          scratch.path() / "log",
                          {{"DATA_DIR", scratch.path() / "data"},
                           {"GOOGLE_API_KEY", "fake-api-key"},
                           {"VISION_ENDPOINT", google.url()},
                           {"VISION_CA_FILE", scratch.write("ca.pem", google.certificate())},
                           {"PICTURE_MEMORY_MB", std::to_string(pictures_mib)},
                           {"MAX_INFLIGHT_MB", std::to_string(inflight_mib)},
                           {"RESULT_CACHE_MB", std::to_string(cache_mib)},
                           {"MAX_CONCURRENT_JOBS", std::to_string(workers)},
                           {"PACKING", "off"},
                           {"no_proxy", "*"}}};
  const auto port = service.port();
  const auto files = worst_files(side);
  const memory_watch watch{service.pid()};
  std::vector<std::pair<std::string, std::string>> jobs;
  for (const auto& [name, bytes] : files) {
    http_connection client{port};
    client.send(job_request({{name, bytes}}));
    const auto accepted = client.read();
    BOOST_REQUIRE_MESSAGE(accepted.status == 202, name << ": " << accepted.body);
    jobs.emplace_back(name, accepted.header("location"));
  }
  for (const auto& [name, location] : jobs) {
    const auto job = ended_job(port, location);
    BOOST_TEST((job.body.find("\"status\":\"completed\"") != std::string::npos &&
                job.body.find("\"error\":\"") == std::string::npos),
               name << ": " << job.body.substr(0, 2000) << service.log());
  }
  BOOST_TEST(google.calls(fake::request_kind::annotate) == files.size());
  BOOST_TEST(service.log().find("reader_replaced") == std::string::npos, service.log());
  // Of a build for development the programs are larger.
  constexpr std::uint64_t at_rest = 28, reader = 40, montage = 20;
  const auto sum = at_rest + inflight_mib + cache_mib + pictures_mib + workers * (reader + montage);
  BOOST_TEST_MESSAGE("peak " << watch.peak_mib() << " MiB of " << sum);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  BOOST_TEST(watch.peak_mib() <= sum);
#endif
  BOOST_TEST(watch.peak_mib() > at_rest);
}

BOOST_AUTO_TEST_CASE(a_picture_beyond_all_the_memory_is_refused_with_what_it_needs) {
  fake::fake_vision google;
  const temporary_directory scratch;
  service_process service{GLYPHGATE_BINARY,
                          scratch.path() / "log",
                          {{"DATA_DIR", scratch.path() / "data"},
                           {"GOOGLE_API_KEY", "fake-api-key"},
                           {"VISION_ENDPOINT", google.url()},
                           {"VISION_CA_FILE", scratch.write("ca.pem", google.certificate())},
                           {"PICTURE_MEMORY_MB", "4"},
                           {"no_proxy", "*"}}};
  http_connection client{service.port()};
  client.send(
      job_request({{"large", jpeg_of(gradient(1500, 1500, 3), {.progressive = true, .across = 1, .down = 1})}}));
  const auto refused = client.read();
  BOOST_TEST(refused.status == 413);
  BOOST_TEST(refused.body.find("\"name\":\"picture_memory_mb\",\"value\":4") != std::string::npos, refused.body);
  BOOST_TEST(refused.body.find("the image needs ") != std::string::npos, refused.body);
  BOOST_TEST(google.calls(fake::request_kind::annotate) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
