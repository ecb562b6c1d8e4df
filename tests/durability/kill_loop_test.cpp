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
  // Pictures of two make several calls a job, and an attempt is interrupted often: many a life is too short for the one
  // call that is tried again by itself.
  crash_rig rig{{{"MAX_CONCURRENT_JOBS", std::to_string(workers)},
                 {"MAX_FRAMES_PER_JOB", "2"},
                 {"MAX_ATTEMPTS", "10"},
                 {"MAX_INTERRUPTIONS", "100"},
                 {"QUEUE_CAPACITY", "100000"},
                 // A life is too short for the usual window.
                 {"PACKING_WINDOW_MS", "5"},
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
  // A slow machine promises fewer; lives in which nothing was promised would prove nothing.
  BOOST_TEST(jobs.size() >= static_cast<std::size_t>(kills / 4));
  BOOST_TEST(rig.wrong_shares() == 0);
  const auto made = rig.calls_made();
  const auto on_ledger = rig.calls_on_ledger();
  BOOST_TEST(made <= on_ledger);
  std::cout << jobs.size() << " jobs promised and kept, " << made << " calls made, " << on_ledger << " on the ledger"
            << std::endl;
}

/// Kills a service 15 times in about ten seconds while clients post 400 jobs, and expects every one of them completed.
void expect_no_job_to_fail_for_the_kills(std::uint64_t seed) {
  using namespace std::chrono_literals;
  constexpr int kills = 15;
  constexpr std::size_t wanted = 400;
  std::cout << "GLYPHGATE_SEED=" << seed << ", " << kills << " kills" << std::endl;
  std::mt19937_64 random{seed};
  // The shipped limits on attempts and interruptions. Twenty calls at once take about as long as a life, so that each
  // kill interrupts them; one by itself takes a twentieth of that.
  crash_rig rig{{{"MAX_CONCURRENT_JOBS", "20"}, {"MAX_FRAMES_PER_JOB", "1"}, {"ENGINE_CORE_MS", "30"}}};
  const auto post_until = [&rig](std::uint16_t port, std::size_t enough) {
    try {
      http_connection connection{port};
      while (rig.promised().size() < enough)
        rig.post(connection, 1);
    } catch (const std::exception&) {
      // The service was killed.
    }
  };
  std::uint64_t interrupted = 0;
  for (std::size_t kill = 1; kill <= kills; ++kill) {
    const auto service = rig.start();
    const auto port = service->port();
    // The moment of the kill is what is random here.
    const auto moment = std::chrono::steady_clock::now() + std::chrono::milliseconds{200 + random() % 800};
    std::thread client{post_until, port, wanted * kill / kills};
    std::this_thread::sleep_until(moment);
    service->signal(SIGKILL);
    service->wait();
    client.join();
    auto ledger = rig.ledger();
    interrupted += static_cast<std::uint64_t>(ledger["begun"]);
    BOOST_REQUIRE_LE(rig.calls_made(), rig.calls_on_ledger());
  }
  const auto service = rig.start();
  post_until(service->port(), wanted);
  http_connection connection{service->port()};
  const auto jobs = rig.promised();
  std::size_t failed = 0;
  for (const auto& job : jobs)
    if (const auto complaint = rig.complaint(connection, job, true); !complaint.empty()) {
      ++failed;
      BOOST_ERROR(complaint);
    }
  BOOST_TEST(jobs.size() >= wanted);
  BOOST_TEST(failed == 0U);
  BOOST_TEST(interrupted > 0U);
  const auto made = rig.calls_made();
  const auto on_ledger = rig.calls_on_ledger();
  BOOST_TEST(made <= on_ledger);
  std::cout << jobs.size() << " jobs accepted, " << failed << " failed, " << interrupted << " calls interrupted, "
            << made << " calls made, " << on_ledger << " on the ledger" << std::endl;
}

BOOST_AUTO_TEST_CASE(kills_under_load_fail_no_job) {
  const auto seed = test_seed();
  for (std::uint64_t i = 0; i < (long_tests() ? 5 : 1); ++i)
    expect_no_job_to_fail_for_the_kills(seed + i);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
