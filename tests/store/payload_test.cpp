#include "payload_disk.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"
#include "support/file_of.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace glyphgate::store {

namespace {

struct fixture {
  temporary_directory dir{in_memory()};
  sqlite_store_config config{dir.path()};
  std::filesystem::path payloads = dir.path() / "payloads";

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{payloads})
      names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }

  std::unique_ptr<job_store> open() const {
    auto store = open_sqlite_store(config);
    store->recover(at(0));
    return store;
  }

  recovery recover() const { return open_sqlite_store(config)->recover(at(50)); }

  /// The file that has the pictures of a job that has not ended.
  std::filesystem::path payload(const job_id& id) const {
    return payloads / sql(dir.path() / "glyphgate.db", "SELECT payload FROM jobs WHERE id = '" + id + "'").at(0);
  }

  /// That part of it which is the picture's.
  std::string stored(const job_id& id, int position) const {
    const auto place =
        sql(dir.path() / "glyphgate.db",
            "SELECT payload_offset || ' ' || size FROM pictures JOIN jobs ON number = job WHERE jobs.id = '" + id +
                "' AND position = " + std::to_string(position))
            .at(0);
    std::istringstream in{place};
    std::size_t offset = 0, size = 0;
    in >> offset >> size;
    return read_file(payload(id)).substr(offset, size);
  }

  std::string state_of(reservation_id id) const {
    return sql(dir.path() / "glyphgate.db", "SELECT state FROM ledger WHERE reservation = " + std::to_string(id)).at(0);
  }

  /// Each time by another process, which makes a file of its own.
  void commit(std::vector<transaction> batch) const { store::commit(*open(), std::move(batch)); }
};

const std::vector<std::string> none;

std::vector<call_id> ids_of(const std::vector<kept_call>& calls) {
  std::vector<call_id> ids;
  for (const auto& call : calls)
    ids.push_back(call.id);
  return ids;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(payload_test, fixture)

// The start waited for whoever might write into it, and no signal ended that.
BOOST_AUTO_TEST_CASE(a_pipe_in_the_place_of_pictures_is_refused_at_once) {
  commit({make_accept("job", {"picture"}, 1)});
  const auto file = payload("job");
  std::filesystem::remove(file);
  BOOST_REQUIRE_EQUAL(::mkfifo(file.c_str(), 0600), 0);
  const auto error = error_of([&] { recover(); });
  BOOST_TEST(error.find("it is no regular file") != std::string::npos, error);
  BOOST_TEST(error.find(file.string()) != std::string::npos, error);
  // One of no job is removed as any other file.
  std::filesystem::rename(file, payloads / "other");
  BOOST_TEST(recover().pending.size() == 1U);
  BOOST_TEST(files().empty());
}

// The start ended with "std::bad_alloc".
BOOST_AUTO_TEST_CASE(a_damaged_size_takes_no_memory) {
  commit({make_accept("job", {"picture"}, 1)});
  for (const auto* size : {"4000000000000000", "-1"}) {
    sql(dir.path() / "glyphgate.db",
        std::string{"DELETE FROM calls; INSERT INTO calls (id, origin, reservation) VALUES (1, 1, 1); "
                    "UPDATE pictures SET call = 1, error = NULL, size = "} +
            size);
    const auto r = recover();
    BOOST_REQUIRE_EQUAL(r.pending.size(), 1U);
    BOOST_TEST(r.pending[0].outcomes[0].error.find("lost this image") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_file_holds_the_pictures_to_be_sent_of_all_jobs_in_it_until_the_last_one_ends) {
  auto store = open();
  auto job = make_accept("job", {"first", "second", "third"}, 1);
  // The first is known; the others go in one call, backwards.
  job.known.emplace_back(0, make_recognition("k"));
  job.aboard = {{1, {2, 1}, true}};
  store::commit(*store, {job, make_accept("other", {std::string(100'000, 'o')}, 2)});
  BOOST_TEST(files() == std::vector<std::string>{"segment-1"}, boost::test_tools::per_element());
  BOOST_TEST(read_file(payloads / "segment-1") == "secondthird" + std::string(100'000, 'o'));
  store::commit(*store, {make_accept("later", {"behind"}, 3)});
  BOOST_TEST(read_file(payloads / "segment-1").ends_with("obehind"));
  store::commit(*store, {make_end("job")});
  store::commit(*store, {make_end("later")});
  store.reset();
  BOOST_TEST(files() == std::vector<std::string>{"segment-1"}, boost::test_tools::per_element());
  commit({forget_job{"other"}});
  BOOST_TEST(files() == none, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_nobody_needs_goes_with_the_next_sweep_and_with_a_stop) {
  auto store = open();
  store::commit(*store, {make_accept("one", {"1"}, 1)});
  store::commit(*store, {make_end("one")});
  // A service that has one job at a time makes no file for each.
  store::commit(*store, {make_accept("two", {"2"}, 2)});
  BOOST_TEST(files() == std::vector<std::string>{"segment-1"}, boost::test_tools::per_element());
  store->sweep_spends_before(at(0));
  BOOST_TEST(files() == std::vector<std::string>{"segment-1"}, boost::test_tools::per_element());
  store::commit(*store, {make_end("two")});
  store->sweep_spends_before(at(0));
  BOOST_TEST(files() == none, boost::test_tools::per_element());
  store::commit(*store, {make_accept("three", {"3"}, 3)});
  store::commit(*store, {make_end("three")});
  BOOST_TEST(files() == std::vector<std::string>{"segment-2"}, boost::test_tools::per_element());
  store.reset();
  BOOST_TEST(files() == none, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_mebibyte_that_nobody_needs_goes_at_once) {
  const auto store = open();
  store::commit(*store, {make_accept("job", {std::string(std::size_t{1} << 20U, 'x')}, 1)});
  store::commit(*store, {make_end("job")});
  BOOST_TEST(files() == none, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_segment_is_followed_by_another) {
  const std::string large(std::size_t{9} << 20U, 'x');
  const std::string larger(std::size_t{17} << 20U, 'y');
  const auto store = open();
  store::commit(*store, {make_accept("a", {large}, 1), make_accept("b", {large}, 2), make_accept("c", {"c"}, 3),
                         make_accept("d", {larger, "d"}, 4)});
  BOOST_TEST(files() == (std::vector<std::string>{"segment-1", "segment-2", "segment-3"}),
             boost::test_tools::per_element());
  BOOST_TEST(payload("a").filename() == "segment-1");
  BOOST_TEST(payload("b").filename() == "segment-2");
  BOOST_TEST(payload("c").filename() == "segment-2");
  BOOST_TEST(payload("d").filename() == "segment-3");
  // It is full.
  store::commit(*store, {make_accept("e", {"e"}, 6)});
  BOOST_TEST(payload("e").filename() == "segment-4");
  store::commit(*store, {make_end("b"), make_end("d")});
  BOOST_TEST(files() == (std::vector<std::string>{"segment-1", "segment-2", "segment-4"}),
             boost::test_tools::per_element());
  store::commit(*store, {make_end("c")});
  BOOST_TEST(files() == (std::vector<std::string>{"segment-1", "segment-4"}), boost::test_tools::per_element());
}

// What an earlier process has left behind the end of a file is not known.
BOOST_AUTO_TEST_CASE(a_start_appends_to_no_earlier_file) {
  commit({make_accept("first", {"1"}, 1)});
  commit({make_accept("second", {"2"}, 2)});
  BOOST_TEST(read_file(payloads / "segment-1") == "1");
  BOOST_TEST(read_file(payloads / "segment-2") == "2");
  // Nor does it take the name of one that is gone.
  std::filesystem::remove(payloads / "segment-2");
  commit({make_accept("third", {"3"}, 3)});
  BOOST_TEST(read_file(payloads / "segment-3") == "3");
}

BOOST_AUTO_TEST_CASE(what_is_durable_leaves_the_memory) {
  auto store = open();
  auto job = make_accept("job", {"known", "twice", "twice", "once"}, 1);
  job.known.emplace_back(0, make_recognition("k"));
  job.aboard = {{1, {1}, true}};
  job.waiting = {3};
  const auto& pictures = job.spec->pictures;
  std::vector<held_bytes> before;
  for (const auto& p : pictures)
    before.push_back(p.bytes->hold());
  store::commit(*store, {job});
  // What is in no file is not to be sent; its size stays.
  BOOST_TEST(file_of(pictures[0]) == "");
  BOOST_TEST(file_of(pictures[1]) == "twice");
  BOOST_TEST(file_of(pictures[2]) == "");
  BOOST_TEST(file_of(pictures[3]) == "once");
  BOOST_TEST(pictures[2].bytes->size() == 5U);
  for (std::size_t i = 0; i < before.size(); ++i) {
    BOOST_TEST((pictures[i].bytes->hold().view.data() != before[i].view.data()));
    BOOST_TEST(before[i].owner.use_count() == 1);
  }
  // It may be read for as long as somebody has it, whatever became of the file.
  store::commit(*store, {make_end("job")});
  store.reset();
  BOOST_TEST(files() == none, boost::test_tools::per_element());
  BOOST_TEST(file_of(pictures[3]) == "once");
}

BOOST_AUTO_TEST_CASE(pages_of_a_file_take_its_bytes_once) {
  const std::string file(1'000'000, 'f');
  std::vector<picture> pictures{make_picture("page", file)};
  for (std::uint32_t page = 1; page < 50; ++page)
    pictures.push_back(make_page(pictures[0], page));
  pictures.push_back(make_picture("other", "o"));
  accept_job job;
  job.id = "job";
  job.at = at(0);
  job.spec = make_job_spec(std::move(pictures), {}, "test");
  // The first page was read before, and is in no file.
  job.known.emplace_back(0, make_recognition("k"));
  job.aboard.push_back({1, {}, true});
  for (std::uint32_t i = 1; i < 51; ++i)
    job.aboard[0].pictures.push_back(i);
  BOOST_TEST(bytes_of(*job.spec) == file.size() + 1);
  commit({job});
  BOOST_TEST(std::filesystem::file_size(payload("job")) == file.size() + 1);
  BOOST_TEST(stored("job", 1) == file);
  BOOST_TEST(stored("job", 49) == file);
  BOOST_TEST(stored("job", 50) == "o");
  // They lie in the file now, all at the same place.
  BOOST_TEST(file_of(job.spec->pictures[0]) == file);
  const auto r = recover();
  BOOST_REQUIRE_EQUAL(r.pending.size(), 1U);
  const auto& kept = r.pending[0].spec->pictures;
  BOOST_REQUIRE_EQUAL(kept.size(), 51U);
  BOOST_TEST(file_of(kept[1]) == file);
  BOOST_TEST(file_of(kept[50]) == "o");
  for (std::uint32_t page = 1; page < 50; ++page) {
    BOOST_TEST((kept[page].bytes == kept[1].bytes));
    BOOST_TEST(kept[page].info.page == page);
    BOOST_TEST((kept[page].content == job.spec->pictures[page].content));
  }
  BOOST_TEST(bytes_of(*r.pending[0].spec) == file.size() + 1);
}

BOOST_AUTO_TEST_CASE(a_turned_picture_is_found_whether_its_file_or_its_document_turned_it) {
  auto by_file = make_picture("photo", "file");
  by_file.info.orientation = 6;
  auto by_document = make_picture("scan", "page");
  by_document.info.orientation = 6;
  by_document.content = sha256("the page, turned");
  accept_job job;
  job.id = "job";
  job.at = at(0);
  job.spec = make_job_spec({by_file, by_document}, {}, "test");
  job.aboard.push_back({1, {0, 1}, true});
  commit({job});
  const auto r = recover();
  BOOST_REQUIRE_EQUAL(r.pending.size(), 1U);
  const auto& kept = r.pending[0].spec->pictures;
  BOOST_TEST(file_of(kept.at(0)) == "file");
  BOOST_TEST(file_of(kept.at(1)) == "page");
  BOOST_TEST((kept[1].content == by_document.content));
}

BOOST_AUTO_TEST_CASE(a_file_that_was_changed_is_no_page_of_it) {
  const std::vector<picture> pages{make_page(make_picture("page", "file"), 1), make_page(make_picture("x", "file"), 2)};
  accept_job job;
  job.id = "job";
  job.at = at(0);
  job.spec = make_job_spec(pages, {}, "test");
  job.aboard.push_back({1, {0, 1}, true});
  commit({job});
  write_file(payload("job"), "filefilm");
  const auto r = recover();
  BOOST_TEST(file_of(r.pending[0].spec->pictures[0]) == "file");
  BOOST_TEST(r.pending[0].outcomes[1].error.find("lost this image") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_refused_picture_has_no_bytes_and_stays_refused) {
  auto job = make_accept("job", {"good", "bad"}, 1);
  job.spec = make_job_spec({job.spec->pictures[0], refuse(job.spec->pictures[1], "no picture")}, {}, "test");
  job.aboard.pop_back();
  commit({job});
  BOOST_TEST(read_file(payload("job")) == "good");
  const auto r = recover();
  const auto& kept = r.pending.at(0);
  BOOST_TEST(kept.spec->pictures[0].refused == "");
  BOOST_TEST(kept.spec->pictures[1].refused == "no picture");
  BOOST_TEST(kept.outcomes[1].error == "no picture");
  BOOST_TEST(!kept.outcomes[1].may_pass);
  BOOST_TEST(!is_decided(kept.outcomes[0]));
}

BOOST_AUTO_TEST_CASE(a_commit_that_fails_leaves_the_pictures_where_they_are_and_no_bytes) {
  const auto store = open();
  const auto job = make_accept("job", {"picture", "picture"}, 1);
  const auto before = job.spec->pictures[0].bytes->hold().view.data();
  // The database takes the second one for another job of that id.
  error_of([&] { store::commit(*store, {job, make_accept("job", {"other"}, 3)}); });
  BOOST_TEST(files() == none, boost::test_tools::per_element());
  BOOST_TEST((job.spec->pictures[0].bytes->hold().view.data() == before));
  BOOST_TEST(file_of(job.spec->pictures[1]) == "picture");
  store::commit(*store, {make_accept("kept", {"k"}, 5)});
  error_of([&] { store::commit(*store, {job, make_accept("job", {"other"}, 3)}); });
  BOOST_TEST(read_file(payload("kept")) == "k");
  store::commit(*store, {job});
  BOOST_TEST(read_file(payload("kept")) == "kpicturepicture");
  BOOST_TEST((job.spec->pictures[0].bytes->hold().view.data() != before));
}

// What was written before the sync that failed is never trusted, nor is what comes behind it.
BOOST_AUTO_TEST_CASE(a_sync_that_fails_ends_the_segment) {
  auto store = open();
  store::commit(*store, {make_accept("before", {"b"}, 1)});
  {
    payload_disk disk{dir.path()};
    disk.sync_error = EIO;
    error_of([&] { store::commit(*store, {make_accept("during", {"d"}, 2)}); });
  }
  store::commit(*store, {make_accept("after", {"a"}, 3)});
  BOOST_TEST(payload("before").filename() == "segment-1");
  BOOST_TEST(payload("after").filename() == "segment-2");
  BOOST_TEST(read_file(payload("before")) == "b");
  store::commit(*store, {make_end("before")});
  BOOST_TEST(files() == std::vector<std::string>{"segment-2"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_job_of_known_pictures_has_no_file) {
  auto job = make_accept("job", {"known"}, 1);
  job.known.emplace_back(0, make_recognition("k"));
  job.aboard.clear();
  commit({job});
  BOOST_TEST(files() == none, boost::test_tools::per_element());
  const auto r = recover();
  BOOST_REQUIRE_EQUAL(r.pending.size(), 1U);
  BOOST_TEST(file_of(r.pending[0].spec->pictures[0]) == "");
  BOOST_TEST((*r.pending[0].outcomes[0].recognised == *make_recognition("k")));
}

// More parts than the system takes at once.
BOOST_AUTO_TEST_CASE(many_jobs_fit_one_commit) {
  std::vector<transaction> batch;
  for (reservation_id i = 1; i <= 1500; ++i)
    batch.push_back(make_accept("job-" + std::to_string(i), {"bytes " + std::to_string(i)}, i));
  commit(batch);
  BOOST_TEST(files().size() == 1U);
  const auto r = recover();
  BOOST_REQUIRE_EQUAL(r.pending.size(), 1500U);
  for (std::size_t i = 0; i < 1500; ++i)
    BOOST_TEST(file_of(r.pending[i].spec->pictures[0]) == "bytes " + std::to_string(i + 1));
}

BOOST_AUTO_TEST_CASE(files_without_a_job_are_removed_at_the_start) {
  commit({make_accept("kept", {"k"}, 1), make_accept("ended", {"e"}, 2), make_end("ended")});
  write_file(payloads / "never-committed", "x");
  write_file(payloads / "ended", "x");
  recover();
  BOOST_TEST(files() == std::vector<std::string>{"segment-1"}, boost::test_tools::per_element());
}

// Two jobs never share bytes, whatever they share.
BOOST_AUTO_TEST_CASE(a_job_has_its_own_bytes_of_what_joins_a_seat_and_of_what_waits) {
  auto joins = make_accept("joins", {"first", "waits"}, 0);
  joins.aboard = {{1, {0}, false}};
  joins.waiting = {1};
  auto waits = make_accept("waits", {"all", "of it"}, 0);
  waits.aboard.clear();
  waits.waiting = {0, 1};
  commit({make_accept("opens", {"first"}, 1), joins, waits});
  BOOST_TEST(read_file(payloads / "segment-1") == "firstfirstwaitsallof it");
  BOOST_TEST(stored("joins", 0) == "first");
  BOOST_TEST(stored("joins", 1) == "waits");
  BOOST_TEST(stored("waits", 1) == "of it");
  const auto r = recover();
  BOOST_REQUIRE_EQUAL(r.pending.size(), 3U);
  BOOST_TEST(file_of(r.pending[1].spec->pictures[0]) == "first");
  BOOST_TEST(file_of(r.pending[1].spec->pictures[1]) == "waits");
  BOOST_TEST(file_of(r.pending[2].spec->pictures[1]) == "of it");
  BOOST_TEST(r.pending[1].aboard == (std::vector<call_id>{1, 0}), boost::test_tools::per_element());
  BOOST_TEST(r.accepted.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_job_that_is_not_accepted_leaves_no_file) {
  const auto store = open();
  auto late = make_accept("late", {"bytes", "more"}, 2);
  late.aboard[1] = {1, {1}, false};
  BOOST_TEST((store::commit(*store, {late}) == verdicts{verdict::stale}));
  BOOST_TEST(files() == none, boost::test_tools::per_element());
  for (const auto* table : {"jobs", "pictures", "calls", "ledger", "acceptances", "shares"})
    BOOST_TEST(sql(dir.path() / "glyphgate.db", std::string{"SELECT count(*) FROM "} + table).at(0) == "0", table);
  // The call that it joins may be opened in the same commit.
  BOOST_TEST(
      (store::commit(*store, {make_accept("opens", {"x"}, 1), late}) == verdicts{verdict::applied, verdict::applied}));
  BOOST_TEST(read_file(payloads / "segment-1") == "xbytesmore");
}

BOOST_AUTO_TEST_CASE(lost_pictures_fail_and_calls_of_nothing_else_cost_nothing) {
  const std::string first = "the first picture";
  const std::string second = "the second one";
  const auto make_job = [&](const job_id& id, reservation_id reservation) {
    return make_accept(id, {first, second}, reservation);
  };
  reservation_id next = 1;
  for (const auto* id : {"whole", "missing", "short", "changed"}) {
    commit({make_job(id, next)});
    next += 2;
  }
  std::filesystem::remove(payload("missing"));
  write_file(payload("short"), first + second.substr(0, 4));
  write_file(payload("changed"), "The first picture" + second);

  for (int start = 0; start < 2; ++start) {
    const auto r = recover();
    BOOST_REQUIRE_EQUAL(r.pending.size(), 4U);
    const std::vector<std::vector<bool>> lost{{false, false}, {true, true}, {false, true}, {true, false}};
    std::vector<call_id> open;
    for (std::size_t j = 0; j < lost.size(); ++j) {
      const auto& job = r.pending[j];
      for (std::size_t i = 0; i < 2; ++i) {
        BOOST_TEST_INFO(job.view.id << ' ' << i);
        const call_id call = 2 * j + i + 1;
        BOOST_TEST(job.aboard[i] == (lost[j][i] ? 0 : call));
        BOOST_TEST((job.outcomes[i].error.find("submit it again") != std::string::npos) == lost[j][i]);
        BOOST_TEST(job.outcomes[i].may_pass == lost[j][i]);
        BOOST_TEST(file_of(job.spec->pictures[i]) == (lost[j][i] ? "" : i == 0 ? first : second));
        BOOST_TEST(state_of(call) == (lost[j][i] ? "released" : "reserved"));
        if (!lost[j][i])
          open.push_back(call);
      }
    }
    BOOST_TEST(ids_of(r.calls) == open, boost::test_tools::per_element());
    BOOST_TEST(r.spends.size() == 4U);
    BOOST_TEST(r.totals.api_calls == 0U);
  }
  // The job of lost pictures ends like any other.
  commit({make_end("missing")});
  const auto result = open()->open_reader()->read_result("missing");
  BOOST_REQUIRE(result != nullptr);
  BOOST_TEST(!result->pictures[0].outcome.error.empty());
}

// Of a shared call the others go on.
BOOST_AUTO_TEST_CASE(lost_pictures_leave_the_call_of_others) {
  auto same_seat = make_accept("same-seat", {"a"}, 1);
  same_seat.aboard[0].opens = false;
  auto own_seat = make_accept("own-seat", {"b"}, 1);
  own_seat.aboard[0].opens = false;
  commit({make_accept("opens", {"a"}, 1)});
  commit({same_seat});
  commit({own_seat});
  std::filesystem::remove(payload("opens"));
  std::filesystem::remove(payload("own-seat"));
  auto r = recover();
  BOOST_TEST(ids_of(r.calls) == std::vector<call_id>{1}, boost::test_tools::per_element());
  BOOST_TEST(r.pending[0].aboard[0] == 0U);
  BOOST_TEST(!r.pending[0].outcomes[0].error.empty());
  BOOST_TEST(r.pending[1].aboard[0] == 1U);
  BOOST_TEST(file_of(r.pending[1].spec->pictures[0]) == "a");
  BOOST_TEST(r.pending[2].aboard[0] == 0U);
  BOOST_TEST(state_of(1) == "reserved");
  std::filesystem::remove(payload("same-seat"));
  r = recover();
  BOOST_TEST(r.calls.empty());
  BOOST_TEST(state_of(1) == "released");
}

BOOST_AUTO_TEST_CASE(a_lost_picture_that_waits_in_line_fails_with_its_repeats) {
  auto job = make_accept("job", {"a", "a", "b"}, 1);
  job.aboard.clear();
  job.waiting = {0, 2};
  commit({job});
  write_file(payload("job"), "xb");
  for (int start = 0; start < 2; ++start) {
    const auto r = recover();
    const auto& kept = r.pending.at(0);
    BOOST_TEST(kept.outcomes[0].error.find("submit it again") != std::string::npos);
    BOOST_TEST(kept.outcomes[1].error.empty());
    BOOST_TEST(kept.outcomes[2].error.empty());
    BOOST_TEST(file_of(kept.spec->pictures[2]) == "b");
  }
  commit({make_end("job")});
  const auto result = open()->open_reader()->read_result("job");
  BOOST_TEST(result->pictures[1].outcome.error.find("submit it again") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_interrupted_call_of_lost_pictures_stays_spent) {
  commit({make_accept("job", {"bytes"}, 1), make_begin(1, 1, 1, at(1), paid_by("job", 30))});
  std::filesystem::remove(payload("job"));
  const auto r = recover();
  BOOST_TEST(r.calls.empty());
  BOOST_TEST(r.pending.at(0).api_calls == 1U);
  BOOST_TEST((r.pending.at(0).share == cost{whole_call, 30}));
  BOOST_TEST(state_of(1) == "unknown");
}

BOOST_AUTO_TEST_CASE(pictures_of_closed_calls_are_not_missed) {
  commit({make_accept("job", {"a", "b"}, 1), make_begin(1, 1, 1, at(1)), settle_spend{1, at(2)},
          make_close(1, 1, "a", {make_recognition("r"), ""}, at(2))});
  write_file(payload("job"), "xb");
  const auto r = recover();
  const auto& job = r.pending.at(0);
  BOOST_TEST(job.aboard == (std::vector<call_id>{0, 2}), boost::test_tools::per_element());
  BOOST_TEST((job.outcomes[0].recognised != nullptr));
  BOOST_TEST(file_of(job.spec->pictures[0]) == "");
  BOOST_TEST(file_of(job.spec->pictures[1]) == "b");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_there_already_is_not_overwritten) {
  const auto store = open();
  write_file(payloads / "segment-1", "somebody's");
  store::commit(*store, {make_accept("job", {"bytes"}, 1)});
  BOOST_TEST(read_file(payloads / "segment-1") == "somebody's");
  BOOST_TEST(read_file(payload("job")) == "bytes");
}

// Two jobs have their pictures in the one file, another's are damaged there.
BOOST_AUTO_TEST_CASE(what_is_damaged_in_a_shared_file_is_lost_to_its_job_only) {
  commit({make_accept("a", {"aaa"}, 1), make_accept("b", {"bbb"}, 2), make_accept("c", {"ccc"}, 3)});
  write_file(payload("a"), "aaaxbbcc");
  const auto r = recover();
  BOOST_TEST(file_of(r.pending.at(0).spec->pictures[0]) == "aaa");
  BOOST_TEST(!r.pending.at(1).outcomes[0].error.empty());
  BOOST_TEST(!r.pending.at(2).outcomes[0].error.empty());
  BOOST_TEST(ids_of(r.calls) == std::vector<call_id>{1}, boost::test_tools::per_element());
}

// Programs before the sixth schema gave each job a file of that name.
BOOST_AUTO_TEST_CASE(a_file_of_one_job_goes_with_it) {
  commit({make_accept("job", {"old"}, 1)});
  std::filesystem::rename(payload("job"), payloads / "job");
  sql(dir.path() / "glyphgate.db", "UPDATE jobs SET payload = id");
  {
    const auto store = open_sqlite_store(config);
    const auto r = store->recover(at(1));
    BOOST_TEST(file_of(r.pending.at(0).spec->pictures[0]) == "old");
    store::commit(*store, {make_accept("new", {"new"}, 2)});
    BOOST_TEST(files() == (std::vector<std::string>{"job", "segment-1"}), boost::test_tools::per_element());
    store::commit(*store, {make_end("job")});
  }
  BOOST_TEST(files() == std::vector<std::string>{"segment-1"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
