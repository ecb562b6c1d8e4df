#include "life.hpp"

#include "clients.hpp"
#include "engine_double.hpp"
#include "failure.hpp"
#include "process.hpp"
#include "random.hpp"
#include "sieve_double.hpp"
#include "store_double.hpp"
#include "truth.hpp"
#include "world.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace glyphgate::simulation {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using kind = disturbance::kind;

/// A life under way.
class life {
public:
  life(const life_plan& plan, bool trace)
      : plan_{plan},
        at_{trace},
        draws_{plan.seed ^ 0x5deece66dU},
        engine_{draws_.fork(), plan.bad_weather},
        store_{plan, draws_.fork()},
        facts_{plan, store_.db(), engine_},
        process_draws_{draws_.fork()},
        clients_{plan, at_, facts_, draws_.fork(), {[this] { return knock(); }, [this] { used_at_ = at_.now(); }}} {
    store_.set_truth(facts_);
    for (const auto& d : plan.disturbances)
      if (d.what != kind::store_op)
        due_.push_back(d);
    std::ranges::stable_sort(due_, {}, &disturbance::at);
  }

  life_result run() {
    life_result result;
    try {
      start();
      clients_.begin();
      while (!clients_.done())
        one_event();
      result.events_before_rest = at_.events();
      rest();
    } catch (const life_failed& e) {
      result.failure = e.what();
    } catch (const std::exception& e) {
      result.failure = std::string{"an exception: "} + e.what();
    }
    result.events = at_.events();
    result.processes = processes_;
    result.calls = engine_.calls();
    result.jobs = facts_.told().size();
    result.store_operations = store_.operations();
    return result;
  }

private:
  /// False when nothing is left to happen, as is so while the process sleeps and nobody comes.
  bool one_event() {
    if (!at_.run_one()) {
      if (!asleep_)
        throw life_failed{"nothing happens any more"};
      return false;
    }
    if (kill_wanted_) {
      kill_wanted_ = false;
      end_process(draws_.time(milliseconds{20}, seconds{2}), "is killed");
    }
    if (stopped_) {
      stopped_ = false;
      end_process(stays_down_, "has stopped");
    }
    while (!healed_ && next_due_ < due_.size() && due_[next_due_].at <= at_.events())
      disturb(due_[next_due_++]);
    if (!process_)
      return true;
    process_->check_a_little();
    if (at_.events() % 16 == 0)
      process_->check_all();
    if (at_.events() % 64 == 0 && process_->quiet())
      process_->check_rest();
    return true;
  }

  void disturb(const disturbance& d) {
    at_.say([&] { return "---------- " + describe(d); });
    switch (d.what) {
    case kind::kill:
      if (process_)
        end_process(d.length, "is killed");
      break;
    case kind::power_loss:
      calendar_ += d.clock_step;
      if (process_)
        end_process(d.length, "loses power");
      store_.lose_power();
      break;
    case kind::pause:
      if (process_) {
        at_.freeze(d.length);
        process_->note_pause(d.length);
      }
      break;
    case kind::worker_death:
      if (process_)
        process_->kill_a_worker();
      break;
    case kind::stop: stop(d.length); break;
    case kind::keys:
      keys_ = plan_.owner_limits;
      for (const auto& owner : plan_.owners)
        if (keys_.size() > 1 && draws_.chance(0.4))
          keys_.erase(owner);
      if (process_)
        process_->replace_keys(keys_);
      break;
    case kind::store_down: store_.down_until(at_.now() + d.length); break;
    case kind::store_op: break;
    }
  }

  // The process.

  timestamp calendar() const { return at_.now() + calendar_; }

  void start() {
    if (process_)
      return;
    asleep_ = false;
    // A store that cannot be opened ends the start; the supervisor tries again.
    switch (store_.next_fault(at_.now())) {
    case store_fault::none:
    case store_fault::slow:
    case store_fault::stalls_after:
    case store_fault::stalls_before:
    case store_fault::lands_unheard: break;
    case store_fault::lands_and_kills:
    case store_fault::fails:
    case store_fault::is_locked:
    case store_fault::lost_unheard:
    case store_fault::kills:
      at_.say([] { return std::string{"process    cannot start"}; });
      at_.outside(at_.now() + seconds{1}, [this] { start(); });
      return;
    }
    if (ended_before_)
      facts_.process_ended();
    ended_before_ = true;
    const auto r = store_.recover(calendar());
    const auto shift = std::max(calendar(), r.as_of) - at_.now();
    if (shift_)
      gained_ += std::max(duration::zero(), shift - *shift_);
    shift_ = shift;
    ++processes_;
    at_.say([&] {
      return "process    starts, with " + std::to_string(r.pending.size()) + " open jobs and " +
             std::to_string(r.ended.size()) + " ended";
    });
    // What is the service's time, and gained_ more, never runs slower than the service's own, whatever was set.
    const auto& engine = engines.at(plan_.changes_engine && !healed_ ? draws_.below(engines.size()) : 0);
    const bool sifts = plan_.sieves != 0 && !(plan_.changes_sieve && draws_.chance(0.5));
    present_ =
        behind_sieve(engine, sifts && plan_.sieve != sieve_mode::off && plan_.defect != planted::sieve_without_scope);
    const auto limit = plan_.changes_limit && !healed_ ? draws_.between(2, 40) : plan_.settings.limits.calls_per_day;
    const bool shares = plan_.shares == life_plan::sharing::on ||
                        (plan_.shares == life_plan::sharing::changes && !healed_ && draws_.chance(0.5));
    engine_.take(present_, limit);
    facts_.process_began(present_, shares);
    process_ = std::make_unique<process>(
        surroundings{plan_, at_, store_, engine_, facts_, process_draws_, present_, keys_, limit, shares, sifts,
                     [this] { return "job" + std::to_string(++last_job_); }, [this] { kill_wanted_ = true; }},
        r, shift, gained_ - shift);
    used_at_ = at_.now();
    watch_idleness(processes_);
  }

  void end_process(duration down, const char* how) {
    at_.say([&] { return std::string{"process    "} + how; });
    process_.reset();
    at_.end_process();
    const auto number = processes_;
    if (!asleep_)
      at_.outside(at_.now() + down, [this, number] {
        if (number == processes_)
          start();
      });
  }

  /// A client comes: it wakes a service that sleeps, and finds none that is down or stops.
  process* knock() {
    if (asleep_ && !process_)
      start();
    return process_ && !process_->stopping() ? process_.get() : nullptr;
  }

  void stop(duration down) {
    if (!process_ || process_->stopping())
      return;
    stays_down_ = down;
    const auto over = [this] { stopped_ = true; };
    process_->stop(over);
    // The stop gives the drain up; it is the process's event, as it dies with it.
    at_.inside(at_.now() + plan_.settings.shutdown_grace + seconds{5}, over);
  }

  void watch_idleness(std::uint64_t number) {
    const duration limit = plan_.settings.idle_exit;
    if (limit == duration::zero())
      return;
    at_.inside(at_.now() + limit / 10, [this, number, limit] {
      if (process_->stopping())
        return;
      watch_idleness(number);
      if (process_->unanswered() != 0)
        used_at_ = at_.now();
      const auto begin = at_.now();
      process_->look([this, begin, limit](bool works) {
        if (works)
          used_at_ = std::max(used_at_, at_.now());
        else if (used_at_ + limit <= begin && process_->unanswered() == 0)
          sleep();
      });
    });
  }

  void sleep() {
    if (process_->stopping())
      return;
    at_.say([] { return std::string{"process    goes to sleep"}; });
    asleep_ = true;
    if (!std::ranges::all_of(store_.db().jobs(), [](const auto& j) { return j.second.end.has_value(); }))
      throw life_failed{"the process goes to sleep, and a job has not ended"};
    if (facts_.open_spends() != 0)
      throw life_failed{"the process goes to sleep, and a spend is open"};
    stop(duration::zero());
  }

  // The end.

  /// Nothing bad happens any more: everything comes to an end.
  void rest() {
    at_.say([] { return std::string{"---------- nothing bad happens any more"}; });
    healed_ = true;
    // A calendar that was set back has caught up.
    calendar_ = std::max(calendar_, shift_.value_or(calendar_));
    store_.heal();
    engine_.heal();
    keys_ = plan_.owner_limits;
    if (process_)
      process_->replace_keys(keys_);
    if (plan_.stops != 0) {
      run_for(hours{1}, [this] { return knock() != nullptr; });
      if (auto* service = knock())
        clients_.heal(*service);
    }
    // Nothing is in the way but what the engine and the breaker asked for before, and calls that hang.
    const auto denials = facts_.denials();
    const duration hanging = plan_.settings.breaker.lease * (1 + plan_.settings.jobs.max_attempts);
    run_for(hanging + 10 * plan_.settings.breaker.open_time + plan_.longest_delay + hours{1},
            [this] { return settled(); });
    if (!settled() && facts_.denials() == denials &&
        !(process_ && (process_->waits_for_engine() || process_->waits_for_room())))
      throw life_failed{"too late: " + whats_open()};
    // The day's limit is, or jobs wait for an engine that is gone, and their age counts from then.
    run_for(plan_.settings.jobs.max_age * (plan_.changes_engine ? 2 : 1) + 2 * plan_.longest_delay + hours{1},
            [this] { return settled(); });
    if (!process_)
      start();
    if (!settled())
      throw life_failed{whats_open()};
    facts_.all_settled(process_->clock());
    process_->check_rest();
    process_->check_all();
    clients_.look_at_all();
    run_for(minutes{5}, [this] { return !process_ || process_->unanswered() == 0; });
    if (process_ && process_->unanswered() != 0)
      throw life_failed{std::to_string(process_->unanswered()) + " questions are not answered"};
    const duration lifetime = plan_.settings.jobs.result_ttl + 2 * plan_.settings.cleanup_interval + seconds{60};
    // It may sleep; a client that comes after all has expired finds nothing.
    at_.outside(at_.now() + lifetime, [this] { knock(); });
    run_for(lifetime + seconds{10}, [this] { return store_.db().jobs().empty(); });
    if (!store_.db().jobs().empty())
      throw life_failed{"what has expired is kept"};
    // What was noted for jobs that are over runs out.
    run_for(minutes{3} + plan_.longest_delay, [this] { return !process_ || !process_->has_plans(); });
    if (process_ && process_->has_plans())
      throw life_failed{"nothing is left to do, and something is planned: " + process_->plans()};
  }

  template <class Done>
  void run_for(duration length, Done done) {
    const auto until = at_.thaws_at() + length;
    while (at_.now() < until && !done() && one_event()) {
    }
  }

  bool settled() {
    if (!process_ && asleep_)
      start();
    return process_ && !process_->stopping() && process_->quiet();
  }

  std::string whats_open() const {
    for (const auto& [id, row] : store_.db().jobs())
      if (!row.end)
        return "job " + id + " does not end";
    return process_
               ? "the process does not come to rest; " + std::to_string(process_->unanswered()) + " questions are open"
               : std::string{"no process runs"};
  }

  const life_plan& plan_;
  world at_;
  random draws_;
  engine_double engine_;
  store_double store_;
  truth facts_;
  random process_draws_;
  clients clients_;
  std::vector<disturbance> due_;
  std::size_t next_due_ = 0;
  bool healed_ = false;

  engine_description present_ = engines.front();
  glyphgate::owner_limits keys_ = plan_.owner_limits;
  std::unique_ptr<process> process_;
  std::uint64_t processes_ = 0;
  std::uint64_t last_job_ = 0;
  bool ended_before_ = false;
  bool asleep_ = false;
  bool kill_wanted_ = false;
  bool stopped_ = false;
  duration stays_down_{};
  timestamp used_at_{};
  duration calendar_{};
  std::optional<duration> shift_;
  duration gained_{};
};

} // namespace

life_result live(const life_plan& plan, bool trace) {
  return life{plan, trace}.run();
}

} // namespace glyphgate::simulation
