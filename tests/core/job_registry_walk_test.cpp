#include "core/registry/job_registry_state.hpp"
#include "support/literal_time.hpp"
#include "support/registry_driver.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using namespace registry_command;

/// A registry around which everything happens in any order, and two books on the reservations: the store's ledger and
/// the limiter's.
class walk {
public:
  /// Jobs share calls where `workers` are given.
  explicit walk(std::uint32_t seed, std::size_t workers) : random_{seed}, d_{{}, workers == 0 ? 2U : 3U, workers} {}

  void step() {
    switch (below(13)) {
    case 0: askers_.push_back(d_.submit(any_job())); break;
    case 1: askers_.push_back(d_.cancel(any_id())); break;
    case 2: askers_.push_back(d_.wait(any_id(), d_.now + std::chrono::seconds{below(40)})); break;
    case 3: askers_.push_back(d_.get(any_id())); break;
    case 4: recall(); break;
    case 5: breaker(); break;
    case 6: limiter(below(4) != 0); break;
    case 7:
    case 8: store(below(5) != 0); break;
    case 9:
    case 10: pool(false); break;
    case 11: pass(std::chrono::milliseconds{below(4) == 0 ? below(40'000) : below(2'000)}); break;
    case 12: d_.step(registry_event::sweep{}); break;
    }
    follow();
  }

  /// From now on everything works.
  void settle_down() {
    for (int i = 0; i < 100; ++i) {
      for (int j = 0; j < 200 && (!d_.quiet() || !calls_.empty()); ++j) {
        recall();
        breaker();
        limiter(true);
        store(true);
        pool(true);
        follow();
      }
      pass(100s);
      follow();
    }
  }

  void check() const {
    RC_ASSERT(d_.quiet());
    RC_ASSERT(d_.state.calls().size() == 0u);
    RC_ASSERT(d_.state.stats().unsaved == 0u);
    RC_ASSERT(d_.state.stats().waiting_calls == 0u);
    RC_ASSERT(!d_.state.next_wake());
    for (const auto a : askers_)
      RC_ASSERT(d_.answered(a));
    for (const auto& [reservation, is_open] : ledger_)
      RC_ASSERT(!is_open);
    for (const auto& [reservation, is_open] : windows_)
      RC_ASSERT(!is_open);
    RC_ASSERT(d_.logged("store_out_of_step") == 0u);
  }

private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }

  std::shared_ptr<const job_spec> any_job() {
    std::vector<std::pair<std::string, std::string>> pictures;
    for (std::uint32_t i = 0, n = 1 + below(4); i < n; ++i)
      pictures.emplace_back(std::to_string(i), std::to_string(below(contents_)));
    auto job = *test_job(pictures, below(4) == 0 ? std::vector<std::string>{"zh"} : std::vector<std::string>{});
    if (below(4) == 0)
      job.max_delay = std::chrono::seconds{below(60)};
    return std::make_shared<const job_spec>(std::move(job));
  }

  /// One of the newest jobs, most of them not ended, or nobody's.
  job_id any_id() {
    const auto jobs =
        d_.state.list(d_.now, {below(4) == 0 ? std::nullopt : std::optional{job_status::pending}, 8, 0}).jobs;
    const auto which = below(9);
    return which < jobs.size() ? jobs[which].id : "nobody";
  }

  void recall() {
    if (d_.count<registry_command::recall>() == 0)
      return;
    if (below(8) == 0)
      return d_.recall_fails();
    const auto asked = d_.take<registry_command::recall>();
    recognitions known(asked.keys.size());
    // Of the same content the same is known.
    const auto mask = below(4);
    for (std::size_t i = 0; i < known.size(); ++i)
      if (mask != 0 && asked.keys[i].bytes[0] % mask == 1)
        known[i] = test_recognition("known");
    d_.step(registry_event::recalled{asked.as, std::move(known)});
  }

  void breaker() {
    if (d_.count<ask_breaker>() != 0)
      d_.breaker(below(6) == 0 ? breaker_mode::open : breaker_mode::closed);
  }

  void limiter(bool grants) {
    if (d_.count<reserve>() == 0)
      return;
    const auto asked = d_.take<reserve>();
    admission answer;
    if (grants) {
      answer = d_.granted(asked);
      for (std::uint32_t i = 0; i < answer.calls; ++i)
        windows_[answer.first + i] = true;
    } else {
      answer.refused = ec::rate_limited;
      answer.retry_after = std::chrono::seconds{below(100)};
    }
    d_.step(registry_event::reserved{asked.as, answer});
  }

  void store(bool takes) {
    if (!takes && d_.count<offer>() != 0)
      return d_.store_refuses();
    if (d_.count<offer>() + d_.count<record>() == 0)
      return;
    d_.store();
    for (const auto& t : d_.unit)
      std::visit([this](const auto& each) { note(each); }, t);
  }

  void note(const accept_job& t) {
    for (const auto& b : t.aboard)
      if (b.opens)
        open(b.call);
  }
  void note(const board_job& t) {
    for (const auto& b : t.aboard)
      if (b.opens)
        open(b.call);
  }
  void note(const reserve_retry& t) { open(t.reservation); }
  void note(const split_call& t) {
    for (const auto& part : t.parts)
      open(part.id);
  }
  void note(const settle_spend& t) {
    close(ledger_, t.reservation);
    cost paid;
    for (const auto& share : *t.shares)
      paid += share.pays;
    RC_ASSERT((paid == cost{whole_call, t.price}));
  }
  void note(const release_spend& t) { close(ledger_, t.reservation); }
  void note(const carry_over_spend& t) { RC_ASSERT(ledger_.at(t.reservation)); }
  template <class Other>
  void note(const Other&) {}

  void open(reservation_id r) { RC_ASSERT(ledger_.emplace(r, true).second); }
  static void close(std::map<reservation_id, bool>& book, reservation_id r) {
    RC_ASSERT(std::exchange(book.at(r), false));
  }

  /// What is not answered, and what the windows are told.
  void follow() {
    while (d_.count<settle>() != 0)
      close(windows_, d_.take<settle>().reservation);
    while (d_.count<release>() != 0)
      close(windows_, d_.take<release>().reservation);
    while (d_.count<revoke>() != 0) {
      const auto granted = d_.take<revoke>().granted;
      // Those that were released first are given back once all the same.
      for (std::uint32_t i = 0; i < granted.calls; ++i)
        windows_[granted.first + i] = false;
    }
    while (d_.count<sweep_spends>() != 0)
      d_.take<sweep_spends>();
    while (d_.count<cancel_call>() != 0)
      d_.take<cancel_call>();
    while (d_.count<read_result>() != 0)
      d_.step(registry_event::result_read{d_.take<read_result>().as, std::make_shared<const job_result>()});
    for (auto& call : d_.sent()) {
      // Only what is still wanted is sent; not without a durable reservation, and none pays for two calls at once.
      RC_ASSERT(d_.state.calls().find(call->id, call->attempt)->place == call_place::queued);
      RC_ASSERT(ledger_.at(call->reservation));
      for (const auto& other : calls_)
        RC_ASSERT(other->reservation != call->reservation);
      calls_.push_back(std::move(call));
    }
    // The pool has just those calls that the registry takes to be there.
    std::size_t in_pool = 0;
    d_.state.calls().each([&](const call_book::call& c) { in_pool += c.in_pool() ? 1 : 0; });
    RC_ASSERT(in_pool == static_cast<std::size_t>(std::ranges::count_if(calls_, [this](const auto& call) {
                return d_.state.calls().find(call->id, call->attempt) != nullptr;
              })));
  }

  void pool(bool reads) {
    if (calls_.empty())
      return;
    const auto which = calls_.begin() + below(static_cast<std::uint32_t>(calls_.size()));
    const auto call = *which;
    if (below(2) == 0)
      d_.begin(call);
    if (!reads && below(4) == 0)
      return;
    calls_.erase(which);
    if (reads || below(3) == 0)
      return d_.read(call);
    constexpr ec codes[] = {ec::engine_unavailable, ec::account_refused,   ec::request_rejected, ec::cancelled,
                            ec::expired_in_queue,   ec::store_unavailable, ec::queue_full,       ec::internal};
    call_failure failure;
    failure.code = codes[below(8)];
    failure.sent = failure.code != ec::store_unavailable && failure.code != ec::queue_full && below(2) == 0;
    failure.unprocessed = below(2) == 0;
    failure.splittable = below(2) == 0;
    failure.detail = "no luck";
    d_.fail(call, failure);
  }

  void pass(duration time) { d_.tick(d_.now + time); }

  std::minstd_rand random_;
  std::uint32_t contents_ = 4 + below(10);
  registry_driver d_;
  std::vector<asker> askers_;
  std::vector<planned_call_ptr> calls_;
  std::map<reservation_id, bool> ledger_;
  std::map<reservation_id, bool> windows_;
};

BOOST_AUTO_TEST_SUITE(job_registry_walks)

BOOST_AUTO_TEST_CASE(every_client_is_answered_once_and_every_reservation_ends_once_whatever_happens_when) {
  const bool holds = rc::check("a registry around which everything happens in any order", [] {
    walk w{*rc::gen::arbitrary<std::uint32_t>(), *rc::gen::inRange<std::size_t>(0, 4)};
    for (int i = 0; i < 300; ++i)
      w.step();
    w.settle_down();
    w.check();
  });
  BOOST_TEST(holds);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
