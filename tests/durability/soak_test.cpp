#include "durability/crash_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

/// What the process holds at one instant.
struct holdings {
  std::int64_t resident_kib = 0;
  std::int64_t threads = 0;
  std::int64_t descriptors = 0;
  std::int64_t store_bytes = 0;
  std::int64_t payloads = 0;
  std::int64_t calls = 0;
};

std::ostream& operator<<(std::ostream& out, const holdings& h) {
  return out << h.resident_kib << " KiB resident, " << h.threads << " threads, " << h.descriptors << " descriptors, "
             << h.store_bytes / 1024 << " KiB of store, " << h.payloads << " payloads, " << h.calls << " calls made";
}

holdings look(const crash_rig& rig, pid_t pid) {
  namespace fs = std::filesystem;
  holdings h;
  const auto process = fs::path{"/proc"} / std::to_string(pid);
  std::ifstream status{process / "status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:"))
      h.resident_kib = std::atoll(line.c_str() + 6);
    if (line.starts_with("Threads:"))
      h.threads = std::atoll(line.c_str() + 8);
  }
  h.descriptors = std::distance(fs::directory_iterator{process / "fd"}, {});
  for (const auto& entry : fs::directory_iterator{rig.data_dir()})
    if (entry.is_regular_file())
      h.store_bytes += static_cast<std::int64_t>(entry.file_size());
  h.payloads = std::distance(fs::directory_iterator{rig.data_dir() / "payloads"}, {});
  h.calls = rig.calls_made();
  return h;
}

/// New jobs, polls, long polls, lists, cancellations and forgetting, on a connection that is made anew now and then.
void use(std::uint16_t port, std::uint64_t seed, std::chrono::steady_clock::time_point end) {
  std::minstd_rand random{static_cast<std::minstd_rand::result_type>(seed)};
  while (std::chrono::steady_clock::now() < end) {
    http_connection connection{port};
    for (int i = 0; i < 20; ++i) {
      const auto file = test_png(random() * 0x10000ULL + random() % 0x10000);
      connection.send(http_request("POST", "/ocr/jobs", "Content-Type: image/png\r\n", file));
      const auto location = connection.read().header("location");
      if (location.empty())
        continue;
      const auto* method = random() % 5 == 0 ? "DELETE" : "GET";
      connection.send(http_request(method, random() % 2 == 0 ? location : location + "?wait=5"));
      connection.read();
      if (random() % 10 == 0) {
        connection.send(http_request("GET", "/ocr/jobs?limit=10"));
        connection.read();
      }
    }
  }
}

/// AddressSanitizer keeps freed memory back, 256 MiB of it unless told otherwise, which would look like a leak here.
std::string with_small_quarantine() {
  const auto* given = std::getenv("ASAN_OPTIONS");
  return (given ? given + std::string{":"} : std::string{}) + "quarantine_size_mb=8";
}

BOOST_AUTO_TEST_SUITE(soak)

BOOST_AUTO_TEST_CASE(mixed_load_with_expiry_every_few_seconds_ends_where_it_began) {
  const auto length = std::chrono::seconds{long_tests() ? 600 : 12};
  const auto seed = test_seed();
  std::cout << "GLYPHGATE_SEED=" << seed << ", " << length.count() << " s" << std::endl;
  std::mt19937_64 random{seed};
  crash_rig rig{{{"JOB_RESULT_TTL_SECONDS", "2"},
                 {"CLEANUP_INTERVAL_SECONDS", "1"},
                 {"RESULT_CACHE_MB", "2"},
                 {"ENGINE_MS", "1"},
                 {"ASAN_OPTIONS", with_small_quarantine()}}};
  const auto service = rig.start();
  const auto port = service->port();
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i)
    clients.emplace_back(use, port, random(), begin + length);
  std::this_thread::sleep_until(begin + length / 3);
  const auto early = look(rig, service->pid());
  for (auto& client : clients)
    client.join();
  // Everything expires.
  BOOST_TEST(
      eventually([&] { return http_call(port, "GET", "/health").body.find("\"total_jobs\":0") != std::string::npos; }));
  const auto late = look(rig, service->pid());
  std::cout << "after a third: " << early << "\nat the end:    " << late << std::endl;
  BOOST_TEST(late.calls > early.calls);
  BOOST_TEST(late.resident_kib <= early.resident_kib * 5 / 4 + 8 * 1024);
  BOOST_TEST(late.threads <= early.threads);
  BOOST_TEST(late.descriptors <= early.descriptors);
  BOOST_TEST(eventually([&] { return look(rig, service->pid()).payloads == 0; }));
  // The ledger keeps a row of each call for a day; nothing else may grow.
  BOOST_TEST(late.store_bytes <= early.store_bytes * 5 / 4 + 300 * (late.calls - early.calls) + 2 * 1024 * 1024);
  service->signal(SIGTERM);
  BOOST_TEST(service->wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
