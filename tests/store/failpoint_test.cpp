#ifdef GLYPHGATE_FAILPOINTS

#include "core/failpoint.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"
#include "support/memory_store.hpp"

#include <boost/test/unit_test.hpp>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

namespace glyphgate::store {

namespace {

// A commit, or a sweep where the batch is empty.
using batches = std::vector<std::vector<transaction>>;

// Joins the call of another job, and leaves two pictures to wait.
accept_job make_rider() {
  auto job = make_accept("rider", {"b", "later", "never"}, 0);
  job.aboard = {{2, {0}, false}};
  job.waiting = {1, 2};
  return job;
}

// The sieve is to look at three pictures.
accept_job make_sifted() {
  auto job = make_accept("sifted", {"blank", "frame", "frame again"}, 0);
  job.aboard.clear();
  job.waiting = {0, 1, 2};
  job.sifting = true;
  return job;
}

// Work that reaches every failpoint of the store.
batches every_kind_of_work() {
  return {
      {make_accept("job", {"a", "b"}, 1), make_accept("other", {"x"}, 3), make_rider(), make_sifted()},
      {adopt_job{"other", sha256("identity"), {sha256("key")}}},
      {note_pause{"test", at(9)}},
      {make_begin(1, 1, 1, at(1), paid_by("job"))},
      {settle_spend{1, at(2)}, make_close(1, 1, "a", {make_recognition("r"), ""}, at(2))},
      {release_spend{2, at(3)}},
      {reserve_retry{2, 2, 4, at(4)}},
      {make_begin(2, 2, 4, at(4)), carry_over_spend{2, 2, 4, at(5)}},
      {sift_job{"sifted", at(5), {{0, seat_of("blank"), make_recognition("")}}, {{2, 1}}, 1, 3}},
      {board_job{"rider", at(5), {{7, {1}, true}}, {}}},
      {give_up_waiting{"rider", "no room"}},
      {note_stop{stop_order{"ops", "the bill", at(1), true}}},
      {note_budget{{at(1), 5, true}}},
      {note_request{{"", {"a key", sha256("request")}, "job", job_status::pending, false}}},
      {split_call{2, 3, at(5), {{5, {seat_of("b")}}}}},
      {settle_spend{5, at(6), 3, paid_by("job", 3)}, make_close(5, 1, "b", {nullptr, "unreadable"}, at(6)),
       make_end("job", at(6))},
      {},
      {forget_job{"job"}, make_accept("new", {"c"}, 6)},
      // No job needs its pictures any more: the sweep removes their file.
      {make_end("other", at(7)), make_end("rider", at(7)), make_end("new", at(7)), make_end("sifted", at(7))},
      {},
  };
}

const auto sweep_time = at(2);

template <class Store>
void work_off(Store& store, const std::vector<transaction>& batch) {
  if (batch.empty())
    store.sweep_spends_before(sweep_time);
  else
    commit(store, batch);
}

// What a start finds after the first `done` batches, according to the model.
std::string expected_after(std::size_t done) {
  memory_store model;
  const auto all = every_kind_of_work();
  for (std::size_t i = 0; i < done; ++i)
    work_off(model, all[i]);
  return describe(model.recover(at(100)));
}

struct fixture {
  temporary_directory dir{in_memory()};
  sqlite_store_config config{dir.path() / "data"};

  fixture() { failpoint::configure(""); }
  ~fixture() { failpoint::configure(""); }

  std::string found() const { return describe(open_sqlite_store(config)->recover(at(100))); }
};

std::vector<failpoint::site> store_sites() {
  std::vector<failpoint::site> sites;
  std::ranges::copy_if(failpoint::sites, std::back_inserter(sites),
                       [](const auto& s) { return s.name.starts_with("store."); });
  return sites;
}

} // namespace

BOOST_AUTO_TEST_SUITE(failpoint_test)

BOOST_FIXTURE_TEST_CASE(the_store_without_failures_does_what_the_model_does, fixture) {
  const auto all = every_kind_of_work();
  {
    const auto store = open_sqlite_store(config);
    store->recover(at(0));
    for (const auto& batch : all)
      work_off(*store, batch);
  }
  BOOST_TEST(found() == expected_after(all.size()));
}

// A failing step throws and changes nothing; the same work succeeds when it is tried again.
BOOST_AUTO_TEST_CASE(a_step_that_fails_changes_nothing) {
  for (const auto& site : store_sites()) {
    if (!site.can_fail)
      continue;
    BOOST_TEST_CONTEXT(site.name) {
      const fixture f;
      const auto all = every_kind_of_work();
      int failures = 0;
      {
        const auto store = open_sqlite_store(f.config);
        store->recover(at(0));
        failpoint::configure(std::string{site.name} + "=error@1");
        for (const auto& batch : all)
          try {
            work_off(*store, batch);
          } catch (const store_error&) {
            ++failures;
            work_off(*store, batch);
          }
      }
      // A payload that cannot be removed is no failure of the commit.
      BOOST_TEST(failures == (site.name == "store.payload.remove" ? 0 : 1));
      BOOST_TEST(f.found() == expected_after(all.size()));
    }
  }
}

// A process that is killed at a step leaves all of its last commit or nothing of it.
BOOST_AUTO_TEST_CASE(a_kill_at_any_step_loses_nothing_that_was_committed) {
  for (const auto& site : store_sites())
    BOOST_TEST_CONTEXT(site.name) {
      const fixture f;
      const auto progress = f.dir.path() / "progress";
      write_file(progress, "");
      const auto status = in_child([&] {
        const auto store = open_sqlite_store(f.config);
        store->recover(at(0));
        failpoint::configure(std::string{site.name} + "=kill");
        std::string done;
        for (const auto& batch : every_kind_of_work()) {
          work_off(*store, batch);
          write_file(progress, done += 'x');
        }
      });
      BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
      const auto done = read_file(progress).size();
      const auto found = f.found();
      BOOST_TEST((found == expected_after(done) || found == expected_after(done + 1)), found);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store

#endif
