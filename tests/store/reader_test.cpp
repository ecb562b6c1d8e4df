#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"
#include "support/database_lock.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace glyphgate::store {

namespace {

struct fixture {
  temporary_directory dir{in_memory()};
  sqlite_store_config config{dir.path()};
  std::filesystem::path file = dir.path() / "glyphgate.db";
  std::unique_ptr<job_store> store = open();
  std::unique_ptr<job_reader> reader = store->open_reader();
  std::vector<digest> keys{seat_of("picture")};

  std::unique_ptr<job_store> open() const {
    auto opened = open_sqlite_store(config);
    opened->recover(at(0));
    return opened;
  }

  void live(const job_id& id, call_id call) const {
    commit(*store, {make_accept(id, {"picture"}, call),
                    make_close(call, 1, "picture", {make_recognition("text"), ""}, at(1)), make_end(id, at(1))});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(reader_test, fixture)

BOOST_AUTO_TEST_CASE(it_has_what_was_committed_before_the_question) {
  BOOST_TEST(reader->recall(keys).at(0) == nullptr);
  live("job", 1);
  BOOST_REQUIRE(reader->recall(keys).at(0) != nullptr);
  BOOST_TEST((*reader->recall(keys).at(0) == *make_recognition("text")));
  BOOST_REQUIRE(reader->read_result("job") != nullptr);
  commit(*store, {forget_job{"job"}});
  BOOST_TEST(reader->recall(keys).at(0) == nullptr);
  BOOST_TEST(reader->read_result("job") == nullptr);
}

BOOST_AUTO_TEST_CASE(its_answers_keep_no_log) {
  live("job", 1);
  reader->recall(keys);
  reader->read_result("job");
  // Not busy, and the log is empty.
  BOOST_TEST(sql(file, "PRAGMA wal_checkpoint(TRUNCATE)").at(0) == "0");
  BOOST_TEST(std::filesystem::file_size(file.string() + "-wal") == 0U);
  reader->recall(keys);
}

BOOST_AUTO_TEST_CASE(whoever_closes_last_merges_the_log) {
  live("job", 1);
  reader.reset();
  BOOST_TEST(std::filesystem::file_size(file.string() + "-wal") != 0U);
  store.reset();
  BOOST_TEST(!std::filesystem::exists(file.string() + "-wal"));
}

BOOST_AUTO_TEST_CASE(it_waits_for_nobody_who_writes) {
  live("job", 1);
  const database_lock lock{file};
  BOOST_TEST(reader->recall(keys).at(0) != nullptr);
}

BOOST_AUTO_TEST_CASE(damage_is_an_error_and_the_next_question_is_answered) {
  live("job", 1);
  sql(file, "UPDATE pictures SET recognised = x'00'");
  const auto error = error_of([&] { reader->recall(keys); });
  BOOST_TEST(error.find("table pictures, recognition_key") != std::string::npos, error);
  sql(file, "UPDATE pictures SET recognised = NULL");
  BOOST_TEST(reader->recall(keys).at(0) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
