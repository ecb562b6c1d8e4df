#include "support/multipart.hpp"
#include "support/service_process.hpp"
#include "support/test_png.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

constexpr int most = 20;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct fixture {
  temporary_directory scratch;
  service_process service{RECORDING_SERVICE_BINARY,
                          scratch.path() / "log",
                          {{"DATA_DIR", scratch.path() / "data"},
                           {"CALL_LOG", scratch.path() / "calls"},
                           {"MAX_KEPT_JOBS", std::to_string(most)}}};
  std::uint16_t port = service.port();
  http_connection connection{port};

  /// A job of the one picture under a name of its own: its reading is free from the second on.
  http_answer post(int name) {
    connection.send(job_request({{std::to_string(name) + ".png", test_png(1)}}));
    return connection.read();
  }

  http_answer call(const char* method, const std::string& target) {
    connection.send(http_request(method, target));
    return connection.read();
  }

  /// Bytes of memory that the process holds.
  std::uint64_t memory() const {
    std::ifstream in{"/proc/" + std::to_string(service.pid()) + "/statm"};
    std::uint64_t all = 0, resident = 0;
    in >> all >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }

  std::uint64_t payload_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator{scratch.path() / "data" / "payloads"})
      bytes += entry.file_size();
    return bytes;
  }

  std::uint64_t bytes_on_disk() const {
    std::uint64_t sum = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{scratch.path() / "data"})
      if (entry.is_regular_file())
        sum += entry.file_size();
    return sum;
  }
};

BOOST_FIXTURE_TEST_SUITE(kept_jobs, fixture)

BOOST_AUTO_TEST_CASE(free_jobs_are_refused_beyond_the_limit_until_one_is_deleted) {
  std::vector<std::string> locations;
  for (int i = 0; i < most; ++i) {
    const auto answer = post(i);
    BOOST_REQUIRE_EQUAL(answer.status, 202);
    locations.push_back(answer.header("location"));
    BOOST_TEST(contains(ended_job(port, locations.back()).body, "\"status\":\"completed\""));
  }
  const auto refused = post(most);
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(contains(refused.body, "queue-full"), refused.body);
  BOOST_TEST(std::atoi(refused.header("retry-after").c_str()) > 0);
  // What is kept is served.
  BOOST_TEST(post(3).status == 200);
  BOOST_TEST(call("GET", locations[3]).status == 200);

  BOOST_TEST(call("DELETE", locations[5]).status == 204);
  const auto taken = post(most);
  BOOST_TEST(taken.status == 202);
  BOOST_TEST(contains(taken.body, "\"status\":\"completed\""), taken.body);
  BOOST_TEST(post(most + 1).status == 503);
  BOOST_TEST(contains(call("GET", "/health").body, "\"total_jobs\":20"));
}

BOOST_AUTO_TEST_CASE(a_flood_of_free_jobs_takes_neither_memory_nor_disk) {
  constexpr int warm_up = 500;
  constexpr int flood = 3'000;
  int name = 0;
  const auto flood_with = [&](int posts) {
    int refused = 0;
    for (int i = 0; i < posts; ++i)
      refused += post(name++).status == 503 ? 1 : 0;
    return refused;
  };
  BOOST_TEST(contains(ended_job(port, post(name++).header("location")).body, "\"status\":\"completed\""));
  BOOST_TEST(flood_with(warm_up) == warm_up + 1 - most);
  const auto payloads_before = payload_bytes();
  const auto memory_before = memory();
  const auto disk_before = bytes_on_disk();
  BOOST_TEST(flood_with(flood) == flood);
  BOOST_TEST(payload_bytes() <= payloads_before);
  BOOST_TEST(bytes_on_disk() <= disk_before);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // A job that is kept takes some 5 KB.
  BOOST_TEST(memory() < memory_before + (4U << 20));
#else
  BOOST_TEST(memory_before > 0U);
#endif
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
