#include "core/log.hpp"
#include "store/sqlite/data_dir.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

namespace glyphgate::store {

namespace {

struct fixture {
  temporary_directory dir{in_memory()};
  sqlite_store_config config;

  fixture() { config.data_dir = dir.path() / "data"; }

  std::filesystem::path file() const { return config.data_dir / "glyphgate.db"; }

  std::unique_ptr<job_store> open() const {
    auto store = open_sqlite_store(config);
    store->recover(at(0));
    return store;
  }

  std::string open_error() const {
    return error_of([this] { open(); });
  }

  // A store that has been used, closed again.
  void use(reservation_id jobs = 20) const { work(*open(), 1, jobs); }

  static void work(job_store& store, reservation_id first, reservation_id last) {
    for (reservation_id i = first; i <= last; ++i) {
      const auto id = "job-" + std::to_string(i);
      const std::vector<transaction> life{
          make_accept(id, {"picture of " + id}, i),
          make_begin(i, 1, i, at(1), paid_by(id)),
          settle_spend{i, at(2)},
          make_close(i, 1, "picture of " + id, {make_recognition(std::string(80, 'a')), ""}, at(2)),
          make_end(id, at(3)),
      };
      commit(store, life);
    }
  }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 0777;
}

// A child that holds the data directory until it is told to end or killed.
class holder {
public:
  explicit holder(const fixture& f) {
    std::array<int, 2> ready{};
    BOOST_REQUIRE_EQUAL(::pipe(ready.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      try {
        const auto store = f.open();
        if (::write(ready[1], "x", 1) == 1)
          ::pause();
      } catch (const std::exception&) {
      }
      ::_exit(1);
    }
    ::close(ready[1]);
    char byte = 0;
    BOOST_REQUIRE_EQUAL(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
  }
  ~holder() { kill(); }
  holder(const holder&) = delete;
  holder& operator=(const holder&) = delete;

  pid_t pid() const { return pid_; }

  void kill() {
    if (pid_ <= 0)
      return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

private:
  pid_t pid_ = 0;
};

// Runs `f` as a user who may write nowhere in `dir`.
int as_nobody(const std::function<void()>& f) {
  return in_child([&] {
    constexpr uid_t nobody = 65534;
    if (::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0))
      throw std::runtime_error{"cannot become nobody"};
    f();
  });
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(open_test, fixture)

BOOST_AUTO_TEST_CASE(a_new_directory_is_made_for_its_owner_alone) {
  config.data_dir = dir.path() / "several" / "levels" / "data/";
  const auto store = open();
  const auto data = dir.path() / "several" / "levels" / "data";
  BOOST_TEST(mode_of(data) == 0700U);
  BOOST_TEST(mode_of(data / "payloads") == 0700U);
  for (const auto* file : {"glyphgate.db", "glyphgate.db-wal", "lock"})
    BOOST_TEST(mode_of(data / file) == 0600U, file);
}

// Whoever may write in the directory could have the service overwrite any file of its user's.
BOOST_AUTO_TEST_CASE(no_file_in_the_directory_may_be_a_link) {
  const auto victim = dir.write("victim", "precious");
  const auto other = dir.path() / "other";
  std::filesystem::create_directory(other);
  write_file(other / "theirs", "precious");
  use(1);
  for (const std::string name :
       {"lock", "glyphgate.db", "glyphgate.db-wal", "glyphgate.db-shm", "glyphgate.db-journal", "payloads"}) {
    const auto file = config.data_dir / name;
    const auto away = dir.path() / "away";
    const bool was_there = std::filesystem::exists(file);
    if (was_there)
      std::filesystem::rename(file, away);
    for (const auto& target : {victim, other, dir.path() / "nothing"}) {
      std::filesystem::create_symlink(target, file);
      const auto error = open_error();
      BOOST_TEST(contains(error, file.string()), error);
      BOOST_TEST(contains(error, "symbolic link"), error);
      std::filesystem::remove(file);
    }
    if (name != "payloads") {
      std::filesystem::create_hard_link(victim, file);
      const auto error = open_error();
      BOOST_TEST(contains(error, file.string() + " is a hard link"), error);
      std::filesystem::remove(file);
    }
    if (was_there)
      std::filesystem::rename(away, file);
  }
  BOOST_TEST(read_file(victim) == "precious");
  BOOST_TEST(read_file(other / "theirs") == "precious");
  BOOST_TEST(!std::filesystem::exists(dir.path() / "nothing"));
  BOOST_TEST(open_sqlite_store(config)->recover(at(0)).ended.size() == 1U);
}

// Should one appear between the check and SQLite's own opening.
BOOST_AUTO_TEST_CASE(sqlite_follows_no_links_either) {
  const auto victim = dir.write("victim", "precious");
  use(1);
  const auto failure = [&] {
    return error_of([&] { database{file(), std::chrono::milliseconds{0}, ""}.execute("CREATE TABLE t (a)"); });
  };
  for (const auto* end : {"-wal", "-shm"}) {
    std::filesystem::create_symlink(victim, file().string() + end);
    BOOST_TEST(contains(failure(), "unable to open"), end);
    std::filesystem::remove(file().string() + end);
  }
  std::filesystem::rename(file(), dir.path() / "away");
  std::filesystem::create_symlink(dir.path() / "away", file());
  BOOST_TEST(contains(failure(), "unable to open"));
  BOOST_TEST(read_file(victim) == "precious");
}

// The directory itself may be reached through one.
BOOST_AUTO_TEST_CASE(the_directory_may_be_a_link) {
  use(1);
  std::filesystem::create_directory_symlink(config.data_dir, dir.path() / "link");
  config.data_dir = dir.path() / "link";
  BOOST_TEST(open_sqlite_store(config)->recover(at(0)).ended.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_directory_that_others_may_write_in_is_told) {
  const auto said = dir.path() / "said";
  use(1);
  const auto said_of = [&](mode_t mode) {
    ::chmod(config.data_dir.c_str(), mode);
    const int ended = in_child([&] {
      const int out = ::open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      ::dup2(out, STDERR_FILENO);
      log::configure({log_level::warn, log_format::text});
      open();
    });
    BOOST_TEST(ended == 0);
    return read_file(said);
  };
  for (const mode_t open_to_others : {0777U, 0770U, 0702U}) {
    const auto line = said_of(open_to_others);
    BOOST_TEST(contains(line, "data_dir_open_to_others"), line);
    BOOST_TEST(contains(line, config.data_dir.string()), line);
  }
  // In a sticky one others cannot take the service's files away, and theirs are refused.
  for (const mode_t closed : {0700U, 0755U, 01777U})
    BOOST_TEST(said_of(closed) == "");
}

BOOST_AUTO_TEST_CASE(the_database_is_set_up_to_last) {
  const auto store = open();
  BOOST_TEST(sql(file(), "PRAGMA journal_mode").at(0) == "wal");
  BOOST_TEST(sql(file(), "PRAGMA auto_vacuum").at(0) == "2");
  BOOST_TEST(sql(file(), "PRAGMA user_version").at(0) == std::to_string(schema_steps().size()));
}

BOOST_AUTO_TEST_CASE(a_second_process_is_refused_and_told_who_is_first) {
  holder first{*this};
  const auto error = open_error();
  BOOST_TEST(contains(error, "in use by process " + std::to_string(first.pid())), error);
  BOOST_TEST(contains(error, config.data_dir.string()), error);
  // A killed process holds nothing.
  first.kill();
  open();
}

BOOST_AUTO_TEST_CASE(a_second_store_in_one_process_is_refused) {
  const auto first = open();
  const auto error = open_error();
  BOOST_TEST(contains(error, "in use by process " + std::to_string(::getpid())), error);
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_made_or_written_is_named) {
  ::chmod(dir.path().c_str(), 0755);
  const auto refused = dir.path() / "refused";
  std::filesystem::create_directory(refused);
  ::chmod(refused.c_str(), 0555);
  BOOST_TEST(as_nobody([&] {
               config.data_dir = refused / "data";
               const auto made = open_error();
               if (!contains(made, refused.string()) || !contains(made, "Permission denied"))
                 throw std::logic_error{made};
               config.data_dir = refused;
               const auto written = open_error();
               if (!contains(written, "cannot write in the data directory " + refused.string()) ||
                   !contains(written, "Permission denied"))
                 throw std::logic_error{written};
             }) == 0);
}

BOOST_AUTO_TEST_CASE(a_file_in_the_directorys_place_is_named) {
  write_file(dir.path() / "file", "x");
  const auto place = dir.path() / "file";
  for (const auto& wanted : {place, place / "data"}) {
    config.data_dir = wanted;
    BOOST_TEST(contains(open_error(), place.string()));
  }
}

BOOST_AUTO_TEST_CASE(a_database_that_turned_read_only_is_refused) {
  use();
  ::chmod(dir.path().c_str(), 0755);
  // In the directory of another owner, but for the lock and the directory itself.
  ::chmod(config.data_dir.c_str(), 0777);
  ::chmod((config.data_dir / "lock").c_str(), 0666);
  ::chmod(file().c_str(), 0444);
  BOOST_TEST(as_nobody([&] {
               const auto error = open_error();
               if (!contains(error, "cannot be written"))
                 throw std::logic_error{error};
             }) == 0);
}

BOOST_AUTO_TEST_CASE(a_newer_schema_is_refused) {
  use();
  sql(file(), "PRAGMA user_version = 99");
  const auto before = read_file(file());
  BOOST_TEST(contains(open_error(), "schema version 99"));
  BOOST_TEST((read_file(file()) == before));
}

BOOST_AUTO_TEST_CASE(another_programs_database_is_refused) {
  std::filesystem::create_directories(config.data_dir);
  write_file(file(), "");
  sql(file(), "CREATE TABLE theirs (x)");
  BOOST_TEST(contains(open_error(), "another program"));
  BOOST_TEST(sql(file(), "SELECT name FROM sqlite_schema").at(0) == "theirs");
}

BOOST_AUTO_TEST_CASE(steps_of_the_schema_are_taken_once_and_together) {
  std::filesystem::create_directories(config.data_dir);
  database db{file(), std::chrono::milliseconds{0}, ""};
  const std::array<schema_step, 1> one{{{"CREATE TABLE t (a); INSERT INTO t VALUES (1)"}}};
  migrate(db, one);
  migrate(db, one);
  BOOST_TEST(db.number("SELECT count(*) FROM t") == 1);
  const std::array<schema_step, 3> broken{{one[0], {"UPDATE t SET a = 2"}, {"nonsense"}}};
  BOOST_CHECK_THROW(migrate(db, broken), store_error);
  BOOST_TEST(db.number("SELECT a FROM t") == 1);
  BOOST_TEST(schema_version(db) == 1);
  const std::array<schema_step, 3> three{{one[0], {"UPDATE t SET a = 2"}, {"ALTER TABLE t ADD COLUMN b DEFAULT 7"}}};
  migrate(db, three);
  BOOST_TEST(db.number("SELECT a + b FROM t") == 9);
  BOOST_TEST(schema_version(db) == 3);
  BOOST_CHECK_THROW(migrate(db, one), store_error);
}

// What SQL cannot do comes behind the step's SQL and before the next step; where it fails, no step was taken.
BOOST_AUTO_TEST_CASE(a_step_of_the_schema_may_go_on_in_the_program) {
  std::filesystem::create_directories(config.data_dir);
  database db{file(), std::chrono::milliseconds{0}, ""};
  const schema_step first{"CREATE TABLE t (a); INSERT INTO t VALUES (1)"};
  const std::array<schema_step, 2> broken{
      {first, {"UPDATE t SET a = 2", [](database&) { throw store_error{"it cannot be done"}; }}}};
  BOOST_TEST(error_of([&] { migrate(db, broken); }) == "it cannot be done");
  BOOST_TEST(schema_version(db) == 0);
  BOOST_TEST(db.number("SELECT count(*) FROM sqlite_schema") == 0);
  const std::array<schema_step, 3> whole{
      {first,
       {"UPDATE t SET a = a + 1", [](database& d) { d.execute("UPDATE t SET a = a * 10"); }},
       {"UPDATE t SET a = a + 5"}}};
  migrate(db, whole);
  migrate(db, whole);
  BOOST_TEST(db.number("SELECT a FROM t") == 25);
}

BOOST_AUTO_TEST_CASE(a_damaged_database_stops_the_start_and_stays_as_it_is) {
  use();
  const auto whole = read_file(file());
  constexpr std::size_t page = 4096;
  BOOST_REQUIRE_GT(whole.size(), 4 * page);
  auto no_header = whole;
  no_header.replace(0, 100, 100, 'x');
  auto no_pages = whole;
  no_pages.replace(page, whole.size() - page, whole.size() - page, '\xa5');
  auto no_schema = whole;
  no_schema.replace(100, page - 100, page - 100, '\xa5');
  const auto cut = whole.substr(0, 2 * page);
  for (const auto& damaged : {no_header, no_pages, no_schema, cut}) {
    write_file(file(), damaged);
    for (int attempt = 0; attempt < 2; ++attempt) {
      const auto error = open_error();
      BOOST_TEST(contains(error, "restore the data directory from a backup"), error);
      BOOST_TEST(contains(error, file().string()), error);
    }
    BOOST_TEST((read_file(file()) == damaged));
  }
  write_file(file(), whole);
  BOOST_TEST(open_sqlite_store(config)->recover(at(0)).ended.size() == 20U);
}

BOOST_AUTO_TEST_CASE(the_log_beside_a_damaged_database_stays_as_it_is) {
  use(500);
  // A child that ends without closing its store leaves a log.
  BOOST_TEST(in_child([this] { work(*open().release(), 501, 510); }) == 0);
  const auto log_file = file().string() + "-wal";
  const auto log = read_file(log_file);
  BOOST_REQUIRE(!log.empty());
  const auto whole = read_file(file());
  auto damaged = whole;
  damaged.replace(4096, damaged.size() - 4096, damaged.size() - 4096, '\xa5');
  write_file(file(), damaged);
  BOOST_TEST(contains(open_error(), "restore the data directory from a backup"));
  BOOST_TEST((read_file(file()) == damaged));
  BOOST_TEST((read_file(log_file) == log));
  write_file(file(), whole);
  BOOST_TEST(open_sqlite_store(config)->recover(at(0)).ended.size() == 510U);
  BOOST_TEST(!std::filesystem::exists(log_file));
}

// An empty ledger in the place of a lost one would allow every call of the day once more.
BOOST_AUTO_TEST_CASE(a_lost_database_is_not_replaced) {
  use();
  const auto whole = read_file(file());
  std::filesystem::remove(file());
  for (int attempt = 0; attempt < 2; ++attempt)
    BOOST_TEST(contains(open_error(), "has lost its database"));
  write_file(file(), "");
  BOOST_TEST(contains(open_error(), "has lost its database"));
  write_file(file(), whole);
  BOOST_TEST(open_sqlite_store(config)->recover(at(0)).ended.size() == 20U);
}

// What was read said only that some value was damaged.
BOOST_AUTO_TEST_CASE(a_damaged_row_is_named) {
  commit(*open(), {make_accept("job", {"first", "second"}, 1), make_accept("over", {"third"}, 3),
                   release_spend{3, at(1)}, make_end("over", at(1))});
  const std::vector<std::array<std::string, 3>> damages{
      {"UPDATE jobs SET identity = x'00' WHERE id = 'job'", "UPDATE jobs SET identity = zeroblob(32) WHERE id = 'job'",
       "table jobs, id job"},
      {"UPDATE jobs SET images = -1 WHERE id = 'over'", "UPDATE jobs SET images = 1 WHERE id = 'over'",
       "table jobs, id over"},
      {"UPDATE pictures SET format = 255 WHERE job = 1 AND position = 1", "UPDATE pictures SET format = 1",
       "table pictures, job job, position 1"},
      {"UPDATE calls SET attempt = -1 WHERE id = 2", "UPDATE calls SET attempt = 1", "table calls, id 2"},
  };
  for (const auto& [damage, mend, named] : damages) {
    sql(file(), damage);
    const auto error = open_error();
    BOOST_TEST(contains(error, named), error);
    BOOST_TEST(contains(error, "damaged"), error);
    sql(file(), mend);
  }
  sql(file(), "UPDATE pictures SET recognised = x'0101' WHERE job = 2");
  const auto store = open();
  BOOST_TEST(
      contains(error_of([&] { store->open_reader()->read_result("over"); }), "table pictures, job over, position 0"));
}

BOOST_AUTO_TEST_CASE(a_log_that_is_gone_while_pictures_wait_is_told) {
  const auto said = dir.path() / "said";
  const auto start = [&] {
    return in_child([&] {
      const int out = ::open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      ::dup2(out, STDERR_FILENO);
      open().release();
    });
  };
  use(1);
  BOOST_TEST(in_child([&] { commit(*open().release(), {make_accept("new", {"picture"}, 9)}); }) == 0);
  // With its log it is known.
  BOOST_TEST(start() == 0);
  BOOST_TEST(!contains(read_file(said), "write_ahead_log_missing"));
  for (const auto* end : {"-wal", "-shm"})
    std::filesystem::remove(file().string() + end);
  BOOST_TEST(start() == 0);
  BOOST_TEST(contains(read_file(said), "write_ahead_log_missing"), read_file(said));
}

BOOST_AUTO_TEST_CASE(a_start_that_was_cut_off_is_made_good) {
  std::filesystem::create_directories(config.data_dir);
  write_file(config.data_dir / "lock", "");
  write_file(file(), "");
  open();
  BOOST_TEST(std::filesystem::exists(config.data_dir / "payloads"));
}

BOOST_AUTO_TEST_CASE(space_of_a_peak_is_given_back) {
  use(2000);
  const auto peak = std::filesystem::file_size(file());
  {
    const auto store = open();
    std::vector<transaction> forget;
    for (int i = 1; i <= 2000; ++i)
      forget.push_back(forget_job{"job-" + std::to_string(i)});
    commit(*store, forget);
    for (int sweep = 0; sweep < 3; ++sweep)
      store->sweep_spends_before(at(100));
  }
  BOOST_TEST(std::filesystem::file_size(file()) < peak / 4);
  BOOST_TEST(sql(file(), "PRAGMA integrity_check").at(0) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
