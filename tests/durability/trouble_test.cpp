#include "durability/crash_rig.hpp"
#include "support/database_lock.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/resource.h>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

struct fixture {
  crash_rig rig;
  std::unique_ptr<service_process> service = rig.start();
  std::uint16_t port = service->port();

  int status_of(const char* path) { return http_call(port, "GET", path).status; }

  bool healthy() { return http_call(port, "GET", "/health").body.starts_with("{\"status\":\"healthy\""); }

  bool promises_a_job() {
    http_connection connection{port};
    return rig.post(connection, 1);
  }

  void refuses_work_and_calls_nobody() {
    const auto calls = rig.calls_made();
    const auto answer =
        http_call(port, "POST", "/ocr/jobs", "Content-Type: image/png\r\n", test_png(777'777 + ++posted));
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.body.find("store-unavailable") != std::string::npos);
    BOOST_TEST(!answer.header("retry-after").empty());
    BOOST_TEST(eventually([&] { return status_of("/readyz") == 503; }));
    BOOST_TEST(!healthy());
    BOOST_TEST(status_of("/livez") == 200);
    BOOST_TEST(rig.calls_made() == calls);
  }

  void keeps_its_promises() {
    http_connection connection{port};
    for (const auto& job : rig.promised()) {
      const auto complaint = rig.complaint(connection, job, true);
      BOOST_TEST(complaint.empty(), complaint);
    }
  }

  void works_again_by_itself() {
    BOOST_TEST(eventually([&] { return status_of("/readyz") == 200; }));
    BOOST_TEST(healthy());
    BOOST_TEST(promises_a_job());
    keeps_its_promises();
  }

  std::uint64_t posted = 0;
};

BOOST_FIXTURE_TEST_SUITE(trouble, fixture)

BOOST_AUTO_TEST_CASE(a_locked_database_means_no_new_work_until_it_is_free) {
  BOOST_TEST(promises_a_job());
  keeps_its_promises();
  {
    const database_lock other{rig.data_dir() / "glyphgate.db"};
    refuses_work_and_calls_nobody();
  }
  works_again_by_itself();
}

BOOST_AUTO_TEST_CASE(a_full_disk_means_no_new_work_until_there_is_room) {
  BOOST_TEST(promises_a_job());
  keeps_its_promises();
  // The kernel refuses every write beyond the limit, as a full disk would.
  const rlimit full{64, RLIM_INFINITY};
  BOOST_REQUIRE_EQUAL(prlimit(service->pid(), RLIMIT_FSIZE, &full, nullptr), 0);
  refuses_work_and_calls_nobody();
  const rlimit room{RLIM_INFINITY, RLIM_INFINITY};
  BOOST_REQUIRE_EQUAL(prlimit(service->pid(), RLIMIT_FSIZE, &room, nullptr), 0);
  works_again_by_itself();
}

BOOST_AUTO_TEST_CASE(a_damaged_database_stops_the_start_with_instructions_and_stays_as_it_is) {
  BOOST_TEST(promises_a_job());
  service->signal(SIGTERM);
  BOOST_TEST(service->wait() == 0);
  const auto database = rig.data_dir() / "glyphgate.db";
  {
    std::fstream file{database, std::ios::in | std::ios::out | std::ios::binary};
    file << "this is no database";
  }
  const auto read = [&] {
    std::ifstream in{database, std::ios::binary};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
  };
  const auto before = read();
  const auto again = rig.start();
  BOOST_TEST(again->wait() == 1);
  BOOST_TEST(again->log().find("glyphgate.db") != std::string::npos, again->log());
  BOOST_TEST(again->log().find("backup") != std::string::npos, again->log());
  BOOST_TEST((read() == before));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
