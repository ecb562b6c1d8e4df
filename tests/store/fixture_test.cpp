#include "core/engine_change.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"
#include "support/registry_driver.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace glyphgate::store {

namespace {

std::vector<int> schema_versions() {
  std::vector<int> versions;
  for (int v = 1; v <= static_cast<int>(schema_steps().size()); ++v)
    versions.push_back(v);
  return versions;
}

std::filesystem::path fixture_of(int version) {
  return std::filesystem::path{GLYPHGATE_SOURCE_DIR} / "tests/store/fixtures" / ("schema-" + std::to_string(version));
}

timestamp second(int n) {
  return at(0) + std::chrono::seconds{n};
}

std::string text_of(const picture_outcome& outcome) {
  std::string text = outcome.error;
  if (outcome.recognised)
    for (const auto& s : outcome.recognised->symbols)
      text += s.text;
  return text;
}

std::vector<std::string> texts_of(const std::vector<picture_outcome>& outcomes) {
  std::vector<std::string> texts;
  for (const auto& o : outcomes)
    texts.push_back(text_of(o));
  return texts;
}

// "2 reserved" is an open call whose second attempt is paid for, "1 unpaid" one that needs another reservation.
std::string state_of(const kept_call& call) {
  if (call.closed)
    return "closed";
  return std::to_string(call.attempt) + (call.unpaid ? " unpaid" : " reserved");
}

std::vector<std::string> states_of(const kept_job& job) {
  std::vector<std::string> states;
  for (const auto& c : job.calls)
    states.push_back(state_of(c));
  return states;
}

using strings = std::vector<std::string>;

// A store as the program of that schema left it (write_store.cpp), opened by this one.
struct old_store {
  temporary_directory dir{in_memory()};
  sqlite_store_config config;
  std::unique_ptr<job_store> store;
  recovery recovered;

  explicit old_store(int version) {
    const auto fixture = fixture_of(version);
    config.data_dir = dir.path() / "data";
    std::filesystem::create_directories(config.data_dir);
    std::filesystem::copy(fixture / "payloads", config.data_dir / "payloads");
    write_file(file(), "");
    sql(file(), read_file(fixture / "glyphgate.sql"));
    store = open_sqlite_store(config);
    recovered = store->recover(second(60));
  }

  std::filesystem::path file() const { return config.data_dir / "glyphgate.db"; }

  const kept_job& pending(const job_id& id) const { return find(recovered.pending, id); }
  const kept_job& ended(const job_id& id) const { return find(recovered.ended, id); }

  std::vector<picture_outcome> result_of(const job_id& id) const {
    std::vector<picture_outcome> outcomes;
    const auto result = store->read_result(id);
    BOOST_REQUIRE(result);
    for (const auto& p : result->pictures)
      outcomes.push_back(p.outcome);
    return outcomes;
  }

  static const kept_job& find(const std::vector<kept_job>& jobs, const job_id& id) {
    const auto found = std::ranges::find_if(jobs, [&](const auto& job) { return job.view.id == id; });
    BOOST_REQUIRE_MESSAGE(found != jobs.end(), id);
    return *found;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(fixture_test)

BOOST_AUTO_TEST_CASE(every_schema_has_its_fixture) {
  for (const auto version : schema_versions())
    BOOST_TEST(std::filesystem::exists(fixture_of(version) / "glyphgate.sql"),
               "schema " << version << " has no fixture: run tests/store/fixtures/make.py");
}

BOOST_DATA_TEST_CASE(an_old_store_takes_this_programs_schema, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  BOOST_TEST(sql(old.file(), "PRAGMA user_version").at(0) == std::to_string(schema_steps().size()));
  BOOST_TEST(sql(old.file(), "PRAGMA integrity_check").at(0) == "ok");
  BOOST_TEST(sql(old.file(), "PRAGMA foreign_key_check").empty());
}

BOOST_DATA_TEST_CASE(every_pending_job_goes_on, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  // The first programs did not split calls.
  const bool has_split = sample >= 2;
  const strings order{"interrupted", "mixed", "retried", "taken-back", "split", "all-closed", "half-done", "waiting"};
  strings found;
  for (const auto& job : old.recovered.pending)
    found.push_back(job.view.id);
  strings wanted = order;
  if (!has_split)
    std::erase(wanted, "split");
  BOOST_TEST(found == wanted, boost::test_tools::per_element());

  std::map<job_id, strings> states{
      {"interrupted", {"1 unpaid", "1 reserved"}},
      {"mixed", {"1 reserved"}},
      {"retried", {"2 reserved"}},
      {"taken-back", {"2 reserved"}},
      {"split", {"closed", "closed", "1 unpaid"}},
      {"all-closed", {"closed"}},
      {"half-done", {"closed", "1 unpaid"}},
      {"waiting", {"1 reserved"}},
  };
  const std::map<job_id, strings> outcomes{
      {"interrupted", {"", ""}},
      {"mixed", {"hello", "", ""}},
      {"retried", {""}},
      {"taken-back", {""}},
      {"split", {"left", ""}},
      {"all-closed", {"ready"}},
      {"half-done", {"first", ""}},
      {"waiting", {""}},
  };
  const std::map<job_id, strings> contents{
      {"interrupted", {"one", "two"}},
      {"mixed", {"hello", "new", "new"}},
      {"retried", {"again"}},
      {"taken-back", {"later"}},
      {"split", {"left", "right"}},
      {"all-closed", {"ready"}},
      {"half-done", {"first", "second"}},
      {"waiting", {"wait"}},
  };
  for (const auto& id : wanted) {
    const auto& job = old.pending(id);
    BOOST_TEST_CONTEXT(id) {
      BOOST_TEST(states_of(job) == states.at(id), boost::test_tools::per_element());
      BOOST_TEST(texts_of(job.outcomes) == outcomes.at(id), boost::test_tools::per_element());
      BOOST_TEST((job.view.created_at == (id == "interrupted" ? second(1) : second(10))));
      BOOST_TEST(job.view.started_at.has_value() == (id != "mixed" && id != "waiting"));
      BOOST_TEST(job.spec->language_hints == (strings{"de", "en"}), boost::test_tools::per_element());
      BOOST_TEST((job.identity == job.spec->identity));
      const auto& pictures = job.spec->pictures;
      BOOST_REQUIRE_EQUAL(pictures.size(), contents.at(id).size());
      for (std::size_t i = 0; i < pictures.size(); ++i) {
        BOOST_TEST(pictures[i].id == "p" + std::to_string(i));
        BOOST_TEST((pictures[i].content == sha256(contents.at(id)[i])));
        BOOST_TEST((job.spec->recognition_keys[i] ==
                    recognition_key("google", job.spec->language_hints, pictures[i].content)));
        BOOST_TEST((pictures[i].info.format == picture_format::png && pictures[i].info.width == 640 &&
                    pictures[i].info.height == 64 && pictures[i].info.orientation == 6));
      }
      // What an open call sends has its bytes.
      for (const auto& call : job.calls)
        for (const auto i : call.pictures)
          BOOST_TEST((call.closed || *pictures[i].bytes == contents.at(id)[i]));
    }
  }
  BOOST_TEST(old.pending("retried").calls[0].paid_before == 1U);
  BOOST_TEST(old.pending("mixed").pictures_from_cache == 2U);
  BOOST_TEST(old.pending("interrupted").api_calls == 1U);
  if (has_split)
    BOOST_TEST(old.pending("split").api_calls == 3U);
  BOOST_TEST(old.pending("half-done").api_calls == 2U);
  BOOST_TEST(old.pending("half-done").calls[1].suspect);
  // Interruptions are counted from the third schema on.
  BOOST_TEST(old.pending("interrupted").calls[0].suspect == (sample >= 3));
  BOOST_TEST(old.pending("interrupted").calls[0].interruptions == (sample >= 3 ? 1U : 0U));
  // In the first one, this call was under way with no other.
  BOOST_TEST(old.pending("half-done").calls[1].interruptions == (has_split ? 0U : 1U));
}

BOOST_DATA_TEST_CASE(every_ended_job_keeps_its_result, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  BOOST_TEST(old.recovered.ended.size() == 3U);
  const auto& completed = old.ended("completed");
  BOOST_TEST((completed.view.status == job_status::completed));
  BOOST_TEST((completed.view.started_at == second(11) && completed.view.completed_at == second(12) &&
              completed.view.expires_at == second(3612)));
  BOOST_TEST(texts_of(old.result_of("completed")) == (strings{"hello", "not a picture"}),
             boost::test_tools::per_element());
  // Of the errors of older programs it is not known whether they may pass.
  BOOST_TEST(completed.repeatable == (sample >= 3));
  BOOST_TEST(completed.result_bytes > 0U);
  const auto& failed = old.ended("failed");
  BOOST_TEST((failed.view.status == job_status::failed));
  BOOST_TEST(failed.view.error.value_or("") == "every image failed");
  BOOST_TEST(texts_of(old.result_of("failed")) == (strings{"unreadable"}), boost::test_tools::per_element());
  const auto& cancelled = old.ended("cancelled");
  BOOST_TEST((cancelled.view.status == job_status::cancelled && !cancelled.view.started_at));
  BOOST_TEST((old.store->read_result("cancelled") == nullptr && old.store->read_result("forgotten") == nullptr));

  const std::vector<digest> keys{recognition_key("google", {"de", "en"}, sha256("hello")),
                                 recognition_key("google", {"de", "en"}, sha256("ready")),
                                 recognition_key("google", {"de", "en"}, sha256("gone"))};
  const auto known = old.store->recall(keys);
  BOOST_TEST((known[0] && known[1] && !known[2]));
}

BOOST_DATA_TEST_CASE(every_cent_is_still_counted, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  const auto& r = old.recovered;
  BOOST_TEST((r.as_of == second(60)));
  BOOST_TEST(r.jobs_accepted_at.size() == (sample >= 2 ? 12U : 11U));
  const auto reserved = std::ranges::count_if(r.spends, [](const auto& s) { return !s.settled_at; });
  const auto interrupted = std::ranges::count_if(r.spends, [](const auto& s) { return s.settled_at == second(60); });
  BOOST_TEST(reserved == 5);
  BOOST_TEST(interrupted == (sample >= 2 ? 2 : 1));
  // Nine settled or unknown before, two of them of the split call; two more are unknown now, one of them its.
  BOOST_TEST(r.totals.api_calls == (sample >= 2 ? 11U : 8U));
  BOOST_TEST(r.spends.size() == r.totals.api_calls + 5);
  BOOST_TEST(r.totals.pictures_processed == (sample >= 2 ? 5U : 4U));
  BOOST_TEST(r.totals.pictures_from_cache == 2U);
  for (const auto& s : r.spends)
    BOOST_TEST(s.id < r.first_free);
  // Since the fourth schema with their price.
  BOOST_TEST(r.totals.spent == (sample >= 4 ? 11U * 1500 : 0U));
  BOOST_TEST(r.totals.one_by_one == (sample >= 4 ? 7U * 1500 : 0U));
  BOOST_TEST(r.totals.unpriced_calls == (sample >= 4 ? 0U : r.totals.api_calls));
  BOOST_TEST(r.totals.unpriced_pictures ==
             (sample >= 4 ? 0U : r.totals.pictures_processed + r.totals.pictures_from_cache));
}

BOOST_DATA_TEST_CASE(a_pause_that_the_engine_asked_for_is_still_known,
                     boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  const auto& pause = old.recovered.pause;
  BOOST_TEST(pause.has_value() == (sample >= 4));
  if (pause)
    BOOST_TEST((pause->engine == "google" && pause->until == second(600)));
}

BOOST_DATA_TEST_CASE(an_old_job_can_be_done_to_the_end, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  const auto& waiting = old.pending("waiting").calls[0];
  const auto& interrupted = old.pending("interrupted").calls[0];
  const auto next = old.recovered.first_free;
  const reserve_retry again{{"interrupted", 0}, 2, next, second(61), interrupted.paid_before, interrupted.suspect};
  const std::vector<transaction> rest{
      make_begin("waiting", 0, 1, waiting.reservation, second(61)),
      settle_spend{waiting.reservation, second(62)},
      make_close("waiting", 0, 1, {make_recognition("wait"), ""}, second(62)),
      make_end("waiting", second(62)),
      again,
      make_begin("interrupted", 0, 2, next, second(63)),
      settle_spend{next, second(64)},
      make_close("interrupted", 0, 2, {make_recognition("one"), ""}, second(64)),
      forget_job{"completed"},
  };
  for (const auto v : commit(*old.store, rest))
    BOOST_TEST((v == verdict::applied));
  BOOST_TEST(texts_of(old.result_of("waiting")) == strings{"wait"}, boost::test_tools::per_element());
  BOOST_TEST((old.store->read_result("completed") == nullptr));
}

// What Tesseract read in jobs that were accepted for Google was remembered as Google's.
BOOST_DATA_TEST_CASE(what_another_engine_reads_is_remembered_as_its_own,
                     boost::unit_test::data::make(schema_versions())) {
  old_store old{sample};
  const strings hints{"de", "en"};
  // Older programs did not note the engine that a job was accepted for.
  BOOST_TEST(old.pending("waiting").engine == (sample >= 4 ? "google" : ""));
  std::vector<transaction> adopted;
  for (auto& job : old.recovered.pending)
    if (auto t = adopt(job, {"tesseract", "tesseract", 0}, duration::zero()))
      adopted.emplace_back(std::move(*t));
  commit(*old.store, adopted);
  const auto waiting = old.pending("waiting").calls[0].reservation;
  const std::vector<transaction> life{
      make_begin("waiting", 0, 1, waiting, second(61)),
      settle_spend{waiting, second(62)},
      make_close("waiting", 0, 1, {make_recognition("other"), ""}, second(62)),
      make_end("waiting", second(62)),
  };
  for (const auto v : commit(*old.store, life))
    BOOST_TEST((v == verdict::applied));
  const std::vector<digest> keys{
      recognition_key("google", hints, sha256("wait")), recognition_key("tesseract", hints, sha256("wait")),
      recognition_key("google", hints, sha256("first")), recognition_key("tesseract", hints, sha256("first"))};
  const auto known = old.store->recall(keys);
  BOOST_TEST((!known[0] && known[1]));
  // Google read this one before.
  BOOST_TEST((known[2] && !known[3]));
  // The job that has ended is identical to one for Tesseract, after another start too.
  old.store.reset();
  old.store = open_sqlite_store(old.config);
  old.recovered = old.store->recover(second(70));
  const auto& spec = make_job_spec({make_picture("p0", "wait")}, hints, "tesseract");
  BOOST_TEST((old.ended("waiting").identity == spec->identity));
}

BOOST_DATA_TEST_CASE(the_registry_brings_old_jobs_to_their_end, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  job_config at_once;
  at_once.engine_wait = std::chrono::seconds{0};
  registry_driver registry{at_once};
  registry.now = old.recovered.as_of;
  registry.next_reservation = old.recovered.first_free;
  registry.take_up(old.recovered);
  BOOST_TEST(registry.count<registry_command::reserve>() == (sample >= 2 ? 3U : 2U));
  std::size_t made = 0;
  while (!registry.quiet()) {
    if (registry.count<registry_command::reserve>() != 0)
      registry.grant();
    else if (registry.count<registry_command::record>() != 0)
      registry.store();
    else if (registry.count<registry_command::settle>() != 0)
      registry.take<registry_command::settle>();
    else
      for (const auto& call : registry.sent()) {
        registry.read(call);
        ++made;
      }
  }
  BOOST_TEST(made == (sample >= 2 ? 8U : 7U));
  for (const auto& job : old.recovered.pending)
    BOOST_TEST((registry.state.jobs().view(registry.now, job.view.id)->status == job_status::completed));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
