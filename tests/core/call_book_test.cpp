#include "core/registry/call_book.hpp"
#include "support/literal_time.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

const company everybody{{}, "test", "test"};
const picture_info small{picture_format::png, 100, 20, 1};

digest key(const std::string& content) {
  return sha256(content);
}

/// Calls of up to three pictures; a split call comes to four parts at most.
struct fixture {
  call_book calls{[](const extent& load) { return load.images <= 3; }, 4};

  /// A call with one seat for each of these contents, each with the rider (content, 0).
  void open(call_id id, const std::vector<std::string>& contents, company with = everybody) {
    call_book::call c;
    c.id = c.origin = c.reservation = id;
    c.with = std::move(with);
    for (const auto& content : contents)
      c.seats.push_back({key(content), small, {{{content, 0}, true}}});
    calls.open(std::move(c));
  }
  const call_book::call& at_id(call_id id) const { return *calls.find(id); }
};

BOOST_FIXTURE_TEST_SUITE(book_of_calls, fixture)

BOOST_AUTO_TEST_CASE(a_seat_is_found_as_long_as_its_call_is_open) {
  open(1, {"a", "b"});
  BOOST_TEST(calls.with_seat(key("b"))->id == 1u);
  BOOST_TEST(calls.with_seat(key("c")) == nullptr);
  const auto closed = calls.close(1);
  BOOST_TEST(closed.seats.size() == 2u);
  BOOST_TEST(calls.with_seat(key("b")) == nullptr);
  BOOST_TEST(calls.find(1) == nullptr);
}

BOOST_AUTO_TEST_CASE(pictures_fill_calls_of_their_company_in_the_order_of_their_opening) {
  open(1, {"a"});
  open(2, {"b"}, {{"zh"}, "test", "test"});
  open(3, {"c"});
  calls.move(1, 1, call_place::ready);
  open(4, {"d"});
  const auto filling = calls.filling(everybody);
  BOOST_REQUIRE_EQUAL(filling.size(), 2u);
  BOOST_TEST(filling[0]->id == 3u);
  BOOST_TEST(filling[1]->id == 4u);
}

BOOST_AUTO_TEST_CASE(company_is_hints_and_scope_and_engine_and_owner) {
  for (const auto& other : {company{{"zh"}, "test", "test"}, company{{}, "other", "test"}, company{{}, "test", "other"},
                            company{{}, "test", "test", "somebody"}})
    BOOST_TEST(!(other == everybody));
}

BOOST_AUTO_TEST_CASE(boarding_takes_a_seat_or_shares_one_and_is_for_good_once_confirmed) {
  open(1, {"a"});
  calls.board(1, key("a"), small, {"late", 3});
  calls.board(1, key("b"), small, {"late", 4});
  BOOST_TEST(at_id(1).seats.size() == 2u);
  BOOST_TEST(at_id(1).load.images == 2u);
  BOOST_TEST(at_id(1).load.height == 40u);
  BOOST_TEST(at_id(1).boarding == 2u);
  BOOST_TEST(!calls.is_full(at_id(1)));
  calls.confirm(1, key("a"), {"late", 3});
  calls.confirm(1, key("b"), {"late", 4});
  calls.confirm(1, key("b"), {"late", 4});
  BOOST_TEST(at_id(1).boarding == 0u);
  calls.board(1, key("c"), small, {"late", 5});
  BOOST_TEST(calls.is_full(at_id(1)));
}

// 750 captions had waited for seven more.
BOOST_AUTO_TEST_CASE(a_call_of_which_less_than_a_tenth_is_left_is_full) {
  call_book large{[](const extent& load) { return load.height <= 2000; }, 4};
  call_book::call c;
  c.id = c.origin = 1;
  for (int i = 0; i < 90; ++i)
    c.seats.push_back({key(std::to_string(i)), small, {{{"a", 0}, true}}});
  large.open(c);
  BOOST_TEST(!large.is_full(*large.find(1)));
  large.board(1, key("one more"), small, {"b", 0});
  BOOST_TEST(large.is_full(*large.find(1)));
}

BOOST_AUTO_TEST_CASE(a_seat_without_riders_is_vacated_unless_a_worker_has_the_call) {
  open(1, {"a", "b", "c"});
  BOOST_TEST(!calls.leave(1, {"a", 0}));
  BOOST_TEST(at_id(1).seats.size() == 2u);
  BOOST_TEST(at_id(1).load.images == 2u);
  calls.move(1, 1, call_place::queued);
  BOOST_TEST(!calls.leave(1, {"b", 0}));
  BOOST_TEST(at_id(1).seats.size() == 2u);
  // It comes back without having been begun.
  calls.move(1, 1, call_place::delayed);
  BOOST_TEST(at_id(1).seats.size() == 1u);
  BOOST_TEST(calls.with_seat(key("b")) == nullptr);
  BOOST_TEST(calls.leave(1, {"c", 0}));
}

BOOST_AUTO_TEST_CASE(progress_counts_up_and_only_of_the_attempt_that_the_pool_has) {
  open(1, {"a", "b"});
  BOOST_TEST(calls.progress(1, 1, 1).empty());
  calls.move(1, 1, call_place::queued);
  BOOST_TEST(calls.waiting() == 1u);
  BOOST_TEST(calls.queued() == 1u);
  BOOST_TEST(calls.progress(1, 1, 0).empty());
  BOOST_TEST(calls.waiting() == 0u);
  BOOST_TEST(calls.queued() == 0u);
  const auto first = calls.progress(1, 1, 1);
  BOOST_REQUIRE_EQUAL(first.size(), 1u);
  BOOST_TEST((first[0].key == key("a")));
  BOOST_TEST(calls.progress(1, 1, 1).empty());
  BOOST_TEST(calls.progress(1, 1, 9).size() == 1u);
  BOOST_TEST(calls.progress(1, 2, 1).empty());
}

BOOST_AUTO_TEST_CASE(a_retry_makes_news_of_the_older_attempt_stale) {
  open(1, {"a"});
  calls.set_unpaid(1);
  const auto next = calls.retry(1, 9, 1, true);
  BOOST_TEST(next.number == 2u);
  BOOST_TEST(next.reservation == 9u);
  BOOST_TEST(at_id(1).paid_before == 1u);
  BOOST_TEST(at_id(1).suspect);
  BOOST_TEST(at_id(1).paid);
  BOOST_TEST(calls.find(1, 1) == nullptr);
  calls.move(1, 1, call_place::running);
  BOOST_TEST((at_id(1).place == call_place::filling));
}

BOOST_AUTO_TEST_CASE(a_split_call_goes_on_in_halves_with_their_riders) {
  open(1, {"a", "b", "c"});
  calls.board(1, key("c"), small, {"late", 0});
  const auto parts = calls.split(1, 5);
  BOOST_TEST(parts == (std::vector<call_id>{5, 6}), boost::test_tools::per_element());
  BOOST_TEST(calls.find(1) == nullptr);
  BOOST_TEST(at_id(5).seats.size() == 1u);
  BOOST_TEST(at_id(6).seats.size() == 2u);
  BOOST_TEST(at_id(6).seats[1].riders.size() == 2u);
  BOOST_TEST(at_id(6).boarding == 1u);
  BOOST_TEST(at_id(6).origin == 1u);
  BOOST_TEST(at_id(6).reservation == 6u);
  BOOST_TEST(calls.with_seat(key("c"))->id == 6u);
}

BOOST_AUTO_TEST_CASE(a_split_leaves_out_who_has_left) {
  open(1, {"a", "b"});
  calls.move(1, 1, call_place::running);
  calls.leave(1, {"a", 0});
  const auto parts = calls.split(1, 5);
  BOOST_REQUIRE_EQUAL(parts.size(), 1u);
  BOOST_TEST((at_id(5).seats.at(0).key == key("b")));
}

BOOST_AUTO_TEST_CASE(a_call_comes_to_so_many_parts_in_all) {
  open(1, {"a", "b", "c"});
  BOOST_TEST(calls.may_split(1));
  auto parts = calls.split(1, 2);
  BOOST_TEST(calls.may_split(parts[1]));
  parts = calls.split(parts[1], 4);
  BOOST_TEST(!calls.may_split(parts[0]));
  // Another call is not held to account for it.
  open(9, {"x", "y"});
  BOOST_TEST(calls.may_split(9));
}

BOOST_AUTO_TEST_CASE(closed_parts_count_after_a_restart) {
  for (call_id id = 2; id <= 4; ++id)
    calls.note_closed({.id = id, .origin = 1, .closed = true});
  call_book::call part;
  part.id = 5;
  part.origin = 1;
  part.seats = {{key("a"), small, {{{"a", 0}, true}}}, {key("b"), small, {{{"b", 0}, true}}}};
  calls.open(part);
  BOOST_TEST(!calls.may_split(5));
}

BOOST_AUTO_TEST_CASE(seats_are_named_anew_when_another_engine_reads_them) {
  call_book::call c;
  c.id = c.origin = 1;
  // The same picture, under the keys of two engines.
  c.seats = {{key("old"), small, {{{"a", 0}, true}}}, {key("new"), small, {{{"b", 0}, true}}}};
  calls.open(c);
  calls.name_seats(1, everybody, [](const rider&) { return key("new"); });
  BOOST_TEST(at_id(1).seats.size() == 1u);
  BOOST_TEST(at_id(1).seats[0].riders.size() == 2u);
  BOOST_TEST(at_id(1).load.images == 1u);
  BOOST_TEST(calls.with_seat(key("old")) == nullptr);
  BOOST_TEST(calls.with_seat(key("new"))->id == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
