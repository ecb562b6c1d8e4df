#include "support/database_lock.hpp"
#include "support/stalled_fsync.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace glyphgate {

namespace {

struct fixture {
  temporary_directory dir;
  stalled_fsync disk{dir.path() / "stalled"};
  std::filesystem::path file = dir.path() / "file";

  fixture() { std::ofstream{file} << "text"; }

  /// A program that syncs the file once.
  service_process sync(const std::vector<std::string>& options) {
    auto arguments = options;
    arguments.push_back(file.string());
    return {"/usr/bin/sync", dir.path() / "log", disk.variables(), arguments};
  }
};

BOOST_FIXTURE_TEST_SUITE(support, fixture)

BOOST_AUTO_TEST_CASE(a_stalled_disk_holds_fsync_and_fdatasync_until_it_goes_on) {
  for (const std::vector<std::string>& options : {std::vector<std::string>{}, {"--data"}}) {
    disk.stall();
    auto program = sync(options);
    BOOST_TEST(eventually([&] { return disk.waiting() == 1; }));
    BOOST_TEST(!program.ended());
    disk.go_on();
    BOOST_TEST(program.wait() == 0);
    BOOST_TEST(disk.waiting() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_disk_that_does_not_stall_holds_nothing) {
  BOOST_TEST(sync({}).wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_sync_that_fails_still_fails) {
  file = "/dev/null"; // has nothing to sync: EINVAL
  BOOST_TEST(sync({}).wait() == 1);
  BOOST_TEST(sync({"--data"}).wait() == 1);
}

BOOST_AUTO_TEST_CASE(a_database_is_locked_for_writers_while_the_lock_lives) {
  const auto database = dir.path() / "database";
  BOOST_CHECK_THROW(database_lock{database}, std::runtime_error);
  sqlite3* opened = nullptr;
  BOOST_REQUIRE_EQUAL(sqlite3_open(database.c_str(), &opened), SQLITE_OK);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> writer{opened, sqlite3_close};
  const auto run = [&](const char* sql) { return sqlite3_exec(opened, sql, nullptr, nullptr, nullptr); };
  BOOST_TEST(run("PRAGMA journal_mode = WAL; CREATE TABLE t (a)") == SQLITE_OK);
  {
    const database_lock lock{database};
    BOOST_TEST(run("INSERT INTO t VALUES (1)") == SQLITE_BUSY);
    BOOST_TEST(run("SELECT * FROM t") == SQLITE_OK);
  }
  BOOST_TEST(run("INSERT INTO t VALUES (1)") == SQLITE_OK);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
