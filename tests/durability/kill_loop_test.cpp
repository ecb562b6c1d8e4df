#include "durability/crash_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <iostream>

namespace glyphgate {

namespace {

constexpr int clients = 4;
constexpr int workers = 3;

/// Posts new jobs and looks at old ones until the service is gone.
void use(crash_rig& rig, std::uint16_t port, std::uint64_t seed, std::vector<std::string>& complaints) {
  std::minstd_rand random{static_cast<std::minstd_rand::result_type>(seed)};
  try {
    http_connection connection{port};
    for (;;) {
      rig.post(connection, 1 + static_cast<int>(random() % 3));
      const auto jobs = rig.promised();
      if (jobs.empty() || random() % 2 != 0)
        continue;
      if (auto complaint = rig.complaint(connection, jobs[random() % jobs.size()], false); !complaint.empty())
        complaints.push_back(std::move(complaint));
    }
  } catch (const std::exception&) {
    // The service was killed.
  }
}

BOOST_AUTO_TEST_SUITE(kill_loop)

BOOST_AUTO_TEST_CASE(a_service_that_is_killed_again_and_again_keeps_every_promise) {
  const int kills = long_tests() ? 1000 : 100;
  const auto seed = test_seed();
  std::cout << "GLYPHGATE_SEED=" << seed << ", " << kills << " kills" << std::endl;
  std::mt19937_64 random{seed};
  // Pictures of two make several calls a job, and an attempt is interrupted often.
  crash_rig rig{{{"MAX_CONCURRENT_JOBS", std::to_string(workers)},
                 {"MAX_FRAMES_PER_JOB", "2"},
                 {"MAX_ATTEMPTS", "10"},
                 {"QUEUE_CAPACITY", "100000"},
                 {"ENGINE_MS", "2"}}};
  for (int kill = 1; kill <= kills; ++kill) {
    const auto service = rig.start();
    std::vector<std::thread> threads;
    std::vector<std::vector<std::string>> complaints(clients);
    // One in ten dies while it starts.
    const bool early = random() % 10 == 0;
    if (!early) {
      const auto port = service->port();
      for (std::size_t i = 0; i < clients; ++i)
        threads.emplace_back(use, std::ref(rig), port, random(), std::ref(complaints[i]));
    }
    // The moment of the kill is what is random here.
    std::this_thread::sleep_for(std::chrono::microseconds{random() % (early ? 60'000 : 80'000)});
    service->signal(SIGKILL);
    service->wait();
    for (auto& t : threads)
      t.join();
    for (const auto& list : complaints)
      for (const auto& complaint : list)
        BOOST_ERROR(complaint);
    if (!std::filesystem::exists(rig.data_dir()))
      continue;
    const auto made = rig.calls_made();
    const auto on_ledger = rig.calls_on_ledger();
    BOOST_REQUIRE_MESSAGE(made <= on_ledger,
                          "after kill " << kill << ": " << made << " calls made, " << on_ledger << " on the ledger");
    BOOST_REQUIRE_LE(on_ledger - made, static_cast<std::int64_t>(kill) * workers);
  }
  const auto service = rig.start();
  http_connection connection{service->port()};
  const auto jobs = rig.promised();
  for (const auto& job : jobs) {
    const auto complaint = rig.complaint(connection, job, true);
    BOOST_REQUIRE_MESSAGE(complaint.empty(), complaint);
  }
  BOOST_TEST(jobs.size() > static_cast<std::size_t>(kills));
  const auto made = rig.calls_made();
  const auto on_ledger = rig.calls_on_ledger();
  BOOST_TEST(made <= on_ledger);
  std::cout << jobs.size() << " jobs promised and kept, " << made << " calls made, " << on_ledger << " on the ledger"
            << std::endl;
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
