#include "durability/crash_rig.hpp"
#include "support/database_lock.hpp"
#include "support/stalled_fsync.hpp"

#include <boost/test/unit_test.hpp>

#include <iostream>

// A store that is slow or locked costs time. It costs no text that was paid for, and no job.

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void keeps_its_promises(crash_rig& rig, std::uint16_t port) {
  http_connection connection{port};
  for (const auto& job : rig.promised()) {
    const auto complaint = rig.complaint(connection, job, true);
    BOOST_TEST(complaint.empty(), complaint);
  }
}

/// Each call was made once and is paid for once, and nothing is open any more.
void has_paid_for(const crash_rig& rig, std::int64_t calls) {
  BOOST_TEST(rig.calls_made() == calls);
  auto ledger = rig.ledger();
  BOOST_TEST(ledger["settled"] == calls);
  BOOST_TEST(ledger["reserved"] + ledger["begun"] + ledger["unknown"] == 0);
}

BOOST_AUTO_TEST_SUITE(slow_store)

BOOST_AUTO_TEST_CASE(a_text_that_comes_while_the_database_is_locked_is_not_overtaken_by_the_end_of_its_job) {
  crash_rig rig{{{"MAX_FRAMES_PER_JOB", "1"}, {"MAX_CONCURRENT_JOBS", "2"}}};
  const auto service = rig.start();
  const auto port = service->port();
  http_connection connection{port};
  const auto first = rig.upcoming(0);
  const auto second = rig.upcoming(1);
  rig.hold(first);
  rig.hold(second);
  BOOST_REQUIRE(rig.post(connection, 2));
  BOOST_REQUIRE(eventually([&] { return rig.calls_made() == 2; }));
  {
    const database_lock other{rig.data_dir() / "glyphgate.db"};
    rig.let_go(first);
    // The writer has waited a second for the lock and will try again in another.
    BOOST_REQUIRE(eventually([&] { return contains(service->log(), " store_failed "); }));
  }
  rig.let_go(second);
  keeps_its_promises(rig, port);
  const auto job = rig.promised().front();
  const auto result = http_call(port, "GET", job.location).body;
  const auto identical = crash_rig::post_again(connection, job);
  BOOST_TEST(identical.status == 200);
  BOOST_TEST(identical.header("location") == job.location);
  BOOST_TEST(http_call(port, "GET", job.location).body == result);
  keeps_its_promises(rig, port);
  service->signal(SIGTERM);
  BOOST_TEST(service->wait() == 0);
  BOOST_TEST(!contains(service->log(), "stale"), service->log());
  // And what is on the disk is what was shown.
  const auto again = rig.start();
  keeps_its_promises(rig, again->port());
  has_paid_for(rig, 2);
}

/// What a client is told who wants something done when the store does not answer.
void says_that_the_outcome_is_not_known(const http_answer& answer) {
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(contains(answer.body, "no-answer"), answer.body);
  BOOST_TEST(!answer.header("retry-after").empty());
}

/// /health comes within a second and says whether the store works as far as that is known. A busy machine may need
/// several tries.
std::string degraded_health(std::uint16_t port) {
  http_answer health;
  BOOST_TEST(eventually([&] {
    const auto asked = steady::now();
    health = http_call(port, "GET", "/health");
    return steady::now() - asked < 1s;
  }));
  BOOST_TEST(health.status == 200);
  BOOST_TEST(health.body.starts_with("{\"status\":\"degraded\""), health.body);
  return health.body;
}

BOOST_AUTO_TEST_CASE(what_is_deleted_while_the_database_is_locked_is_deleted_later) {
  crash_rig rig;
  const auto service = rig.start();
  const auto port = service->port();
  http_connection connection{port};
  BOOST_REQUIRE(rig.post(connection, 1));
  keeps_its_promises(rig, port);
  const auto location = rig.promised().front().location;
  {
    const database_lock other{rig.data_dir() / "glyphgate.db"};
    connection.send(http_request("DELETE", location));
    BOOST_REQUIRE(eventually([&] { return contains(service->log(), " store_failed "); }));
    degraded_health(port);
    says_that_the_outcome_is_not_known(connection.read());
  }
  BOOST_TEST(eventually([&] { return http_call(port, "GET", location).status == 404; }));
  BOOST_TEST(eventually([&] { return http_call(port, "GET", "/health").body.starts_with("{\"status\":\"healthy\""); }));
  has_paid_for(rig, 1);
}

BOOST_AUTO_TEST_CASE(a_disk_that_stalls_longer_than_every_time_out_costs_time_only) {
  // The short form stalls for the 10 s after which clients are told that there is no answer. The long one goes beyond
  // the 30 s after which a job that is posted is refused, which once were also those of an attempt's begin.
  const auto stall = long_tests() ? 36s : 0s;
  crash_rig rig{{{"MAX_CONCURRENT_JOBS", "1"}, {"IDLE_EXIT_SECONDS", "1"}, {"PACKING", "off"}}};
  stalled_fsync disk{rig.path() / "stalled"};
  {
    const auto service = rig.start();
    http_connection connection{service->port()};
    BOOST_REQUIRE(rig.post(connection, 1));
    BOOST_REQUIRE(rig.post(connection, 1));
    keeps_its_promises(rig, service->port());
    service->signal(SIGTERM);
    BOOST_TEST(service->wait() == 0);
  }
  const auto ended = rig.promised();
  const auto service = rig.start(disk.variables());
  const auto port = service->port();
  http_connection connection{port};
  // The one worker is busy with the first call, so that the other's attempt begins when the disk stalls.
  const auto first = rig.upcoming(0);
  rig.hold(first);
  BOOST_REQUIRE(rig.post(connection, 1));
  BOOST_REQUIRE(eventually([&] { return rig.calls_made() == 3; }));
  BOOST_REQUIRE(rig.post(connection, 1));
  disk.stall();
  const auto begin = steady::now();
  rig.let_go(first);
  BOOST_REQUIRE(eventually([&] { return disk.waiting() > 0; }));

  http_connection reader{port}, deleter{port};
  reader.send(http_request("GET", ended[0].location));
  deleter.send(http_request("DELETE", ended[1].location));
  const auto health = degraded_health(port);
  BOOST_TEST(contains(health, "\"works\":null"), health);
  // What is durable can be read.
  BOOST_TEST(reader.read().status == 200);
  says_that_the_outcome_is_not_known(deleter.read());
  if (long_tests()) {
    http_connection poster{port};
    BOOST_TEST(!rig.post(poster, 1));
  }
  BOOST_TEST(eventually([&] { return steady::now() - begin > stall; }, stall + 20s));
  BOOST_TEST(rig.calls_made() == 3);
  std::cout << "the disk stalled for " << (steady::now() - begin) / 1s << " s" << std::endl;
  disk.go_on();

  // What was not answered took effect.
  BOOST_TEST(eventually([&] { return http_call(port, "GET", ended[1].location).status == 404; }));
  const auto promised = rig.promised();
  BOOST_REQUIRE(promised.size() == 4U);
  for (const auto& job : {promised[0], promised[2], promised[3]}) {
    const auto complaint = rig.complaint(connection, job, true);
    BOOST_TEST(complaint.empty(), complaint);
  }
  BOOST_TEST(http_call(port, "GET", "/health").body.starts_with("{\"status\":\"healthy\""));
  BOOST_TEST(service->wait() == 0);
  BOOST_TEST(contains(service->log(), " idle "), service->log());
  BOOST_TEST(!contains(service->log(), "stale"), service->log());
  has_paid_for(rig, 4);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
