#include "core/write_queue.hpp"
#include "support/literal_time.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

/// A unit that is known by its name: its transactions forget the jobs "name", "name", ….
transactions_ptr named(const std::string& name, std::size_t transactions = 1) {
  return unit_of(std::vector<transaction>(transactions, forget_job{name}));
}

std::string name_of_unit(const transactions_ptr& unit) {
  return std::get<forget_job>(unit->front()).id;
}

/// A queue, and what it wants done.
struct fixture {
  write_queue queue{7};
  timestamp now = at(0s);
  std::vector<write_command::commit> commits;
  std::map<asker, std::optional<verdicts>> answers;
  std::vector<log_entry> log;
  std::size_t gathers = 0;

  void step(const any_write_event& e) {
    for (const auto& c : queue.step(now, e)) {
      if (const auto* commit = std::get_if<write_command::commit>(&c))
        commits.push_back(*commit);
      else if (const auto* answer = std::get_if<write_command::answer>(&c))
        BOOST_TEST(answers.emplace(answer->to, answer->verdicts).second);
      else if (const auto* entry = std::get_if<log_entry>(&c))
        log.push_back(*entry);
      else
        ++gathers;
    }
  }

  void offer(asker from) { step(write_event::offer{from, named(std::to_string(from))}); }
  void record(asker from) { step(write_event::record{from, named(std::to_string(from))}); }
  void gathered() {
    BOOST_REQUIRE(gathers != 0);
    --gathers;
    step(write_event::gathered{});
  }

  /// The latest commit: "number: unit unit …".
  std::string commit() const {
    BOOST_REQUIRE(!commits.empty());
    auto text = std::to_string(commits.back().number) + ":";
    for (const auto& u : commits.back().units)
      text += " " + name_of_unit(u);
    return text;
  }

  void committed() { step(write_event::committed{verdicts(commits.back().units.size(), verdict::applied)}); }
  void failed() { step(write_event::failed{"disk full"}); }
  void unknown() { step(write_event::unknown{"connection lost"}); }
  void tick(timestamp t) {
    now = t;
    step(write_event::time_passed{});
  }

  bool refused(asker a) const { return answers.contains(a) && !answers.at(a); }
  bool durable(asker a) const { return answers.contains(a) && answers.at(a); }
  bool open(asker a) const { return !answers.contains(a); }

  /// Unit 1 is a record that failed at 0 s.
  void fail_record() {
    record(1);
    gathered();
    failed();
    BOOST_TEST(commit() == "8: 1");
  }
};

BOOST_FIXTURE_TEST_SUITE(write_queue_machine, fixture)

BOOST_AUTO_TEST_CASE(what_gathers_first_shares_a_commit_in_order) {
  offer(1);
  record(2);
  offer(3);
  BOOST_TEST(commits.empty());
  BOOST_TEST(gathers == 1u);
  gathered();
  BOOST_TEST(commit() == "8: 1 2 3");
  BOOST_TEST(answers.empty());
  committed();
  BOOST_TEST(durable(1));
  BOOST_TEST(durable(2));
  BOOST_TEST(durable(3));
  BOOST_TEST(queue.size() == 0u);
  BOOST_TEST(!queue.next_wake().has_value());
}

BOOST_AUTO_TEST_CASE(one_commit_is_under_way_and_what_comes_meanwhile_is_the_next) {
  record(1);
  gathered();
  offer(2);
  record(3);
  BOOST_TEST(commits.size() == 1u);
  BOOST_TEST(gathers == 0u);
  BOOST_TEST(queue.size() == 3u);
  committed();
  BOOST_TEST(durable(1));
  BOOST_TEST(open(2));
  // What lies in the mailbox by now shares it.
  record(4);
  gathered();
  BOOST_TEST(commit() == "9: 2 3 4");
  committed();
  BOOST_TEST(durable(4));
}

BOOST_AUTO_TEST_CASE(each_unit_gets_its_own_verdicts) {
  step(write_event::record{1, named("1", 2)});
  step(write_event::record{2, named("2", 1)});
  gathered();
  step(write_event::committed{{verdict::applied, verdict::stale, verdict::applied}});
  BOOST_TEST((*answers.at(1) == verdicts{verdict::applied, verdict::stale}));
  BOOST_TEST((*answers.at(2) == verdicts{verdict::applied}));
}

BOOST_AUTO_TEST_CASE(a_commit_has_a_bound_and_the_rest_follows) {
  for (asker a = 1; a <= 1001; ++a)
    record(a);
  gathered();
  BOOST_TEST(commits.back().units.size() == 1000u);
  committed();
  gathered();
  BOOST_TEST(commit() == "9: 1001");
}

BOOST_AUTO_TEST_CASE(a_record_that_fails_stays_at_the_front_and_is_tried_every_second) {
  fail_record();
  BOOST_TEST(open(1));
  BOOST_TEST((queue.next_wake() == at(1s)));
  now = at(500ms);
  record(2);
  BOOST_TEST(gathers == 0u);
  tick(at(1s - 1us));
  BOOST_TEST(commits.size() == 1u);
  tick(at(1s));
  // Nothing overtakes it. A commit that failed used up its number.
  BOOST_TEST(commit() == "9: 1 2");
  BOOST_TEST(!queue.next_wake().has_value());
  now = at(1200ms);
  failed();
  BOOST_TEST(commit() == "10: 1");
  failed();
  BOOST_TEST((queue.next_wake() == at(2200ms)));
  tick(at(2200ms));
  BOOST_TEST(commit() == "11: 1 2");
  committed();
  BOOST_TEST(durable(1));
  BOOST_TEST(durable(2));
}

BOOST_AUTO_TEST_CASE(offers_are_refused_while_a_record_waits_for_the_store) {
  fail_record();
  now = at(200ms);
  offer(2);
  BOOST_TEST(refused(2));
  tick(at(1s));
  // It is being tried: the offer may share what follows.
  offer(3);
  BOOST_TEST(open(3));
  committed();
  gathered();
  BOOST_TEST(commit() == "10: 3");
}

BOOST_AUTO_TEST_CASE(offers_that_wait_when_a_record_fails_are_refused_and_records_are_kept) {
  record(1);
  gathered();
  offer(2);
  record(3);
  failed();
  BOOST_TEST(refused(2));
  BOOST_TEST(open(1));
  BOOST_TEST(open(3));
  tick(at(1s));
  BOOST_TEST(commit() == "9: 1 3");
}

BOOST_AUTO_TEST_CASE(a_batch_that_fails_is_tried_one_by_one) {
  offer(1);
  record(2);
  offer(3);
  gathered();
  failed();
  BOOST_TEST(answers.empty());
  BOOST_TEST(commit() == "9: 1");
  failed();
  BOOST_TEST(refused(1));
  BOOST_TEST(commit() == "10: 2");
  record(4);
  committed();
  BOOST_TEST(durable(2));
  // Those of the batch first, each by itself.
  BOOST_TEST(commit() == "11: 3");
  committed();
  BOOST_TEST(durable(3));
  gathered();
  BOOST_TEST(commit() == "12: 4");
}

BOOST_AUTO_TEST_CASE(two_offers_that_fail_in_a_row_refuse_the_rest) {
  for (asker a = 1; a <= 4; ++a)
    offer(a);
  record(5);
  gathered();
  failed();
  failed();
  BOOST_TEST(commit() == "10: 2");
  BOOST_TEST(open(3));
  failed();
  BOOST_TEST(refused(2));
  BOOST_TEST(refused(3));
  BOOST_TEST(refused(4));
  BOOST_TEST(open(5));
  BOOST_TEST(commits.size() == 3u);
  BOOST_TEST((queue.next_wake() == at(1s)));
  tick(at(1s));
  BOOST_TEST(commit() == "11: 5");
}

BOOST_AUTO_TEST_CASE(a_success_between_two_failures_keeps_the_rest) {
  for (asker a = 1; a <= 4; ++a)
    offer(a);
  gathered();
  failed();
  failed();
  committed();
  failed();
  BOOST_TEST(refused(1));
  BOOST_TEST(durable(2));
  BOOST_TEST(refused(3));
  BOOST_TEST(commit() == "12: 4");
}

BOOST_AUTO_TEST_CASE(the_first_offer_to_a_failing_store_with_nothing_to_do_tries_it) {
  offer(1);
  gathered();
  failed();
  BOOST_TEST(refused(1));
  now = at(100ms);
  offer(2);
  BOOST_TEST(open(2));
  offer(3);
  BOOST_TEST(refused(3));
  gathered();
  BOOST_TEST(commit() == "9: 2");
  committed();
  BOOST_TEST(durable(2));
  BOOST_TEST(queue.works());
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_repeated_under_its_number_until_it_is) {
  offer(1);
  record(2);
  gathered();
  unknown();
  BOOST_TEST(answers.empty());
  BOOST_TEST(queue.size() == 2u);
  BOOST_TEST((queue.next_wake() == at(1s)));
  record(3);
  offer(4);
  BOOST_TEST(refused(4));
  BOOST_TEST(gathers == 0u);
  tick(at(1s));
  BOOST_TEST(commits.size() == 2u);
  BOOST_TEST(commit() == "8: 1 2");
  unknown();
  BOOST_TEST((queue.next_wake() == at(2s)));
  tick(at(2s));
  BOOST_TEST(commit() == "8: 1 2");
  committed();
  BOOST_TEST(durable(1));
  BOOST_TEST(durable(2));
  gathered();
  BOOST_TEST(commit() == "9: 3");
}

BOOST_AUTO_TEST_CASE(what_was_not_known_may_turn_out_to_have_failed) {
  offer(1);
  record(2);
  gathered();
  unknown();
  tick(at(1s));
  failed();
  BOOST_TEST(commit() == "9: 1");
  failed();
  BOOST_TEST(refused(1));
  BOOST_TEST(commit() == "10: 2");
}

BOOST_AUTO_TEST_CASE(an_empty_commit_finds_out_when_the_store_works_again) {
  BOOST_TEST(queue.works());
  step(write_event::store_failed{"cannot read"});
  BOOST_TEST(!queue.works());
  BOOST_TEST((queue.next_wake() == at(1s)));
  // Another one does not put it off.
  now = at(600ms);
  step(write_event::store_failed{"cannot read"});
  BOOST_TEST((queue.next_wake() == at(1s)));
  tick(at(1s));
  BOOST_TEST(commit() == "8:");
  failed();
  BOOST_TEST((queue.next_wake() == at(2s)));
  tick(at(2s));
  BOOST_TEST(commit() == "9:");
  BOOST_TEST(!queue.works());
  committed();
  BOOST_TEST(queue.works());
  BOOST_TEST(!queue.next_wake().has_value());
}

BOOST_AUTO_TEST_CASE(what_comes_during_the_empty_commit_follows_it) {
  step(write_event::store_failed{"cannot read"});
  tick(at(1s));
  offer(1);
  record(2);
  failed();
  BOOST_TEST(refused(1));
  BOOST_TEST(open(2));
  tick(at(2s));
  BOOST_TEST(commit() == "9: 2");
}

BOOST_AUTO_TEST_CASE(a_failure_elsewhere_does_not_disturb_the_commit_under_way) {
  record(1);
  gathered();
  step(write_event::store_failed{"cannot read"});
  BOOST_TEST(!queue.works());
  BOOST_TEST(!queue.next_wake().has_value());
  committed();
  BOOST_TEST(durable(1));
  BOOST_TEST(queue.works());
}

BOOST_AUTO_TEST_CASE(a_change_for_the_worse_or_the_better_is_logged_once) {
  fail_record();
  tick(at(1s));
  failed();
  tick(at(2s));
  unknown();
  BOOST_REQUIRE_EQUAL(log.size(), 1u);
  BOOST_TEST(log[0].event == "store_failed");
  BOOST_TEST((log[0].level == log_level::error));
  BOOST_TEST(std::get<std::string>(log[0].values[0].is) == "disk full");
  BOOST_TEST(!queue.works());
  tick(at(3s));
  committed();
  BOOST_TEST(queue.works());
  BOOST_REQUIRE_EQUAL(log.size(), 2u);
  BOOST_TEST(log[1].event == "store_works_again");
}

/// Whatever happens around the queue.
struct happening {
  enum kind { offer, record, gathered, lands, fails, lost, lands_unheard, time, store_failed, last };
  int what;
  int size;
};

std::ostream& operator<<(std::ostream& out, const happening& h) {
  return out << "{" << h.what << ", " << h.size << "}";
}

std::vector<happening> any_happenings() {
  return *rc::gen::container<std::vector<happening>>(
      rc::gen::build<happening>(rc::gen::set(&happening::what, rc::gen::inRange(0, static_cast<int>(happening::last))),
                                rc::gen::set(&happening::size, rc::gen::inRange(1, 4))));
}

/// A store that applies a commit once, however often its number comes, and everybody who writes to it.
class world {
public:
  void happen(const happening& h) {
    switch (h.what) {
    case happening::offer: return add(true, h.size);
    case happening::record: return add(false, h.size);
    case happening::gathered: return gathered();
    case happening::lands: return end_commit(true, true, {});
    case happening::fails: return end_commit(false, true, write_event::failed{"full"});
    case happening::lost: return end_commit(false, false, write_event::unknown{"lost"});
    case happening::lands_unheard: return end_commit(true, false, write_event::unknown{"lost"});
    case happening::time: now_ += 400ms; return step(write_event::time_passed{});
    case happening::store_failed: return step(write_event::store_failed{"read"});
    }
  }

  /// From now on everything works.
  void settle() {
    for (int i = 0; i < 1000 && (busy() || queue_.size() != 0); ++i) {
      gathered();
      end_commit(true, true, {});
      now_ += 1s;
      step(write_event::time_passed{});
    }
  }

  void check() const {
    RC_ASSERT(queue_.size() == 0u);
    RC_ASSERT(queue_.works());
    RC_ASSERT(!queue_.next_wake());
    // In order, each at most once.
    RC_ASSERT(std::ranges::is_sorted(durable_, std::less_equal{}));
    for (asker a = 1; a <= units_.size(); ++a) {
      const bool is_durable = std::ranges::binary_search(durable_, a);
      RC_ASSERT(answers_.contains(a));
      RC_ASSERT(answers_.at(a).has_value() == is_durable);
      RC_ASSERT(is_durable || units_[a - 1].is_offer);
      if (is_durable)
        RC_ASSERT(*answers_.at(a) == verdicts_of(a));
    }
  }

private:
  struct written {
    bool is_offer;
    std::size_t size;
  };

  verdicts verdicts_of(asker a) const {
    return verdicts(units_[a - 1].size, a % 2 == 0 ? verdict::applied : verdict::stale);
  }

  bool busy() const { return under_way_.has_value() || gathers_ != 0 || queue_.next_wake(); }

  void add(bool is_offer, int size) {
    units_.push_back({is_offer, static_cast<std::size_t>(size)});
    const asker from = units_.size();
    const auto unit = named(std::to_string(from), static_cast<std::size_t>(size));
    if (is_offer)
      step(write_event::offer{from, unit});
    else
      step(write_event::record{from, unit});
  }

  void gathered() {
    if (gathers_ == 0)
      return;
    --gathers_;
    step(write_event::gathered{});
  }

  void end_commit(bool lands, bool heard, const any_write_event& otherwise) {
    if (!under_way_)
      return;
    const auto commit = *std::exchange(under_way_, std::nullopt);
    const bool landed_before = commit.number == landed_;
    // A store that knows that the commit took effect does not say that it failed.
    lands |= landed_before && heard;
    verdicts all;
    for (const auto& u : commit.units) {
      const asker a = std::stoull(name_of_unit(u));
      if (lands && !landed_before)
        durable_.push_back(a);
      const auto each = verdicts_of(a);
      all.insert(all.end(), each.begin(), each.end());
    }
    if (lands)
      landed_ = commit.number;
    unheard_ = heard ? std::nullopt : std::optional{commit};
    if (lands && heard)
      step(write_event::committed{all});
    else
      step(otherwise);
  }

  void step(const any_write_event& e) {
    for (const auto& c : queue_.step(now_, e)) {
      if (const auto* commit = std::get_if<write_command::commit>(&c)) {
        RC_ASSERT(!under_way_);
        if (unheard_) {
          RC_ASSERT(commit->number == unheard_->number);
          RC_ASSERT(commit->units == unheard_->units);
        } else {
          RC_ASSERT(commit->number > last_number_);
        }
        last_number_ = commit->number;
        under_way_ = *commit;
      } else if (const auto* answer = std::get_if<write_command::answer>(&c)) {
        RC_ASSERT(answers_.emplace(answer->to, answer->verdicts).second);
        // Nothing durable, nothing promised; what was refused is not durable, nor will be.
        RC_ASSERT(answer->verdicts.has_value() == std::ranges::binary_search(durable_, answer->to));
      } else if (std::holds_alternative<write_command::gather>(c)) {
        ++gathers_;
      }
    }
    RC_ASSERT(gathers_ <= 1u);
    RC_ASSERT(under_way_ || gathers_ != 0 || queue_.next_wake() || queue_.size() == 0u);
  }

  write_queue queue_{0};
  timestamp now_ = at(0s);
  std::vector<written> units_;
  std::optional<write_command::commit> under_way_;
  /// Its answer was lost: it must come again.
  std::optional<write_command::commit> unheard_;
  std::size_t gathers_ = 0;
  batch_number last_number_ = 0;
  batch_number landed_ = 0;
  std::vector<asker> durable_;
  std::map<asker, std::optional<verdicts>> answers_;
};

BOOST_AUTO_TEST_CASE(every_record_is_committed_once_in_order_and_every_asker_answered_once) {
  const bool holds = rc::check("the queue against a store that fails in every way", [] {
    world w;
    for (const auto& h : any_happenings())
      w.happen(h);
    w.settle();
    w.check();
  });
  BOOST_TEST(holds);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
