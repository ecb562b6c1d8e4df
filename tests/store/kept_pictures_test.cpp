// The pictures of jobs that keep them, from their end on.
#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace glyphgate::store {

namespace {

struct fixture {
  temporary_directory dir{in_memory()};
  sqlite_store_config config{dir.path()};
  std::filesystem::path payloads = dir.path() / "payloads";

  std::unique_ptr<job_store> open() const {
    auto store = open_sqlite_store(config);
    store->recover(at(50));
    return store;
  }

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator{payloads}, std::filesystem::directory_iterator{}));
  }
};

accept_job keeping(accept_job job) {
  job.spec = make_job_spec(job.spec->pictures, job.spec->language_hints, "test", {std::nullopt, false, true});
  return job;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(kept_pictures_test, fixture)

BOOST_AUTO_TEST_CASE(they_are_there_until_the_job_is_forgotten) {
  const auto store = open();
  store::commit(*store, {keeping(make_accept("job", {"first", "second"}, 1))});
  const auto reader = store->open_reader();
  BOOST_TEST(reader->read_pictures("job") == nullptr);
  store::commit(*store, {make_end("job")});
  const auto kept = reader->read_pictures("job");
  BOOST_REQUIRE(kept != nullptr);
  BOOST_REQUIRE_EQUAL(kept->entries().size(), 2U);
  BOOST_TEST(kept->entries()[1].size == 6U);
  BOOST_TEST(kept->read(0) == "first");
  BOOST_TEST(kept->read(1) == "second");
  store::commit(*store, {forget_job{"job"}});
  store->sweep_spends_before(at(0));
  BOOST_TEST(files() == 0U);
  BOOST_TEST(reader->read_pictures("job") == nullptr);
  // Who has them may read them still.
  BOOST_TEST(kept->read(1) == "second");
}

BOOST_AUTO_TEST_CASE(a_job_that_does_not_ask_for_it_keeps_none) {
  const auto store = open();
  store::commit(*store, {make_accept("job", {"first"}, 1)});
  store::commit(*store, {make_end("job")});
  BOOST_TEST(store->open_reader()->read_pictures("job") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_cancelled_job_keeps_none) {
  const auto store = open();
  store::commit(*store, {keeping(make_accept("job", {"first"}, 1))});
  auto cancelled = make_end("job");
  cancelled.end.status = job_status::cancelled;
  store::commit(*store, {cancelled});
  BOOST_TEST(store->open_reader()->read_pictures("job") == nullptr);
  store->sweep_spends_before(at(0));
  BOOST_TEST(files() == 0U);
}

BOOST_AUTO_TEST_CASE(they_outlive_the_process) {
  {
    const auto store = open();
    store::commit(*store, {keeping(make_accept("job", {"first"}, 1)), make_accept("other", {"other"}, 3)});
    store::commit(*store, {make_end("job"), make_end("other")});
  }
  BOOST_TEST(files() == 1U);
  {
    const auto store = open();
    BOOST_TEST(files() == 1U);
    const auto kept = store->open_reader()->read_pictures("job");
    BOOST_REQUIRE(kept != nullptr);
    BOOST_TEST(kept->read(0) == "first");
    store::commit(*store, {forget_job{"job"}});
    BOOST_TEST(files() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_job_that_had_not_ended_keeps_them_too) {
  { store::commit(*open(), {keeping(make_accept("job", {"first"}, 1))}); }
  const auto store = open();
  store::commit(*store, {make_end("job")});
  const auto kept = store->open_reader()->read_pictures("job");
  BOOST_REQUIRE(kept != nullptr);
  BOOST_TEST(kept->read(0) == "first");
}

BOOST_AUTO_TEST_CASE(also_what_was_known_is_kept) {
  const auto store = open();
  auto job = make_accept("job", {"sent", "known"}, 1);
  job.aboard = {{1, {0}, true}};
  job.known.emplace_back(1, make_recognition("k"));
  store::commit(*store, {keeping(job)});
  store::commit(*store, {make_end("job")});
  BOOST_TEST(store->open_reader()->read_pictures("job")->read(1) == "known");
}

// A small job that is kept for an hour would hold a whole segment of others' bytes.
BOOST_AUTO_TEST_CASE(they_have_segments_of_their_own) {
  const auto store = open();
  store::commit(*store, {make_accept("a", {"a"}, 1), keeping(make_accept("b", {"b"}, 3)), make_accept("c", {"c"}, 5),
                         keeping(make_accept("d", {"d"}, 7))});
  BOOST_TEST(files() == 2U);
  store::commit(*store, {make_end("a"), make_end("c"), make_end("b"), make_end("d")});
  store->sweep_spends_before(at(0));
  BOOST_TEST(files() == 1U);
  const auto reader = store->open_reader();
  BOOST_TEST(reader->read_pictures("b")->read(0) == "b");
  BOOST_TEST(reader->read_pictures("d")->read(0) == "d");
}

BOOST_AUTO_TEST_CASE(what_is_lost_or_damaged_is_empty) {
  const auto store = open();
  store::commit(*store, {keeping(make_accept("job", {"first", "second"}, 1))});
  store::commit(*store, {make_end("job")});
  const auto file = std::filesystem::directory_iterator {
    payloads
    } -> path();
  write_file(file, "firstsec");
  const auto cut = store->open_reader()->read_pictures("job");
  BOOST_TEST(cut->read(0) == "first");
  BOOST_TEST(cut->read(1) == "");
  write_file(file, "Firstsecond");
  BOOST_TEST(store->open_reader()->read_pictures("job")->read(0) == "");
  std::filesystem::remove(file);
  BOOST_TEST(store->open_reader()->read_pictures("job")->read(0) == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
