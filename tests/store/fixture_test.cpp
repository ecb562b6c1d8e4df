#include "core/engine_change.hpp"
#include "old_store.hpp"
#include "support/file_of.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace glyphgate::store {

namespace {

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

const kept_call& call_of(const recovery& r, call_id id) {
  const auto found = std::ranges::find(r.calls, id, &kept_call::id);
  BOOST_REQUIRE_MESSAGE(found != r.calls.end(), id);
  return *found;
}

// What becomes of a picture in a call of its own.
close_call close_of(const kept_job& job, std::size_t picture, attempt_token attempt, picture_outcome outcome,
                    timestamp when) {
  return {job.aboard[picture], attempt, when, {{job.spec->recognition_keys[picture], std::move(outcome)}}};
}

using strings = std::vector<std::string>;

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
  // The first programs did not split calls, and until the fifth schema no two jobs shared one.
  const bool has_split = sample >= 2;
  const bool has_shared = sample >= 5;
  strings wanted{"interrupted", "mixed", "retried", "taken-back"};
  if (has_split)
    wanted.emplace_back("split");
  for (const auto* id : {"all-closed", "half-done", "waiting"})
    wanted.emplace_back(id);
  if (has_shared)
    for (const auto* id : {"opens", "joins", "in-line", "gave-up"})
      wanted.emplace_back(id);
  strings found;
  for (const auto& job : old.recovered.pending)
    found.push_back(job.view.id);
  // Of that one below.
  BOOST_TEST(std::erase(found, "pages") == (sample >= 7 ? 1U : 0U));
  BOOST_TEST(std::erase(found, "to-sift") + std::erase(found, "frames") == (sample >= 8 ? 2U : 0U));
  BOOST_TEST(std::erase(found, "owned") == (sample >= 9 ? 1U : 0U));
  BOOST_TEST(found == wanted, boost::test_tools::per_element());

  const std::map<job_id, strings> outcomes{
      {"interrupted", {"", ""}},
      {"mixed", {"hello", "", ""}},
      {"retried", {""}},
      {"taken-back", {""}},
      {"split", {"left", ""}},
      {"all-closed", {"ready"}},
      {"half-done", {"first", ""}},
      {"waiting", {""}},
      {"opens", {"common", ""}},
      {"joins", {"common", ""}},
      {"in-line", {"", ""}},
      {"gave-up", {"no room"}},
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
      {"opens", {"common", "own"}},
      {"joins", {"common", "more"}},
      {"in-line", {"boards", "stays"}},
      {"gave-up", {"never"}},
  };
  const std::set<job_id> not_started{"mixed", "waiting", "in-line", "gave-up"};
  for (const auto& id : wanted) {
    const auto& job = old.pending(id);
    BOOST_TEST_CONTEXT(id) {
      BOOST_TEST(texts_of(job.outcomes) == outcomes.at(id), boost::test_tools::per_element());
      BOOST_TEST((job.view.created_at == (id == "interrupted" ? second(1) : second(10))));
      BOOST_TEST(job.view.started_at.has_value() == !not_started.contains(id));
      BOOST_TEST(
          (job.spec->max_delay == (id == "joins" ? std::optional<duration>{std::chrono::seconds{60}} : std::nullopt)));
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
        BOOST_TEST(pictures[i].info.joins.kin == (sample >= 6 ? ~std::uint64_t{7} : 0));
        // What is aboard a call or waits in line has its bytes.
        const bool needed = job.aboard[i] != 0 || (id == "in-line" && i == 1);
        BOOST_TEST(file_of(pictures[i]) == (needed ? contents.at(id)[i] : ""));
      }
    }
  }
  BOOST_TEST(old.pending("mixed").pictures_from_cache == 2U);
}

// Since the seventh schema.
BOOST_DATA_TEST_CASE(pages_and_refused_pictures_go_on, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  const auto none_of_it = [](const picture& p) { return p.info.page == 0 && p.refused.empty(); };
  for (const auto& job : old.recovered.pending)
    BOOST_TEST((job.view.id == "pages" || std::ranges::all_of(job.spec->pictures, none_of_it)));
  if (sample < 7)
    return;
  const auto& job = old.pending("pages");
  BOOST_TEST(texts_of(job.outcomes) == (strings{"", "", "no picture"}), boost::test_tools::per_element());
  BOOST_TEST(job.aboard == (std::vector<call_id>{0, 0, 0}), boost::test_tools::per_element());
  const auto& pictures = job.spec->pictures;
  BOOST_TEST(pictures[1].info.page == 1U);
  BOOST_TEST((pictures[0].bytes == pictures[1].bytes));
  BOOST_TEST(file_of(pictures[1]) == "file");
  BOOST_TEST((pictures[1].content == sha256("page 1 of file")));
  BOOST_TEST(pictures[2].refused == "no picture");
}

// Since the eighth schema.
BOOST_DATA_TEST_CASE(what_was_sifted_or_is_to_be_goes_on, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  BOOST_TEST(old.recovered.totals.pictures_answered_here == (sample >= 8 ? 1U : 0U));
  BOOST_TEST(old.recovered.totals.pictures_repeated == (sample >= 8 ? 1U : 0U));
  BOOST_TEST(old.recovered.totals.saved_here == (sample >= 8 ? 1500U : 0U));
  const auto is_new = [](const kept_job& job) { return job.view.id == "to-sift" || job.view.id == "frames"; };
  for (const auto& job : old.recovered.pending)
    BOOST_TEST((is_new(job) || (!job.sifting && !job.sifted_at && !job.spec->near_duplicates)));
  if (sample < 8)
    return;
  const auto& waits = old.pending("to-sift");
  BOOST_TEST((waits.sifting && !waits.sifted_at));
  BOOST_TEST(file_of(waits.spec->pictures[0]) == "unseen");
  const auto& frames = old.pending("frames");
  BOOST_TEST((!frames.sifting && frames.sifted_at == second(27) && frames.spec->near_duplicates));
  BOOST_TEST((frames.outcomes[0].recognised != nullptr));
  const auto& keys = frames.spec->recognition_keys;
  BOOST_TEST((keys[1] == keys[2] && keys[0] != keys[1]));
  BOOST_TEST(file_of(frames.spec->pictures[1]) == "frame");
  // Nobody will read what repeats it.
  BOOST_TEST(file_of(frames.spec->pictures[2]) == "");
}

// Since the ninth schema.
BOOST_DATA_TEST_CASE(owners_accounts_and_a_stop_go_on, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  const auto& r = old.recovered;
  // What older programs spent in the last day is on nobody's account.
  amounts used;
  for (const auto& entry : r.accounts) {
    BOOST_TEST(entry.owner.empty());
    used += entry.used;
  }
  BOOST_TEST(used.calls == r.totals.api_calls * whole_call);
  BOOST_TEST(used.jobs == r.accepted.size());
  BOOST_TEST(used.price == r.totals.spent);
  for (const auto& job : r.pending)
    BOOST_TEST(job.view.owner == (job.view.id == "owned" ? "alice" : ""));
  if (sample < 9) {
    BOOST_TEST((!r.stopped && r.billed.empty()));
    return;
  }
  BOOST_TEST((r.stopped == stop_order{"ops", "a bill", second(28), true}));
  std::vector<budget_news> billed{{second(0), 99'500'000, false, sample < 11 ? "" : "month"}};
  if (sample >= 11)
    billed.push_back({second(1), 4'000'000, false, "year"});
  BOOST_TEST((r.billed == billed));
  BOOST_TEST(old.pending("owned").spec->owner == "alice");
}

// Since the tenth schema.
BOOST_DATA_TEST_CASE(keys_of_requests_go_on, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  const auto& requests = old.recovered.requests;
  BOOST_REQUIRE_EQUAL(requests.size(), sample < 10 ? 0U : 1U);
  if (requests.empty())
    return;
  BOOST_TEST(requests[0].owner == "alice");
  BOOST_TEST(requests[0].key.text == "a key");
  BOOST_TEST((requests[0].key.request == sha256("mine")));
  BOOST_TEST(requests[0].job == "owned");
  BOOST_TEST((requests[0].told == job_status::pending && !requests[0].identical));
}

// Since the eleventh schema.
BOOST_DATA_TEST_CASE(images_that_jobs_keep_are_there, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  const auto kept = old.store->open_reader()->read_pictures("kept");
  BOOST_REQUIRE_EQUAL(kept != nullptr, sample >= 11);
  BOOST_TEST(old.store->open_reader()->read_pictures("completed") == nullptr);
  if (kept == nullptr)
    return;
  BOOST_REQUIRE_EQUAL(kept->entries().size(), 3U);
  BOOST_TEST(kept->read(0) == "keep");
  BOOST_TEST(kept->read(1) == "hello");
  BOOST_TEST(kept->entries()[2].size == 0U);
  BOOST_TEST(kept->read(2) == "");
}

BOOST_DATA_TEST_CASE(what_was_missing_is_still_told, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  const std::string_view told = sample >= 7 ? "half of it" : "";
  BOOST_TEST(warning_of(old.pending("half-done").outcomes[0]) == told);
  const std::vector<digest> keys{recognition_key("google", {"de", "en"}, sha256("first"))};
  BOOST_TEST(old.store->open_reader()->recall(keys)[0]->warning == told);
}

BOOST_DATA_TEST_CASE(every_open_call_goes_on, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  // Calls that older programs opened are known by their latest reservation, and are their own origin.
  std::map<call_id, std::string> states{{1, "1 unpaid"}, {2, "1 reserved"}, {7, "1 reserved"}};
  states[sample >= 5 ? 8 : 9] = "2 reserved";
  states[sample >= 2 ? 10 : 11] = "2 reserved";
  if (sample >= 2)
    states.insert({{13, "1 unpaid"}, {16, "1 unpaid"}, {17, "1 reserved"}});
  else
    states.insert({{14, "1 unpaid"}, {15, "1 reserved"}});
  if (sample >= 5)
    states.insert(
        {{11, "closed"}, {12, "closed"}, {18, "closed"}, {19, "closed"}, {20, "1 reserved"}, {21, "1 reserved"}});
  const std::map<call_id, call_id> origins{{11, 11}, {12, 11}, {13, 11}, {18, 18}, {19, 18}, {20, 18}};
  std::map<call_id, std::string> found;
  for (const auto& call : old.recovered.calls) {
    found[call.id] = state_of(call);
    BOOST_TEST(call.origin == (sample >= 5 && origins.contains(call.id) ? origins.at(call.id) : call.id));
  }
  BOOST_TEST((found == states));

  std::map<job_id, std::vector<call_id>> aboard{
      {"interrupted", {1, 2}}, {"mixed", {0, 7, 0}}, {"retried", {9}},       {"taken-back", {10}},
      {"split", {0, 13}},      {"all-closed", {0}},  {"half-done", {0, 16}}, {"waiting", {17}},
  };
  if (sample < 2) {
    aboard.erase("split");
    aboard["taken-back"] = {11};
    aboard["half-done"] = {0, 14};
    aboard["waiting"] = {15};
  }
  if (sample >= 5) {
    aboard["retried"] = {8};
    aboard.insert({{"opens", {0, 20}},
                   {"joins", {0, 20}},
                   {"in-line", {21, 0}},
                   {"gave-up", {0}},
                   {"pages", {0, 0, 0}},
                   {"to-sift", {0}},
                   {"frames", {0, 0, 0}},
                   {"owned", {0}}});
  }
  for (const auto& job : old.recovered.pending)
    BOOST_TEST(job.aboard == aboard.at(job.view.id), boost::test_tools::per_element());

  const auto& retried = call_of(old.recovered, sample >= 5 ? 8 : 9);
  BOOST_TEST(retried.reservation == 9U);
  BOOST_TEST(retried.paid_before == 1U);
  const auto& half_done = call_of(old.recovered, sample >= 2 ? 16 : 14);
  BOOST_TEST(half_done.suspect);
  // In the first schema, this call was under way with no other.
  BOOST_TEST(half_done.interruptions == (sample >= 2 ? 0U : 1U));
  // Interruptions are counted from the third schema on.
  BOOST_TEST(call_of(old.recovered, 1).suspect == (sample >= 3));
  BOOST_TEST(call_of(old.recovered, 1).interruptions == (sample >= 3 ? 1U : 0U));
}

// Before the fifth schema every attempt was its job's alone, and before the fourth it had no price.
BOOST_DATA_TEST_CASE(every_job_has_its_share, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  const auto attempts = [price = sample >= 4 ? 1500U : 0U](std::uint64_t n) { return cost{n * whole_call, n * price}; };
  std::map<job_id, cost> shares{
      {"interrupted", attempts(1)},
      {"mixed", {}},
      {"retried", attempts(1)},
      {"taken-back", {}},
      {"split", attempts(3)},
      {"all-closed", attempts(1)},
      {"half-done", attempts(2)},
      {"waiting", {}},
      {"opens", attempts(1)},
      {"joins", attempts(1)},
      {"in-line", {}},
      {"gave-up", {}},
      {"pages", {}},
      {"to-sift", {}},
      {"frames", {}},
      {"owned", {}},
  };
  // Two jobs were aboard the same two attempts.
  const std::set<job_id> shared{"opens", "joins"};
  for (const auto& job : old.recovered.pending)
    BOOST_TEST_CONTEXT(job.view.id) {
      BOOST_TEST((job.share == shares.at(job.view.id)));
      BOOST_TEST(job.api_calls == (shared.contains(job.view.id) ? 2U : job.share.calls / whole_call));
    }
  BOOST_TEST((old.store->open_reader()->read_result("completed")->share == attempts(1)));
  BOOST_TEST(sql(old.file(), "SELECT reservation FROM ledger JOIN shares USING (reservation) GROUP BY reservation "
                             "HAVING sum(shares.calls) <> 1000000 OR sum(shares.price) <> ifnull(max(ledger.price), 0)")
                 .empty());
  BOOST_TEST(sql(old.file(), "SELECT reservation FROM ledger WHERE (state IN ('settled', 'unknown')) <> "
                             "(reservation IN (SELECT reservation FROM shares))")
                 .empty());
}

BOOST_DATA_TEST_CASE(every_ended_job_keeps_its_result, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  BOOST_TEST(old.recovered.ended.size() == (sample >= 11 ? 4U : 3U));
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
  BOOST_TEST((old.store->open_reader()->read_result("cancelled") == nullptr &&
              old.store->open_reader()->read_result("forgotten") == nullptr));

  const std::vector<digest> keys{recognition_key("google", {"de", "en"}, sha256("hello")),
                                 recognition_key("google", {"de", "en"}, sha256("ready")),
                                 recognition_key("google", {"de", "en"}, sha256("gone"))};
  const auto known = old.store->open_reader()->recall(keys);
  BOOST_TEST((known[0] && known[1] && !known[2]));
}

BOOST_DATA_TEST_CASE(every_cent_is_still_counted, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  const auto& r = old.recovered;
  BOOST_TEST((r.as_of == second(60)));
  // The job that has given up its wait never boarded.
  BOOST_TEST(r.accepted.size() == (sample >= 11 ? 16U : sample >= 5 ? 15U : sample >= 2 ? 12U : 11U));
  const auto reserved = std::ranges::count_if(r.spends, [](const auto& s) { return !s.settled_at; });
  const auto interrupted = std::ranges::count_if(r.spends, [](const auto& s) { return s.settled_at == second(60); });
  BOOST_TEST(reserved == (sample >= 5 ? 7 : 5));
  BOOST_TEST(interrupted == (sample >= 2 ? 2 : 1));
  // Nine settled or unknown before, two of them of the split call; two more are unknown now, one of them its. Two were
  // shared, and what was read there counts for each job. One is of the job that keeps its images.
  BOOST_TEST(r.totals.api_calls == (sample >= 11 ? 14U : sample >= 5 ? 13U : sample >= 2 ? 11U : 8U));
  BOOST_TEST(r.spends.size() == r.totals.api_calls + static_cast<std::uint64_t>(reserved));
  BOOST_TEST(r.totals.pictures_processed == (sample >= 11 ? 8U : sample >= 5 ? 7U : sample >= 2 ? 5U : 4U));
  BOOST_TEST(r.totals.pictures_from_cache == 2U);
  for (const auto& s : r.spends)
    BOOST_TEST(s.id < r.first_free);
  // Since the fourth schema with their price.
  BOOST_TEST(r.totals.spent == (sample >= 4 ? r.totals.api_calls * 1500 : 0U));
  BOOST_TEST(r.totals.one_by_one ==
             (sample >= 4 ? (r.totals.pictures_processed + r.totals.pictures_from_cache) * 1500 : 0U));
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
  const auto& waiting = old.pending("waiting");
  const auto paid = call_of(old.recovered, waiting.aboard[0]);
  const auto& interrupted = old.pending("interrupted");
  const auto again = call_of(old.recovered, interrupted.aboard[0]);
  const auto next = old.recovered.first_free;
  const std::vector<transaction> rest{
      make_begin(paid.id, 1, paid.reservation, second(61), paid_by("waiting")),
      settle_spend{paid.reservation, second(62)},
      close_of(waiting, 0, 1, {make_recognition("wait"), ""}, second(62)),
      make_end("waiting", second(62)),
      reserve_retry{again.id, 2, next, second(61), again.paid_before, again.suspect},
      make_begin(again.id, 2, next, second(63), paid_by("interrupted")),
      settle_spend{next, second(64)},
      close_of(interrupted, 0, 2, {make_recognition("one"), ""}, second(64)),
      forget_job{"completed"},
  };
  for (const auto v : commit(*old.store, rest))
    BOOST_TEST((v == verdict::applied));
  BOOST_TEST(texts_of(old.result_of("waiting")) == strings{"wait"}, boost::test_tools::per_element());
  BOOST_TEST((old.store->open_reader()->read_result("completed") == nullptr));
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
  const auto& waiting = old.pending("waiting");
  const auto call = waiting.aboard[0];
  const std::vector<transaction> life{
      make_begin(call, 1, call, second(61), paid_by("waiting")),
      settle_spend{call, second(62)},
      close_of(waiting, 0, 1, {make_recognition("other"), ""}, second(62)),
      make_end("waiting", second(62)),
  };
  for (const auto v : commit(*old.store, life))
    BOOST_TEST((v == verdict::applied));
  const std::vector<digest> keys{
      recognition_key("google", hints, sha256("wait")), recognition_key("tesseract", hints, sha256("wait")),
      recognition_key("google", hints, sha256("first")), recognition_key("tesseract", hints, sha256("first"))};
  const auto known = old.store->open_reader()->recall(keys);
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

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
