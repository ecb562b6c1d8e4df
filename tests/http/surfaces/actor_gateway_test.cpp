#include "../samples.hpp"
#include "actors/service_actors.hpp"
#include "core/log.hpp"
#include "http/surfaces/actor_gateway.hpp"
#include "support/actor_fixture.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace std::chrono_literals;

namespace {

/// What came of one request: none until it was answered.
template <class T>
class outcome {
public:
  reply<T> taker() {
    return [seen = seen_](const std::variant<T, ec>& r) { seen->push_back(r); };
  }
  std::size_t count() const { return seen_->size(); }
  bool is(ec code) const {
    const auto* got = count() == 1 ? std::get_if<ec>(&seen_->front()) : nullptr;
    return got != nullptr && *got == code;
  }
  bool came_well() const { return count() == 1 && std::holds_alternative<T>(seen_->front()); }

private:
  std::shared_ptr<std::vector<std::variant<T, ec>>> seen_ = std::make_shared<std::vector<std::variant<T, ec>>>();
};

using job_outcome = outcome<job_view_ptr>;

/// Actors that do what the test says: what none of their handlers takes stays unanswered.
struct gateway_fixture : actor_fixture {
  caf::actor limiter = silent();
  caf::actor breaker = silent();
  caf::actor store = silent();
  caf::actor reader = silent();
  caf::actor pool = silent();
  caf::actor registry = silent();
  caf::actor bridge = spawn_gateway_bridge(system);
  std::shared_ptr<gateway> gate;

  gateway_fixture() { log::configure({log_level::error, log_format::text}); }
  ~gateway_fixture() {
    gate.reset();
    for (auto* part : {&limiter, &breaker, &store, &reader, &pool, &registry, &bridge}) {
      caf::anon_send_exit(*part, caf::exit_reason::user_shutdown);
      *part = nullptr;
    }
  }

  caf::actor silent() { return acting(); }

  template <class... Handlers>
  caf::actor acting(Handlers... handlers) {
    return system.spawn([=](caf::event_based_actor* actor) {
      actor->set_default_handler(caf::skip);
      actor->become(handlers..., [](drain_atom) {});
    });
  }

  void replace(caf::actor& part, caf::actor by) {
    caf::anon_send_exit(part, caf::exit_reason::user_shutdown);
    part = std::move(by);
  }

  /// A registry that owes its answers to `get` until the test has them paid.
  void owe_jobs() {
    replace(registry, system.spawn([](caf::event_based_actor* actor) -> caf::behavior {
      const auto owed = std::make_shared<std::deque<caf::typed_response_promise<job_view_ptr>>>();
      return {[=](get_atom, const owner_name&, const job_id&) -> caf::result<job_view_ptr> {
                owed->push_back(actor->make_response_promise<job_view_ptr>());
                return owed->back();
              },
              [=](settle_atom) {
                owed->front().deliver(job_view_ptr{test::pending_job("a")});
                owed->pop_front();
              }};
    }));
  }

  /// The oldest one that is owed.
  void pay() { caf::anon_send(registry, settle_atom::value); }

  void open() {
    gate = make_actor_gateway(bridge,
                              {caf::actor_cast<rate_limiter_actor>(limiter),
                               caf::actor_cast<circuit_breaker_actor>(breaker),
                               caf::actor_cast<store_writer_actor>(store), caf::actor_cast<store_reader_actor>(reader),
                               caf::actor_cast<vision_pool_actor>(pool), caf::actor_cast<job_registry_actor>(registry)},
                              clock());
  }

  job_outcome get() {
    job_outcome o;
    gate->get({}, "a", o.taker());
    run();
    return o;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(actor_gateway, gateway_fixture)

BOOST_AUTO_TEST_CASE(answers_and_errors_of_the_actors_come_back) {
  timestamp deadline;
  replace(registry,
          acting([](submit_atom, const job_spec_ptr&) { return submission{}; },
                 [](get_atom, const owner_name&, const job_id&) -> caf::result<job_view_ptr> {
                   return ec::store_unavailable;
                 },
                 [&](wait_atom, const owner_name&, const job_id& id, timestamp until) -> caf::result<job_view_ptr> {
                   deadline = until;
                   return test::pending_job(id);
                 },
                 [](cancel_atom, const owner_name&, const job_id&) { return acknowledged{}; },
                 [](list_atom, const job_filter&) { return std::make_shared<const job_page>(); }));
  replace(limiter, acting([](usage_atom, const owner_name&) { return limiter_usage{}; }));
  open();
  std::optional<submission> submitted;
  gate->submit(nullptr, [&](const submission& s) { submitted = s; });
  const auto job = get();
  job_outcome waited;
  gate->wait({}, "a", 5s, waited.taker());
  outcome<std::monostate> cancelled;
  gate->cancel({}, "a", cancelled.taker());
  outcome<job_page_ptr> listed;
  gate->list({}, listed.taker());
  outcome<limiter_usage> windows;
  gate->usage({}, windows.taker());
  run();
  BOOST_TEST(submitted.value().accepted());
  BOOST_TEST(job.is(ec::store_unavailable));
  BOOST_TEST(waited.came_well());
  BOOST_TEST((deadline == now() + 5s));
  BOOST_TEST(cancelled.came_well());
  BOOST_TEST(listed.came_well());
  BOOST_TEST(windows.came_well());
}

BOOST_AUTO_TEST_CASE(who_leaves_is_taken_off_the_list_of_the_waiting) {
  timestamp deadline;
  std::vector<std::pair<job_id, timestamp>> left;
  replace(registry, acting(
                        [&](wait_atom, const owner_name&, const job_id&, timestamp until) -> caf::result<job_view_ptr> {
                          deadline = until;
                          return caf::skip();
                        },
                        [&](leave_atom, const job_id& id, timestamp until) { left.emplace_back(id, until); }));
  open();
  job_outcome waited;
  const auto leave = gate->wait({}, "a", 5s, waited.taker());
  run();
  BOOST_TEST(left.empty());
  leave();
  run();
  BOOST_TEST_REQUIRE(left.size() == 1U);
  BOOST_TEST(left[0].first == "a");
  BOOST_TEST((left[0].second == deadline));
}

BOOST_AUTO_TEST_CASE(what_is_not_answered_in_time_is_not_known_and_no_defect) {
  open();
  std::optional<submission> submitted;
  gate->submit(nullptr, [&](const submission& s) { submitted = s; });
  const auto job = get();
  job_outcome waited;
  gate->wait({}, "a", 5s, waited.taker());
  outcome<std::monostate> cancelled;
  gate->cancel({}, "a", cancelled.taker());
  outcome<job_page_ptr> listed;
  gate->list({}, listed.taker());
  outcome<limiter_usage> windows;
  gate->usage({}, windows.taker());
  run();
  advance(650ms);
  BOOST_TEST(windows.count() == 0U);
  advance(50ms);
  BOOST_TEST(windows.is(ec::no_answer));
  advance(9250ms);
  BOOST_TEST(job.count() + cancelled.count() + listed.count() == 0U);
  advance(50ms);
  BOOST_TEST(job.is(ec::no_answer));
  BOOST_TEST(cancelled.is(ec::no_answer));
  BOOST_TEST(listed.is(ec::no_answer));
  advance(4950ms);
  BOOST_TEST(waited.count() == 0U);
  advance(50ms);
  BOOST_TEST(waited.is(ec::no_answer));
  BOOST_TEST(!submitted.has_value());
  advance(35s);
  BOOST_TEST((submitted.value().refused == ec::no_answer));
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_late_is_dropped_and_its_request_is_held_no_longer) {
  owe_jobs();
  open();
  const auto held = std::make_shared<int>();
  int replies = 0;
  gate->get({}, "a", [&replies, held](const auto&) { ++replies; });
  run();
  BOOST_TEST(held.use_count() > 1);
  advance(10s);
  BOOST_TEST(replies == 1);
  BOOST_TEST(held.use_count() == 1);
  pay();
  run();
  BOOST_TEST(replies == 1);
}

BOOST_AUTO_TEST_CASE(nothing_ticks_while_nothing_is_open) {
  owe_jobs();
  open();
  const auto job = get();
  BOOST_TEST(scheduler().has_pending_timeout());
  pay();
  run();
  BOOST_TEST(job.came_well());
  advance(500ms);
  BOOST_TEST(!scheduler().has_pending_timeout());
}

BOOST_AUTO_TEST_CASE(after_a_stop_of_the_process_answers_are_read_before_time_outs_count) {
  owe_jobs();
  open();
  const auto answered = get();
  const auto forgotten = get();
  // The wake-up comes first, then the answer that lay in the mailbox.
  scheduler().advance_time(60s);
  pay();
  run();
  BOOST_TEST(answered.came_well());
  BOOST_TEST(forgotten.count() == 0U);
  advance(500ms);
  BOOST_TEST(forgotten.is(ec::no_answer));
}

BOOST_AUTO_TEST_CASE(a_report_has_what_is_known_and_comes_in_its_time) {
  replace(limiter, acting([](usage_atom, const owner_name&) { return limiter_usage{}; }));
  replace(registry, acting([](stats_atom) { return registry_stats{}; }));
  replace(pool, acting([](stats_atom) { return pool_stats{3, 2, 1000}; }));
  open();
  std::optional<service_report> report;
  gate->report(700ms, [&](const service_report& r) { report = r; });
  run();
  advance(650ms);
  BOOST_TEST(!report.has_value());
  advance(50ms);
  BOOST_TEST_REQUIRE(report.has_value());
  BOOST_TEST((report->taken_at == now() - 700ms));
  BOOST_TEST(report->usage.has_value());
  BOOST_TEST(report->jobs.has_value());
  BOOST_TEST(report->running.value() == 2U);
  BOOST_TEST(!report->breaker.has_value());
  BOOST_TEST(!report->store_works.has_value());
}

BOOST_AUTO_TEST_CASE(a_whole_report_comes_at_once) {
  replace(limiter, acting([](usage_atom, const owner_name&) { return limiter_usage{}; }));
  replace(registry, acting([](stats_atom) { return registry_stats{}; }));
  replace(pool, acting([](stats_atom) { return pool_stats{}; }));
  replace(breaker, acting([](status_atom) { return breaker_status{}; }));
  replace(store, acting([](status_atom) { return false; }));
  open();
  std::optional<service_report> report;
  gate->report(700ms, [&](const service_report& r) { report = r; });
  run();
  BOOST_TEST_REQUIRE(report.has_value());
  BOOST_TEST(report->breaker.has_value());
  BOOST_TEST(report->store_works.value() == false);
}

BOOST_AUTO_TEST_CASE(a_reply_that_throws_harms_no_other_one) {
  owe_jobs();
  open();
  const std::vector<std::function<void()>> throws{[] { throw std::bad_alloc{}; }, [] { throw std::logic_error{"x"}; },
                                                  [] { throw 1; }};
  for (const auto& thrown : throws)
    gate->get({}, "a", [=](const auto&) { thrown(); });
  run();
  for (std::size_t i = 0; i < throws.size(); ++i)
    pay();
  run();
  for (const auto& thrown : throws) // and when they are told of a time-out
    gate->get({}, "a", [=](const auto&) { thrown(); });
  run();
  advance(10s);
  const auto job = get();
  for (std::size_t i = 0; i <= throws.size(); ++i)
    pay();
  run();
  BOOST_TEST(job.came_well());
}

BOOST_AUTO_TEST_CASE(a_bridge_that_ends_leaves_no_request_without_a_reply) {
  open();
  const auto under_way = get();
  std::optional<service_report> report;
  gate->report(700ms, [&](const service_report& r) { report = r; });
  run();
  caf::anon_send_exit(bridge, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(under_way.is(ec::no_answer));
  BOOST_TEST_REQUIRE(report.has_value());
  BOOST_TEST(!report->jobs.has_value());
  const auto later = get();
  BOOST_TEST(later.is(ec::no_answer));
  report.reset();
  gate->report(700ms, [&](const service_report& r) { report = r; });
  BOOST_TEST(report.has_value());
}

BOOST_AUTO_TEST_CASE(a_flush_is_acknowledged_behind_what_came_before) {
  owe_jobs();
  open();
  std::string seen;
  gate->get({}, "a", [&](const auto&) { seen += "reply "; });
  run();
  pay();
  scheduler().run_once(); // the registry has answered
  system.spawn([&, to = bridge](caf::event_based_actor* actor) {
    actor->request(to, caf::infinite, flush_atom::value).then([&](acknowledged) { seen += "flush"; });
  });
  run();
  BOOST_TEST(seen == "reply flush");
}

BOOST_AUTO_TEST_CASE(the_death_of_an_actor_is_no_answer) {
  owe_jobs();
  open();
  caf::anon_send_exit(registry, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(get().is(ec::no_answer));
}

BOOST_AUTO_TEST_SUITE_END()
