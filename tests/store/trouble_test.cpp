#include "memory_disk.hpp"
#include "payload_disk.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"
#include "support/database_lock.hpp"
#include "workload.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace glyphgate::store {

namespace {

struct fixture {
  temporary_directory dir{in_memory()};
  sqlite_store_config config;

  fixture() { config.data_dir = dir.path() / "data"; }

  std::filesystem::path database() const { return config.data_dir / "glyphgate.db"; }
  /// What the payload files hold, one behind the other.
  std::string payloads() const {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator{config.data_dir / "payloads"})
      all += read_file(entry.path());
    return all;
  }

  std::unique_ptr<job_store> open() const {
    auto store = open_sqlite_store(config);
    store->recover(at(0));
    return store;
  }

  /// The jobs that a new start finds unfinished.
  std::vector<job_id> pending() const {
    std::vector<job_id> ids;
    for (const auto& job : open_sqlite_store(config)->recover(at(0)).pending)
      ids.push_back(job.view.id);
    return ids;
  }
};

struct memory_fixture : fixture {
  memory_disk disk;
  memory_fixture() { config.vfs = memory_disk::name; }
};

void accept(job_store& store, const job_id& id, reservation_id reservation) {
  const transaction t = make_accept(id, {"bytes of " + id}, reservation);
  commit(store, {t});
}

void check_pending(const fixture& f, const std::vector<job_id>& expected) {
  const auto found = f.pending();
  BOOST_TEST(found == expected, boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_SUITE(trouble_test)

BOOST_FIXTURE_TEST_CASE(a_full_disk_refuses_commits_until_there_is_room, memory_fixture) {
  auto store = open();
  accept(*store, "before", 1);
  disk.set_write_result(SQLITE_FULL);
  for (int i = 0; i < 3; ++i) {
    const auto error = error_of([&] { accept(*store, "during", 2); });
    BOOST_TEST(error.find("full") != std::string::npos, error);
    BOOST_CHECK_THROW(commit(*store, std::vector<transaction>{}), store_error);
  }
  BOOST_TEST(payloads() == "bytes of before");
  disk.set_write_result(SQLITE_OK);
  commit(*store, std::vector<transaction>{});
  accept(*store, "after", 3);
  store.reset();
  check_pending(*this, {"before", "after"});
}

BOOST_FIXTURE_TEST_CASE(a_disk_that_turns_read_only_refuses_commits, memory_fixture) {
  auto store = open();
  accept(*store, "before", 1);
  accept(*store, "forgotten", 10);
  const std::vector<transaction> end{settle_spend{10, at(0)}, make_end("forgotten"), forget_job{"forgotten"}};
  commit(*store, end);
  disk.set_write_result(SQLITE_READONLY);
  error_of([&] { accept(*store, "during", 2); });
  error_of([&] { commit(*store, std::vector<transaction>{}); });
  error_of([&] { store->sweep_spends_before(at(1)); });
  BOOST_TEST(store->open_reader()->read_result("before") == nullptr);
  disk.set_write_result(SQLITE_OK);
  store->sweep_spends_before(at(1));
  accept(*store, "after", 3);
  store.reset();
  check_pending(*this, {"before", "after"});
}

BOOST_FIXTURE_TEST_CASE(a_payload_that_cannot_be_written_is_no_job, fixture) {
  auto store = open();
  payload_disk files{config.data_dir};
  files.write_error = ENOSPC;
  const auto error = error_of([&] { accept(*store, "during", 1); });
  BOOST_TEST(error.find("No space left on device") != std::string::npos, error);
  files.write_error = 0;
  files.sync_error = EIO;
  error_of([&] { accept(*store, "during", 1); });
  BOOST_TEST(payloads() == "");
  files.sync_error = 0;
  accept(*store, "during", 1);
  BOOST_TEST(payloads() == "bytes of during");
  // Nor does a job that is there lose anything.
  files.write_error = ENOSPC;
  error_of([&] { accept(*store, "more", 2); });
  BOOST_TEST(payloads() == "bytes of during");
  files.write_error = 0;
  accept(*store, "more", 2);
  store.reset();
  check_pending(*this, {"during", "more"});
}

// The file size limit makes the system itself refuse to let the log grow.
BOOST_FIXTURE_TEST_CASE(a_file_size_limit_refuses_commits_until_it_is_raised, fixture) {
  const auto status = in_child([this] {
    ::signal(SIGXFSZ, SIG_IGN);
    auto store = open();
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    auto low = before;
    low.rlim_cur = 512 * 1024;
    ::setrlimit(RLIMIT_FSIZE, &low);
    reservation_id next = 1;
    int refused = 0;
    while (refused < 3)
      try {
        accept(*store, "job-" + std::to_string(next), next);
        ++next;
      } catch (const store_error&) {
        ++refused;
      }
    ::setrlimit(RLIMIT_FSIZE, &before);
    accept(*store, "after", next);
    write_file(dir.path() / "accepted", std::to_string(next));
  });
  BOOST_TEST(status == 0);
  const auto found = pending();
  BOOST_TEST(std::to_string(found.size()) == read_file(dir.path() / "accepted"));
  BOOST_TEST((!found.empty() && found.back() == "after"));
}

BOOST_FIXTURE_TEST_CASE(another_connections_lock_is_waited_for_and_then_refused, fixture) {
  config.busy_timeout = std::chrono::milliseconds{50};
  auto store = open();
  auto reader = store->open_reader();
  accept(*store, "before", 1);
  auto other = std::make_unique<database_lock>(database());
  const auto start = std::chrono::steady_clock::now();
  const auto error = error_of([&] { accept(*store, "during", 2); });
  BOOST_TEST(error.find("another process uses the database") != std::string::npos, error);
  BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds{5}));
  BOOST_TEST(payloads() == "bytes of before");
  // Whoever only reads is not held up.
  reader->recall({});
  BOOST_TEST(reader->read_result("before") == nullptr);
  other.reset();
  accept(*store, "after", 3);
  reader.reset();
  store.reset();
  check_pending(*this, {"before", "after"});
}

BOOST_FIXTURE_TEST_CASE(a_reader_holds_up_nothing, fixture) {
  config.busy_timeout = std::chrono::milliseconds{50};
  auto store = open();
  sqlite3* other = nullptr;
  BOOST_REQUIRE_EQUAL(sqlite3_open(database().c_str(), &other), SQLITE_OK);
  BOOST_REQUIRE_EQUAL(sqlite3_exec(other, "BEGIN; SELECT * FROM jobs", nullptr, nullptr, nullptr), SQLITE_OK);
  for (reservation_id i = 1; i < 300; ++i)
    accept(*store, "job-" + std::to_string(i), i);
  sqlite3_close(other);
}

BOOST_FIXTURE_TEST_CASE(a_database_that_was_moved_away_takes_no_more, fixture) {
  auto store = open();
  accept(*store, "before", 1);
  for (const auto* suffix : {"", "-wal"}) {
    const auto file = database().string() + suffix;
    std::filesystem::rename(file, file + ".away");
    const auto error = error_of([&] { accept(*store, "during", 2); });
    BOOST_TEST(error.find("moved or deleted") != std::string::npos, error);
    std::filesystem::rename(file + ".away", file);
    commit(*store, std::vector<transaction>{});
  }
  accept(*store, "after", 3);
  store.reset();
  check_pending(*this, {"before", "after"});
}

// Whichever operations of the disk fail: a commit that throws has changed nothing, and the store goes on.
BOOST_AUTO_TEST_CASE(a_commit_that_fails_at_any_step_changes_nothing) {
  BOOST_TEST(rc::check("random failures of the disk", [] {
    memory_fixture f;
    auto& trouble = disk_trouble::instance();
    trouble.random.seed(*rc::gen::arbitrary<std::uint64_t>());
    std::mt19937_64 random{*rc::gen::arbitrary<std::uint64_t>()};
    memory_store model;
    workload work;
    {
      const auto store = open_sqlite_store(f.config);
      auto number = store->recover(work.now()).last_batch;
      payload_disk files{f.config.data_dir, &f.disk};
      for (int i = 0; i < 60; ++i) {
        const std::vector<choice> choices{random_choice(random), random_choice(random)};
        const auto batch = work.make_batch(choices, model);
        trouble.failure_rate = 0.1;
        try {
          const auto verdicts = store->commit(++number, batch);
          trouble.failure_rate = 0;
          RC_ASSERT(verdicts == model.commit(batch));
        } catch (const store_error&) {
          trouble.failure_rate = 0;
        } catch (const outcome_unknown&) {
          trouble.failure_rate = 0;
          RC_ASSERT(store->commit(number, batch) == model.commit(batch));
        }
        const auto reader = store->open_reader();
        for (const auto& [id, row] : model.jobs())
          RC_ASSERT(describe(reader->read_result(id).get()) == describe(model.read_result(id).get()));
      }
    }
    RC_ASSERT(describe(open_sqlite_store(f.config)->recover(work.now())) == describe(model.recover(work.now())));
    RC_ASSERT(f.disk.check_integrity(f.database().string()) == "ok");
  }));
  BOOST_TEST(disk_trouble::instance().refused > 100U);
  disk_trouble::instance() = {};
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
