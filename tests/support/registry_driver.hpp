#pragma once

#include "core/registry/job_registry_state.hpp"
#include "support/file_of.hpp"
#include "support/literal_time.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace glyphgate {

/// An outcome in which each picture's content was read in it.
inline call_outcome_ptr read_outcome(const planned_call& call) {
  annotation read;
  for (const auto& p : call.pictures)
    read.pictures.push_back({test_recognition(file_of(p)), {}, false});
  return std::make_shared<const call_outcome>(std::move(read));
}

/// The outcome of a call that failed as a whole.
inline call_outcome_ptr failed_outcome(call_failure failure) {
  return std::make_shared<const call_outcome>(std::move(failure));
}

/// The engine that `test_job` is for.
inline const engine_description test_engine{"test", "test", 1500};

/// Plays everybody around a registry. Each step's commands are kept until the test takes them out; the test answers
/// those that it wants answered. After each step the registry must have no defect, and nobody may be answered twice.
/// Jobs are named "job1", "job2", …; reservations count from 1; jitter adds nothing. Where a number of workers is
/// given, jobs share calls, of as many pictures at most as a job's own calls have.
class registry_driver {
public:
  explicit registry_driver(const job_config& config = {}, std::size_t pictures_in_a_call = 1, std::size_t workers = 0,
                           const sieve_setup& sieve = {}, const engine_description& engine = test_engine)
      : state{{config, plan_of(pictures_in_a_call), [this] { return "job" + std::to_string(++ids_); },
               [this] { return jitter; }, engine, sharing_of(pictures_in_a_call, workers), sieve}} {}

  registry_driver(const registry_driver&) = delete;
  registry_driver& operator=(const registry_driver&) = delete;

  using given = decltype(registry_command::answer::with);

  timestamp now = at(duration::zero());
  double jitter = 0;
  /// The limits are those of the process before: what it reserved fits them.
  bool claims_are_granted = true;
  reservation_id next_reservation = 1;
  /// Bytes of pictures.
  std::uint64_t store_room = std::numeric_limits<std::uint64_t>::max();
  std::map<asker, given> answers{};
  std::vector<log_entry> log{};
  /// The attempts of which the pool heard that what they came to is durable.
  std::vector<reservation_id> recorded{};
  /// What the latest `store` made durable.
  std::vector<transaction> unit{};
  job_registry_state state;

  void step(const any_registry_event& e) { take_in(state.step(now, e)); }
  void take_up(const recovery& r) { take_in(state.take_up(now, r)); }

  /// It is that time, and the registry is told so.
  void tick(timestamp t) {
    now = t;
    step(registry_event::time_passed{});
  }

  /// Takes out the first command of that kind. There must be one.
  template <class Command>
  Command take() {
    const auto found = std::ranges::find_if(pending_, [](const auto& c) { return std::holds_alternative<Command>(c); });
    BOOST_REQUIRE(found != pending_.end());
    auto command = std::get<Command>(std::move(*found));
    pending_.erase(found);
    return command;
  }

  template <class Command>
  std::size_t count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(pending_, [](const auto& c) { return std::holds_alternative<Command>(c); }));
  }

  /// Whether every command was taken out.
  bool quiet() const { return pending_.empty(); }

  std::size_t logged(std::string_view event) const {
    return static_cast<std::size_t>(std::ranges::count(log, event, &log_entry::event));
  }

  // What clients do. Each returns who asked.

  asker submit(std::shared_ptr<const job_spec> spec) {
    step(registry_event::submit{++askers_, std::move(spec), store_room});
    return askers_;
  }
  asker ask_price(std::shared_ptr<const job_spec> spec) {
    step(registry_event::quote{++askers_, std::move(spec), store_room});
    return askers_;
  }
  asker get(const job_id& id) {
    step(registry_event::get{++askers_, {}, id});
    return askers_;
  }
  asker wait(const job_id& id, timestamp until) {
    step(registry_event::wait{++askers_, {}, id, until});
    return askers_;
  }
  void leave(const job_id& id, timestamp until) { step(registry_event::leave{id, until}); }
  asker cancel(const job_id& id) {
    step(registry_event::cancel{++askers_, {}, id});
    return askers_;
  }
  asker drain(duration grace) {
    step(registry_event::drain{++askers_, grace});
    return askers_;
  }

  // What they were answered. They must have been.

  submission submission_of(asker a) const { return std::get<submission>(answer_of(a)); }
  quote quote_of(asker a) const { return std::get<quote>(answer_of(a)); }
  job_view view_of(asker a) const { return *std::get<std::shared_ptr<const job_view>>(answer_of(a)); }
  ec error_of(asker a) const { return std::get<ec>(answer_of(a)); }
  bool done(asker a) const { return std::holds_alternative<std::monostate>(answer_of(a)); }
  bool answered(asker a) const { return answers.contains(a); }

  // The answers to the first command of its kind.

  void recall(recognitions known) { step(registry_event::recalled{take<registry_command::recall>().as, known}); }
  void recall_nothing() {
    const auto asked = take<registry_command::recall>();
    step(registry_event::recalled{asked.as, recognitions(asked.keys.size())});
  }
  void recall_fails() { step(registry_event::recalled{take<registry_command::recall>().as, std::nullopt}); }

  void store_is(bool works) { step(registry_event::store_told{take<registry_command::ask_store>().as, works}); }

  void breaker(breaker_mode mode, std::optional<duration> retry_after = std::nullopt) {
    breaker_status status;
    status.mode = mode;
    status.retry_after = retry_after;
    step(registry_event::breaker_told{take<registry_command::ask_breaker>().as, status});
  }

  /// What the limiter says when it grants that.
  admission granted(const registry_command::reserve& asked) {
    admission a;
    a.at = now;
    a.first = std::exchange(next_reservation, next_reservation + asked.wanted.calls);
    a.jobs = asked.wanted.jobs;
    a.calls = asked.wanted.calls;
    return a;
  }
  void grant() {
    const auto asked = take<registry_command::reserve>();
    step(registry_event::reserved{asked.as, granted(asked)});
  }
  void grant_check() {
    const auto asked = take<registry_command::check>();
    admission a;
    a.at = now;
    a.jobs = asked.wanted.jobs;
    a.calls = asked.wanted.calls;
    step(registry_event::reserved{asked.as, a});
  }
  void grant_claim() { step(registry_event::reserved{take<registry_command::claim>().as, {}}); }
  void deny_claim(duration retry_after) {
    admission a;
    a.refused = ec::rate_limited;
    a.window = "day";
    a.retry_after = retry_after;
    step(registry_event::reserved{take<registry_command::claim>().as, a});
  }
  void deny(duration retry_after, ec refused = ec::rate_limited, std::string_view window = "day") {
    const auto asked = take<registry_command::reserve>();
    admission a;
    a.refused = refused;
    a.calls = asked.wanted.calls;
    a.window = window;
    a.what = window == "day" ? measure::calls : measure::jobs;
    a.limit = a.what == measure::calls ? 1000 * whole_call : 10;
    a.needed_calls = asked.wanted.calls;
    a.needed = a.needed_calls * whole_call;
    a.retry_after = retry_after;
    step(registry_event::reserved{asked.as, a});
  }

  /// What the sieve says of the first portion.
  void sift(std::vector<sieve_verdict> said) {
    step(registry_event::sifted{take<registry_command::sift>().as,
                                std::make_shared<const sift_outcome>(std::move(said))});
  }
  void sift_fails(ec code = ec::internal) {
    step(registry_event::sifted{take<registry_command::sift>().as, not_sifted(code, "the reader died")});
  }

  /// The store makes the first unit durable. Returns the names of its transactions, with spaces between them.
  std::string store(verdict each = verdict::applied) {
    const auto [as, transactions] = take_unit();
    unit = *transactions;
    std::string names;
    for (const auto& t : unit)
      names.append(names.empty() ? "" : " ").append(name_of(t));
    step(registry_event::stored{as, verdicts(unit.size(), each)});
    return names;
  }
  void store_refuses() { step(registry_event::stored{take<registry_command::offer>().as, std::nullopt}); }

  /// The transaction of that kind in what `store` made durable last, until the next. There must be one.
  template <class Transaction>
  const Transaction& stored() const {
    const auto found = std::ranges::find_if(unit, [](const auto& t) { return std::holds_alternative<Transaction>(t); });
    BOOST_REQUIRE(found != unit.end());
    return std::get<Transaction>(*found);
  }

  /// The calls that were sent to the pool.
  std::vector<planned_call_ptr> sent() {
    std::vector<planned_call_ptr> calls;
    while (count<registry_command::annotate>() != 0)
      calls.push_back(take<registry_command::annotate>().call);
    return calls;
  }
  /// The one call that was sent to the pool.
  planned_call_ptr sent_one() {
    const auto calls = sent();
    BOOST_REQUIRE_EQUAL(calls.size(), 1u);
    return calls.front();
  }

  void begin(const planned_call_ptr& call) { step(call_progress{call->id, call->attempt, 0, now}); }
  void read(const planned_call_ptr& call) { step(registry_event::call_ended{call, read_outcome(*call)}); }
  void fail(const planned_call_ptr& call, call_failure failure) {
    step(registry_event::call_ended{call, failed_outcome(std::move(failure))});
  }

  // Several steps.

  /// Takes the job in. Returns its calls, as they were sent to the pool.
  std::vector<planned_call_ptr> accept(std::shared_ptr<const job_spec> spec) {
    submit(std::move(spec));
    recall_nothing();
    breaker(breaker_mode::closed);
    grant();
    BOOST_TEST(store() == "accept_job");
    return sent();
  }

  /// The job's only call, read and durable.
  void complete(std::shared_ptr<const job_spec> spec) {
    const auto calls = accept(std::move(spec));
    BOOST_REQUIRE_EQUAL(calls.size(), 1u);
    read(calls[0]);
    BOOST_TEST(store() == "settle_spend close_call end_job");
    take<registry_command::settle>();
  }

private:
  static call_sharing sharing_of(std::size_t pictures_in_a_call, std::size_t workers) {
    if (workers == 0)
      return {};
    return {true, [pictures_in_a_call](const extent& load) { return load.images <= pictures_in_a_call; }, workers};
  }

  static plan_calls_fn plan_of(std::size_t pictures_in_a_call) {
    return [pictures_in_a_call](const std::vector<picture>& pictures) {
      std::vector<picture_indices> calls;
      for (std::uint32_t i = 0; i < pictures.size(); ++i) {
        if (calls.empty() || calls.back().size() == pictures_in_a_call)
          calls.emplace_back();
        calls.back().push_back(i);
      }
      return calls;
    };
  }

  void take_in(std::vector<any_registry_command> commands) {
    for (auto& c : commands) {
      if (auto* a = std::get_if<registry_command::answer>(&c))
        BOOST_TEST(answers.emplace(a->to, a->with).second);
      else if (auto* entry = std::get_if<log_entry>(&c))
        log.push_back(std::move(*entry));
      else if (const auto* told = std::get_if<registry_command::tell_recorded>(&c))
        recorded.push_back(told->reservation);
      else
        pending_.push_back(std::move(c));
    }
    BOOST_TEST(state.defect() == "");
    while (claims_are_granted && count<registry_command::claim>() != 0)
      grant_claim();
  }

  const given& answer_of(asker a) const {
    const auto found = answers.find(a);
    BOOST_REQUIRE(found != answers.end());
    return found->second;
  }

  /// The first unit on its way to the store, offered or recorded.
  std::pair<question, transactions_ptr> take_unit() {
    for (auto c = pending_.begin(); c != pending_.end(); ++c) {
      std::optional<std::pair<question, transactions_ptr>> found;
      if (const auto* offer = std::get_if<registry_command::offer>(&*c))
        found.emplace(offer->as, offer->unit);
      else if (const auto* record = std::get_if<registry_command::record>(&*c))
        found.emplace(record->as, record->unit);
      if (!found)
        continue;
      pending_.erase(c);
      return *found;
    }
    BOOST_FAIL("nothing is on its way to the store");
    return {};
  }

  std::deque<any_registry_command> pending_{};
  std::uint64_t ids_ = 0;
  asker askers_ = 0;
};

} // namespace glyphgate
