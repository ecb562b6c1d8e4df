#include "old_store.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/schema.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace glyphgate::store {

namespace {

using strings = std::vector<std::string>;

// A database as the program of the fourth schema left it, not opened by this one yet.
struct fourth_schema {
  temporary_directory dir{in_memory()};
  std::filesystem::path file = dir.path() / "glyphgate.db";

  fourth_schema() {
    write_file(file, "");
    sql(file, read_file(fixture_of(4) / "glyphgate.sql"));
  }

  void migrate() const {
    database db{file, std::chrono::milliseconds{0}, ""};
    store::migrate(db, schema_steps().first(5));
  }

  void check(const std::string& query, const strings& rows) const {
    BOOST_TEST_CONTEXT(query)
    BOOST_TEST(sql(file, query) == rows, boost::test_tools::per_element());
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(migration_test, fourth_schema)

// Its story is told in write_store.cpp: the calls of the jobs 1 to 12 are 1 and 2 (interrupted), 3 (completed), 4
// (failed), 5 (cancelled, left open), 7 (mixed), 9 (retried: the second attempt at what 8 paid for), 10 (taken back),
// 11 (split), of which came 12 (closed) and 13 (begun), 14 (closed), 15 (closed) and 16 (begun), and 17 (waiting). 6
// was paid by a job that is forgotten.
BOOST_AUTO_TEST_CASE(the_fifth_schema_takes_over_open_calls_and_who_paid) {
  migrate();
  check(
      "SELECT id || ' of ' || origin || ': ' || attempt || ' ' || reservation || ' ' || paid_before || ' ' || suspect "
      "|| ' ' || interruptions || ' ' || closed FROM calls ORDER BY id",
      {
          "1 of 1: 1 1 0 1 1 0",
          "2 of 2: 1 2 0 0 0 0",
          "7 of 7: 1 7 0 0 0 0",
          "9 of 9: 2 9 1 0 0 0",
          "10 of 10: 2 10 0 0 0 0",
          "13 of 13: 1 13 0 0 0 0",
          "16 of 16: 1 16 0 0 0 0",
          "17 of 17: 1 17 0 0 0 0",
      });
  check("SELECT jobs.id || ' ' || position || ': ' || call FROM pictures JOIN jobs ON number = job "
        "WHERE call IS NOT NULL ORDER BY job, position",
        {
            "interrupted 0: 1",
            "interrupted 1: 2",
            "mixed 1: 7",
            "retried 0: 9",
            "taken-back 0: 10",
            "split 1: 13",
            "half-done 1: 16",
            "waiting 0: 17",
        });
  check("SELECT reservation || ' ' || call || ' ' || attempt || ' ' || state FROM ledger ORDER BY reservation",
        {
            "1 1 1 unknown",
            "2 2 1 reserved",
            "3 0 1 settled",
            "4 0 1 settled",
            "5 0 1 released",
            "6 0 1 settled",
            "7 7 1 reserved",
            "8 9 1 settled",
            "9 9 2 reserved",
            "10 10 2 reserved",
            "11 0 1 settled",
            "12 0 1 settled",
            "13 13 1 begun",
            "14 0 1 settled",
            "15 0 1 settled",
            "16 16 1 begun",
            "17 17 1 reserved",
        });
  check("SELECT reservation || ' by ' || job || ': ' || calls || ' ' || price FROM shares ORDER BY reservation, job",
        {
            "1 by 1: 1000000 1500",
            "3 by 2: 1000000 1500",
            "4 by 3: 1000000 1500",
            "6 by 5: 1000000 1500",
            "8 by 7: 1000000 1500",
            "11 by 9: 1000000 1500",
            "12 by 9: 1000000 1500",
            "13 by 9: 1000000 1500",
            "14 by 10: 1000000 1500",
            "15 by 11: 1000000 1500",
            "16 by 11: 1000000 1500",
        });
  check("SELECT id || ': ' || share_calls || ' ' || share_price FROM jobs ORDER BY number",
        {
            "interrupted: 1000000 1500",
            "completed: 1000000 1500",
            "failed: 1000000 1500",
            "cancelled: 0 0",
            "mixed: 0 0",
            "retried: 1000000 1500",
            "taken-back: 0 0",
            "split: 2000000 3000",
            "all-closed: 1000000 1500",
            "half-done: 1000000 1500",
            "waiting: 0 0",
        });
  check("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        {"acceptances", "calls", "jobs", "ledger", "pictures", "shares", "totals"});
}

// The ledger knew the price of an attempt from the fourth schema on.
BOOST_AUTO_TEST_CASE(attempts_without_a_price_are_paid_for_in_calls) {
  sql(file, "UPDATE ledger SET price = NULL WHERE reservation IN (11, 13)");
  migrate();
  check("SELECT calls || ' ' || price FROM shares WHERE job = 9 ORDER BY reservation",
        {"1000000 0", "1000000 1500", "1000000 0"});
  check("SELECT share_calls || ' ' || share_price FROM jobs WHERE id = 'split'", {"2000000 1500"});
}

// A call of more pictures than a byte counts.
BOOST_AUTO_TEST_CASE(every_picture_of_a_large_call_boards_it) {
  sql(file, "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 299) "
            "INSERT INTO pictures SELECT job, n, 'p' || n, content, recognition_key, format, width, height, "
            "orientation, payload_offset, size, NULL, NULL, 0 FROM pictures JOIN i WHERE job = 12 AND position = 0");
  // Of version 1, three of them: 0, 127 and 299.
  sql(file, "UPDATE calls SET pictures = x'0103007fab02' WHERE job = 12");
  migrate();
  check("SELECT position FROM pictures WHERE call = 17 ORDER BY position", {"0", "127", "299"});
}

BOOST_AUTO_TEST_CASE(a_damaged_call_stops_the_migration_and_is_named) {
  const auto before = sql(file, "SELECT sql FROM sqlite_schema ORDER BY name");
  // Cut short, and of a picture that there is not.
  for (const auto* damaged : {"x'0102'", "x'010109'"}) {
    sql(file, std::string{"UPDATE calls SET pictures = "} + damaged + " WHERE job = 9 AND position = 2");
    const auto error = error_of([this] { migrate(); });
    BOOST_TEST(error.find("table calls, job 9, position 2") != std::string::npos, error);
    check("PRAGMA user_version", {"4"});
    check("SELECT sql FROM sqlite_schema ORDER BY name", before);
  }
  sql(file, "UPDATE calls SET pictures = x'010101' WHERE job = 9 AND position = 2");
  migrate();
  check("PRAGMA user_version", {"5"});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
