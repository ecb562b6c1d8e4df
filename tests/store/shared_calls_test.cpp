#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"
#include "support/file_of.hpp"
#include "support/memory_store.hpp"

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace glyphgate::store {

namespace {

using calls = std::vector<call_id>;

// What both stores are told, and a start of each.
struct in_memory_only {
  memory_store store;

  verdicts tell(const std::vector<transaction>& batch) { return store.commit(batch); }
  recovery start() { return store.recover(at(100)); }
  job_store& get() { return store; }
};

struct on_disk {
  temporary_directory dir{in_memory()};
  sqlite_store_config config{dir.path() / "data"};
  std::unique_ptr<job_store> store = open();

  std::unique_ptr<job_store> open() const {
    auto opened = open_sqlite_store(config);
    opened->recover(at(0));
    return opened;
  }
  verdicts tell(const std::vector<transaction>& batch) { return commit(*store, batch); }
  recovery start() {
    store.reset();
    store = open_sqlite_store(config);
    return store->recover(at(100));
  }
  job_store& get() { return *store; }
};

using stores = boost::mpl::list<in_memory_only, on_disk>;

template <class Store>
struct told : Store {
  void applied(const std::vector<transaction>& batch) {
    const verdicts all(batch.size(), verdict::applied);
    BOOST_TEST((this->tell(batch) == all));
  }
  void stale(transaction t) { BOOST_TEST((this->tell({std::move(t)}) == verdicts{verdict::stale})); }
};

// A job of these pictures that join a call, or wait where that is 0.
accept_job joining(const job_id& id, const std::vector<std::string>& pictures, const calls& joined) {
  auto job = make_accept(id, pictures, 0);
  job.aboard.clear();
  for (std::uint32_t i = 0; i < joined.size(); ++i)
    if (joined[i] == 0)
      job.waiting.push_back(i);
    else
      job.aboard.push_back({joined[i], {i}, false});
  return job;
}

shares_ptr shared(std::vector<job_share> shares) {
  return std::make_shared<const std::vector<job_share>>(std::move(shares));
}

const kept_job& job_of(const recovery& r, const job_id& id) {
  const auto found = std::ranges::find_if(r.pending, [&](const auto& job) { return job.view.id == id; });
  BOOST_REQUIRE_MESSAGE(found != r.pending.end(), id);
  return *found;
}

// "1/3" is call 1 of origin 3; a closed one stands in brackets.
std::string text_of(const std::vector<kept_call>& kept) {
  std::string text;
  for (const auto& call : kept) {
    const auto name = std::to_string(call.id) + "/" + std::to_string(call.origin);
    text += (text.empty() ? "" : " ") + (call.closed ? "(" + name + ")" : name);
  }
  return text;
}

std::string texts_of(const kept_job& job) {
  std::string text;
  for (const auto& outcome : job.outcomes) {
    text += text.empty() ? "" : " ";
    text += outcome.recognised ? outcome.recognised->symbols.at(0).text : outcome.error.empty() ? "-" : outcome.error;
  }
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(shared_calls_test)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_seat_is_read_for_all_its_riders, Store, stores) {
  told<Store> store;
  store.applied({make_accept("first", {"a"}, 1), joining("second", {"a", "b"}, {1, 1})});
  store.applied(
      {make_begin(1, 1, 1, at(5), shared({{"first", {250'000, 375}}, {"second", {750'000, 1125}}})),
       settle_spend{1, at(6)},
       {close_call{
           1, 1, at(7), {{seat_of("b"), {nullptr, "blank", true}}, {seat_of("a"), {make_recognition("A"), ""}}}}}});
  const auto r = store.start();
  BOOST_TEST(texts_of(job_of(r, "first")) == "A");
  BOOST_TEST(texts_of(job_of(r, "second")) == "A blank");
  BOOST_TEST(job_of(r, "second").outcomes[1].may_pass);
  BOOST_TEST(r.calls.empty());
  BOOST_TEST((job_of(r, "first").share == cost{250'000, 375}));
  BOOST_TEST((job_of(r, "second").share == cost{750'000, 1125}));
  for (const auto* id : {"first", "second"}) {
    BOOST_TEST(job_of(r, id).api_calls == 1U);
    BOOST_TEST((job_of(r, id).view.started_at == at(5)));
    BOOST_TEST((job_of(r, id).aboard[0] == 0U));
  }
  // One call, and two pictures that would have taken one each.
  BOOST_TEST(r.totals.api_calls == 1U);
  BOOST_TEST(r.totals.spent == 1500U);
  BOOST_TEST(r.totals.pictures_processed == 2U);
  BOOST_TEST(r.totals.one_by_one == 3000U);
  store.applied({make_end("second")});
  BOOST_TEST((store.get().open_reader()->read_result("second")->share == cost{750'000, 1125}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_call_that_is_not_open_takes_nobody, Store, stores) {
  told<Store> store;
  store.applied({make_accept("first", {"a"}, 1), joining("waits", {"b"}, {0})});
  const auto before = describe(store.start());
  auto late = make_accept("late", {"b", "c"}, 2);
  late.aboard.push_back({9, {1}, false});
  store.stale(late);
  store.stale(board_job{"waits", at(5), {{2, {0}, true}, {9, {}, false}}, {}});
  BOOST_TEST(describe(store.start()) == before);
  store.applied({make_close(1, 1, "a", {make_recognition("A"), ""}, at(5))});
  store.stale(joining("late", {"b"}, {1}));
  store.stale(board_job{"waits", at(5), {{1, {0}, false}}, {}});
  store.stale(board_job{"nowhere", at(5), {{2, {0}, true}}, {}});
  store.stale(give_up_waiting{"nowhere", "no room"});
  store.applied({make_end("waits")});
  store.stale(board_job{"waits", at(5), {{2, {0}, true}}, {}});
  store.stale(give_up_waiting{"waits", "no room"});
  BOOST_TEST(store.start().calls.empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_waits_in_line_boards_later, Store, stores) {
  told<Store> store;
  auto job = joining("job", {"a", "b", "c", "a"}, {0, 0, 0});
  job.pictures_from_cache = 1;
  job.call_price = 10;
  auto spec = std::make_shared<job_spec>(*job.spec);
  spec->max_delay = duration{12'345};
  job.spec = spec;
  store.applied({make_accept("other", {"x"}, 1), job});
  auto r = store.start();
  BOOST_TEST(r.accepted.size() == 1U);
  BOOST_TEST((job_of(r, "job").aboard == calls{0, 0, 0, 0}));
  BOOST_TEST((job_of(r, "job").spec->max_delay == duration{12'345}));
  BOOST_TEST(file_of(job_of(r, "job").spec->pictures[2]) == "c");

  store.applied({board_job{"job", at(3), {{1, {0}, false}, {2, {1}, true}}, {{2, make_recognition("C")}}, 30}});
  r = store.start();
  BOOST_TEST((job_of(r, "job").aboard == calls{1, 2, 0, 0}));
  BOOST_TEST(texts_of(job_of(r, "job")) == "- - C -");
  BOOST_TEST(job_of(r, "job").pictures_from_cache == 2U);
  BOOST_TEST(r.totals.pictures_from_cache == 2U);
  BOOST_TEST(r.totals.one_by_one == 40U);
  BOOST_TEST(text_of(r.calls) == "1/1 2/2");
  BOOST_TEST((r.accepted == std::vector<accepted_job>{{at(0), {}}, {at(3), {}}}));
  BOOST_TEST(r.spends.size() == 2U);
  BOOST_TEST(r.first_free == 3U);
}

// A picture that repeats one which boards or is decided has that one's outcome.
BOOST_AUTO_TEST_CASE_TEMPLATE(what_waits_in_vain_fails_and_nothing_else, Store, stores) {
  told<Store> store;
  auto job = make_accept("job", {"known", "aboard", "in line", "aboard", "in line", "known", "read"}, 1);
  job.aboard = {{1, {1}, true}, {2, {6}, true}};
  job.waiting = {2};
  job.known = {{0, make_recognition("K")}};
  store.applied({job, make_close(2, 1, "read", {make_recognition("R"), ""}, at(1))});
  store.applied({give_up_waiting{"job", "no room"}});
  const auto r = store.start();
  const auto& kept = job_of(r, "job");
  BOOST_TEST(texts_of(kept) == "K - no room - no room - R");
  BOOST_TEST((kept.outcomes[2].may_pass && kept.outcomes[4].may_pass && !kept.outcomes[1].may_pass));
  BOOST_TEST((kept.aboard == calls{0, 1, 0, 0, 0, 0, 0}));
  store.applied({make_close(1, 1, "aboard", {make_recognition("A"), ""}, at(2)), make_end("job")});
  const auto result = store.get().open_reader()->read_result("job");
  BOOST_TEST(result->pictures[3].outcome.recognised->symbols[0].text == "A");
  BOOST_TEST(result->pictures[5].outcome.recognised->symbols[0].text == "K");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_leaves_before_the_end_has_paid_and_the_others_go_on, Store, stores) {
  told<Store> store;
  store.applied({make_accept("stays", {"a"}, 1), joining("leaves", {"a", "b"}, {1, 1}), joining("gone", {"a"}, {1}),
                 make_begin(1, 1, 1, at(5),
                            shared({{"stays", {300'000, 3}}, {"leaves", {500'000, 5}}, {"gone", {200'000, 2}}}))});
  auto cancelled = make_end("leaves", at(6));
  cancelled.end.status = job_status::cancelled;
  store.applied({cancelled, make_end("gone", at(6)), forget_job{"gone"}});
  const auto r = store.start();
  BOOST_TEST(text_of(r.calls) == "1/1");
  // The process's end made the attempt one that may have been made.
  BOOST_TEST((job_of(r, "stays").share == cost{300'000, 3}));
  BOOST_TEST(r.totals.spent == 10U);
  // What was read in a seat that nobody has any more is nobody's.
  auto close = make_close(1, 2, "a", {make_recognition("A"), ""}, at(103));
  close.outcomes.push_back({seat_of("b"), {make_recognition("B"), ""}});
  store.applied({reserve_retry{1, 2, 2, at(101)}, make_begin(1, 2, 2, at(102), shared({{"stays", {whole_call, 7}}})),
                 settle_spend{2, at(103)}, close, make_end("stays", at(104))});
  const auto result = store.get().open_reader()->read_result("stays");
  BOOST_TEST((result->share == cost{whole_call + 300'000, 10}));
  BOOST_TEST(result->api_calls == 2U);
  BOOST_TEST(store.get().open_reader()->recall(std::vector{seat_of("b")})[0] == nullptr);
  BOOST_TEST(store.get().open_reader()->read_result("leaves") == nullptr);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(parts_take_over_seats_with_all_their_riders, Store, stores) {
  told<Store> store;
  store.applied({make_accept("opens", {"a"}, 1), joining("joins", {"a", "b", "c"}, {1, 1, 1})});
  store.applied({split_call{1, 1, at(1), {{2, {seat_of("a")}}, {3, {seat_of("b"), seat_of("c")}}}}});
  auto r = store.start();
  BOOST_TEST(text_of(r.calls) == "(1/1) 2/1 3/1");
  BOOST_TEST((job_of(r, "opens").aboard == calls{2}));
  BOOST_TEST((job_of(r, "joins").aboard == calls{2, 3, 3}));
  // A part of a part has the first one's origin.
  store.applied({split_call{3, 1, at(2), {{4, {seat_of("b")}}, {5, {seat_of("c")}}}},
                 make_close(2, 1, "a", {make_recognition("A"), ""}, at(3)),
                 make_close(5, 1, "c", {make_recognition("C"), ""}, at(4))});
  r = store.start();
  BOOST_TEST(text_of(r.calls) == "(1/1) (2/1) (3/1) 4/1 (5/1)");
  BOOST_TEST(texts_of(job_of(r, "opens")) == "A");
  BOOST_TEST(texts_of(job_of(r, "joins")) == "A - C");
  // When the last of them is closed, nothing of the search is kept.
  store.applied({make_close(4, 1, "b", {make_recognition("B"), ""}, at(5)), make_accept("new", {"n"}, 6)});
  BOOST_TEST(text_of(store.start().calls) == "6/6");
}

// Nobody is to be left behind; but where somebody is, he waits in line again.
BOOST_AUTO_TEST_CASE_TEMPLATE(whose_seat_is_missing_waits_in_line, Store, stores) {
  told<Store> store;
  store.applied({make_accept("job", {"a", "b"}, 1), split_call{1, 1, at(1), {}},
                 make_close(2, 1, "other", {make_recognition("O"), ""}, at(1))});
  auto r = store.start();
  BOOST_TEST(r.calls.empty());
  BOOST_TEST((job_of(r, "job").aboard == calls{0, 0}));
  BOOST_TEST(texts_of(job_of(r, "job")) == "- -");
  BOOST_TEST(file_of(job_of(r, "job").spec->pictures[1]) == "b");
  store.applied({board_job{"job", at(2), {{3, {0, 1}, true}}, {}}});
  r = store.start();
  BOOST_TEST((job_of(r, "job").aboard == calls{3, 3}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_taken_back_nobody_pays, Store, stores) {
  told<Store> store;
  store.applied({make_accept("job", {"a"}, 1), joining("rider", {"a"}, {1}),
                 make_begin(1, 1, 1, at(1), paid_by("job", 5)), carry_over_spend{1, 1, 1, at(2)}});
  // The next attempt is paid for by those who are aboard then; beginning it again is the same beginning.
  store.applied({make_begin(1, 2, 1, at(3), paid_by("rider", 8)), make_begin(1, 2, 1, at(4), paid_by("job", 9)),
                 settle_spend{1, at(5), 11, paid_by("job", 11)}});
  auto r = store.start();
  BOOST_TEST((job_of(r, "job").share == cost{}));
  BOOST_TEST((job_of(r, "rider").share == cost{whole_call, 8}));
  BOOST_TEST(job_of(r, "job").api_calls == 0U);
  BOOST_TEST(r.totals.spent == 8U);
  store.applied(
      {reserve_retry{1, 3, 2, at(101)}, make_begin(1, 3, 2, at(102), paid_by("job", 5)), release_spend{2, at(103)}});
  r = store.start();
  BOOST_TEST((job_of(r, "job").share == cost{}));
  BOOST_TEST(r.totals.spent == 8U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_spend_that_never_began_is_paid_by_whom_its_end_names, Store, stores) {
  told<Store> store;
  store.applied(
      {make_accept("job", {"a"}, 1),
       settle_spend{1, at(1), 6, shared({{"job", {600'000, 4}}, {"gone", {300'000, 1}}, {"lost", {100'000, 1}}})}});
  const auto r = store.start();
  BOOST_TEST((job_of(r, "job").share == cost{600'000, 4}));
  BOOST_TEST(r.totals.spent == 6U);
}

BOOST_FIXTURE_TEST_CASE(shares_of_jobs_that_are_not_kept_are_nobodys, on_disk) {
  commit(get(),
         {make_accept("job", {"a"}, 1),
          settle_spend{1, at(1), 6, shared({{"job", {600'000, 4}}, {"gone", {300'000, 1}}, {"lost", {100'000, 1}}})}});
  const auto file = config.data_dir / "glyphgate.db";
  const auto rows = [&] {
    return sql(file, "SELECT reservation || ' ' || job || ' ' || calls || ' ' || price FROM shares ORDER BY job");
  };
  BOOST_TEST(rows() == (std::vector<std::string>{"1 0 400000 2", "1 1 600000 4"}), boost::test_tools::per_element());
  // Shares go with their spend, and what was paid stays with the job.
  get().sweep_spends_before(at(1));
  BOOST_TEST(rows().size() == 2U);
  get().sweep_spends_before(at(2));
  BOOST_TEST(rows().empty());
  BOOST_TEST((job_of(start(), "job").share == cost{600'000, 4}));
}

BOOST_FIXTURE_TEST_CASE(a_call_may_carry_a_thousand_jobs, on_disk) {
  constexpr std::uint32_t riders = 1000;
  std::vector<transaction> boarding;
  close_call close{1, 1, at(2), {}};
  std::vector<job_share> shares;
  for (std::uint32_t i = 0; i < riders; ++i) {
    const auto id = "job-" + std::to_string(i);
    auto job = make_accept(id, {"picture " + id}, 1);
    job.aboard[0].opens = i == 0;
    boarding.emplace_back(std::move(job));
    close.outcomes.push_back(
        {seat_of("picture " + id), {make_recognition(std::string(1, static_cast<char>('a' + i % 26))), ""}});
    shares.push_back({id, {whole_call / riders, 2}});
  }
  BOOST_TEST((tell(boarding) == verdicts(riders, verdict::applied)));
  BOOST_TEST((tell({make_begin(1, 1, 1, at(1), shared(shares)), settle_spend{1, at(2)}, close}) ==
              verdicts(3, verdict::applied)));
  const auto r = start();
  BOOST_REQUIRE_EQUAL(r.pending.size(), riders);
  for (std::uint32_t i = 0; i < riders; ++i) {
    BOOST_TEST(texts_of(r.pending[i]) == std::string(1, static_cast<char>('a' + i % 26)));
    BOOST_TEST((r.pending[i].share == cost{1000, 2}));
  }
  BOOST_TEST(r.totals.pictures_processed == riders);
  BOOST_TEST(r.totals.spent == 2U * riders);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
