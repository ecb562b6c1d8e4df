#include "app/service_clock.hpp"
#include "core/limits/rate_limiter.hpp"
#include "core/private_file.hpp"
#include "support/literal_time.hpp"
#include "support/memory_store.hpp"
#include "support/service_process.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <memory>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

struct fixture {
  temporary_directory scratch;

  timestamp boot(timestamp calendar, duration since_boot, const std::string& id = "first") {
    return boot_instant({calendar, since_boot, id}, scratch.path() / "clock");
  }
};

BOOST_FIXTURE_TEST_SUITE(service_clock, fixture)

BOOST_AUTO_TEST_CASE(steps_between_starts_of_one_boot_are_not_seen) {
  BOOST_TEST((boot(at(10h), 1h) == at(9h)));
  BOOST_TEST((boot(at(34h + 2h), 2h) == at(9h)));
  BOOST_TEST((boot(at(-12h), 3h) == at(9h)));
}

BOOST_AUTO_TEST_CASE(another_boot_takes_the_calendar_again) {
  boot(at(10h), 1h);
  BOOST_TEST((boot(at(20h), 0h, "second") == at(20h)));
}

BOOST_AUTO_TEST_CASE(a_damaged_note_counts_as_none) {
  std::ofstream{scratch.path() / "clock"} << "first not-a-number";
  BOOST_TEST((boot(at(10h), 1h) == at(9h)));
  BOOST_TEST((boot_instant({at(10h), 1h, "x"}, "/nonexistent/clock") == at(9h)));
}

BOOST_AUTO_TEST_CASE(the_note_is_the_owners_only_and_no_link_is_followed) {
  const auto note = scratch.path() / "clock";
  boot(at(10h), 1h);
  BOOST_TEST((std::filesystem::status(note).permissions() == std::filesystem::perms{0600}));
  // As an older program left it.
  std::filesystem::permissions(note, std::filesystem::perms{0644});
  BOOST_TEST((boot(at(34h), 2h) == at(9h)));
  BOOST_TEST((std::filesystem::status(note).permissions() == std::filesystem::perms{0600}));
  std::filesystem::remove(note);
  const auto victim = scratch.write("victim", "precious");
  std::filesystem::create_symlink(victim, note);
  BOOST_CHECK_THROW(boot(at(10h), 1h), foreign_file);
  std::string word;
  BOOST_TEST((std::ifstream{victim} >> word && word == "precious"));
}

BOOST_AUTO_TEST_CASE(the_machine_s_clocks_are_read) {
  const auto clock = make_service_clock(scratch.path());
  const auto first = clock();
  BOOST_TEST((clock() >= first));
  BOOST_TEST((std::chrono::abs(first - std::chrono::system_clock::now()) < 10s));
}

/// A life of the service over one store: a limiter that is rebuilt at every restart from what the store recovers, on a
/// machine whose clock is set while it is down and while it runs.
class life {
public:
  explicit life(const std::filesystem::path& note) : note_{note} { start(); }

  void pass(duration time) { since_boot_ += time; }
  void set_clock(duration step) { skew_ += step; }

  /// As a kill would leave it.
  void restart() {
    made_but_open_.clear();
    start();
  }

  void submit(std::uint32_t calls) {
    const auto admission = limiter_->reserve(now(), {{}, 1, calls});
    if (!admission.granted())
      return;
    accept_job t;
    t.id = std::to_string(++jobs_);
    t.at = admission.at;
    t.spec = spec_;
    for (std::uint32_t i = 0; i < calls; ++i)
      t.aboard.push_back({admission.first + i, {0}, true});
    commit(t);
    accepted_.push_back(since_boot_);
    for (std::uint32_t i = 0; i < calls; ++i)
      waiting_.push_back(admission.first + i);
  }

  void send() {
    if (waiting_.empty())
      return;
    const auto call = waiting_.front();
    waiting_.erase(waiting_.begin());
    commit(begin_attempt{call, 1, call, now()});
    sent_.push_back(since_boot_);
    made_but_open_.push_back(call);
  }

  void settle() {
    if (made_but_open_.empty())
      return;
    const auto id = made_but_open_.back();
    made_but_open_.pop_back();
    commit(settle_spend{id, now()});
    limiter_->settle(now(), id, 0, {});
  }

  void sweep() { store_.sweep_spends_before(now() - 25h); }

  /// The most events in any closed stretch of that length, in true time.
  static std::size_t most(const std::vector<duration>& events, duration span) {
    std::size_t most = 0;
    for (const auto end : events)
      most = std::max(most, static_cast<std::size_t>(std::ranges::count_if(
                                events, [&](duration t) { return t <= end && t >= end - span; })));
    return most;
  }

  std::size_t most_jobs(duration span) const { return most(accepted_, span); }
  std::size_t most_calls(duration span) const { return most(sent_, span); }

  static constexpr rate_limiter_config limits{.jobs_per_minute = 2, .jobs_per_hour = 4, .calls_per_day = 5};

private:
  timestamp now() const { return booted_ + since_boot_; }

  void start() {
    booted_ = boot_instant({at(1000h) + since_boot_ + skew_, since_boot_, "boot"}, note_);
    const auto recovered = store_.recover(now());
    booted_ += std::max(recovered.as_of - now(), duration::zero());
    limiter_ = std::make_unique<rate_limiter_state>(limits);
    limiter_->restore(now(), history_of(recovered));
  }

  template <class Transaction>
  void commit(const Transaction& t) {
    store_.commit(std::vector<transaction>{t});
  }

  std::filesystem::path note_;
  duration since_boot_ = 1h;
  duration skew_{};
  timestamp booted_;
  store::memory_store store_;
  std::unique_ptr<rate_limiter_state> limiter_;
  std::shared_ptr<const job_spec> spec_ = test_job({{"1", "x"}});
  int jobs_ = 0;
  std::vector<call_id> waiting_;
  std::vector<reservation_id> made_but_open_;
  std::vector<duration> accepted_;
  std::vector<duration> sent_;
};

BOOST_AUTO_TEST_CASE(limits_hold_over_restarts_and_clock_steps_in_true_time) {
  const bool holds = rc::check("windows over restarts", [this] {
    const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 12), rc::gen::inRange(0, 1000)));
    std::filesystem::remove(scratch.path() / "clock");
    life service{scratch.path() / "clock"};
    for (const auto& [what, how] : steps) {
      switch (what) {
      case 0:
      case 1:
      case 2: service.submit(static_cast<std::uint32_t>(1 + how % 2)); break;
      case 3:
      case 4: service.send(); break;
      case 5: service.settle(); break;
      case 6: service.pass(std::chrono::seconds{how % 90}); break;
      case 7: service.pass(std::chrono::minutes{how}); break;
      case 8: service.restart(); break;
      case 9: service.set_clock(how % 2 == 0 ? 1h : -1h); break;
      case 10: service.set_clock(how % 2 == 0 ? 24h : -24h); break;
      case 11: service.sweep(); break;
      }
    }
    RC_ASSERT(service.most_jobs(60s) <= life::limits.jobs_per_minute);
    RC_ASSERT(service.most_jobs(3600s) <= life::limits.jobs_per_hour);
    RC_ASSERT(service.most_calls(24h) <= life::limits.calls_per_day);
  });
  BOOST_TEST(holds);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
