// The pool, the breaker and the workers of a process.
#include "failure.hpp"
#include "names.hpp"
#include "process.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate::simulation {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* no_longer_wanted = "the attempt is no longer wanted";

} // namespace

void process::step_pool(const any_pool_event& event) {
  for (const auto& c : pool_.step(clock(), event))
    std::visit([this](const auto& command) { carry_out(command); }, c);
  set_alarm(pool, pool_.next_wake(), [this] { step_pool(pool_event::time_passed{}); });
}

void process::carry_out(const pool_command::ask_permit&) {
  send(pool, breaker, [this] {
    const auto answer = breaker_.acquire(clock());
    if (answer.granted && clock() < engine_pauses_until_)
      throw life_failed{"a call may be made while the engine asked for none"};
    if (answer.granted)
      facts_.may_call(at_.now());
    send(breaker, pool, [this, answer] { step_pool(pool_event::permit_told{answer}); });
  });
}

void process::carry_out(const pool_command::report& c) {
  send(pool, breaker, [this, c] {
    auto with = c.with;
    if (with.pause)
      engine_pauses_until_ = std::max(engine_pauses_until_, clock() + *with.pause);
    if (is(planted::pause_ignored))
      with.pause.reset();
    breaker_.report(clock(), c.permit, with);
  });
}

void process::carry_out(const pool_command::run& c) {
  auto r = std::make_shared<run>();
  r->call = c.call;
  workers_.at(c.slot).has = r;
  send(pool, first_worker + c.slot, [this, slot = c.slot, life = workers_.at(c.slot).life, r] {
    if (lives(slot, life))
      work(slot, r);
  });
}

void process::carry_out(const pool_command::stop_run& c) {
  const auto r = workers_.at(c.slot).has;
  if (!r || std::exchange(r->stopped, true) || !r->engine_called)
    return;
  at_.inside(at_.now() + draws_.time(milliseconds{1}, milliseconds{300}), [this, slot = c.slot, r] {
    auto f = call_failure{ec::cancelled, "stopped", r->left, std::nullopt};
    end_run(slot, r, std::make_shared<const call_outcome>(std::move(f)));
  });
}

void process::carry_out(const pool_command::answer& c) {
  auto call = calls_.extract(c.to).mapped();
  if (is(planted::outcome_lost) && draws_.chance(0.02))
    return;
  from_pool_.push_back(call);
  if (is(planted::recorded_early))
    send(pool, pool, [this, id = call->reservation] { step_pool(pool_event::recorded{id}); });
  send(pool, registry, [this, call = std::move(call), outcome = c.outcome] {
    take_out(from_pool_, *call);
    deliver_outcome(call, outcome);
  });
}

void process::deliver_outcome(const planned_call_ptr& call, const call_outcome_ptr& outcome) {
  facts_.call_ended(*call, *outcome);
  const auto* failure = std::get_if<call_failure>(outcome.get());
  if (is(planted::late_begin) && failure != nullptr && failure->code == ec::cancelled && !failure->sent &&
      failure->detail == no_longer_wanted && !stopping_) {
    // Taken for cancelled: its spend is given back, and nobody thinks of the call again.
    written_.emplace(++last_written_, [this, id = call->reservation](const auto&) { limiter_.release(id); });
    const auto unit = unit_of({release_spend{call->reservation, clock()}});
    return send(registry, writer, [this, as = last_written_, unit] { step_writer(write_event::record{as, unit}); });
  }
  step_registry(registry_event::call_ended{call, outcome});
}

void process::carry_out(const pool_command::drained&) {
  to_registry(pool, registry_event::pool_drained{});
}

void process::work(std::size_t slot, const std::shared_ptr<run>& r) {
  r->begun_at = clock();
  const auto life = workers_[slot].life;
  const auto shares = is(planted::late_riders_pay) ? shares_of_all_aboard(*r->call) : r->call->shares;
  const auto unit = unit_of(
      {begin_attempt{r->call->id, r->call->attempt, r->call->reservation, r->begun_at, r->call->price, shares}});
  if (is(planted::unbegun_call))
    call_engine(slot, r);
  send(first_worker + slot, writer, [this, slot, life, r, unit] {
    written_.emplace(++last_written_, [this, slot, life, r](std::optional<verdicts> v) {
      // Once, beginning twice was no beginning.
      if (is(planted::late_begin) && v && !begun_.insert({r->call->reservation, r->call->attempt}).second)
        v->front() = verdict::stale;
      send(writer, first_worker + slot, [this, slot, life, r, v] {
        if (lives(slot, life) && !r->over)
          begun(slot, r, v);
      });
    });
    step_writer(write_event::offer{last_written_, unit});
  });
  if (is(planted::late_begin))
    at_.inside(at_.now() + seconds{30}, [this, slot, life, r] {
      if (lives(slot, life) && !r->engine_called && !r->over)
        end_run(slot, r, not_made(ec::store_unavailable, "the attempt could not be recorded"));
    });
}

void process::begun(std::size_t slot, const std::shared_ptr<run>& r, const std::optional<verdicts>& v) {
  if (!v)
    return end_run(slot, r, not_made(ec::store_unavailable, "the attempt could not be recorded"));
  if (v->front() == verdict::stale && !is(planted::begin_ignored))
    return end_run(slot, r, not_made(ec::cancelled, no_longer_wanted));
  if (r->stopped)
    return end_run(slot, r, not_made(ec::cancelled, "stopped before the call was made"));
  if (too_old(*r->call, plan_.settings.jobs.max_age, clock()))
    return end_run(slot, r, not_made(ec::expired_in_queue, "the call waited longer than a job may"));
  if (!r->engine_called)
    call_engine(slot, r);
}

void process::progress(std::size_t slot, const run& r, std::uint32_t done) {
  to_registry(first_worker + slot, call_progress{r.call->id, r.call->attempt, done, r.begun_at});
}

void process::call_engine(std::size_t slot, const std::shared_ptr<run>& r) {
  if (too_old(*r->call, plan_.settings.jobs.max_age, clock()))
    throw life_failed{"a call is made for a job that is too old: " + name_of(*r->call)};
  progress(slot, *r, 0);
  r->engine_called = true;
  const auto life = workers_[slot].life;
  auto plan = engine_.annotate(*r->call, at_.now());
  at_.say([&] {
    return "worker " + std::to_string(slot) + "   calls the engine for " + name_of(*r->call) + ", which will " +
           (plan.kills         ? "kill the process"
            : !plan.ends_after ? "never answer"
                               : "say " + name_of(*plan.outcome));
  });
  if (plan.leaves_after)
    at_.inside(at_.now() + *plan.leaves_after, [this, slot, life, r, kills = plan.kills] {
      if (!lives(slot, life) || r->over)
        return;
      const auto spend = store_.db().spends().find(r->call->reservation);
      if (spend == store_.db().spends().end() || spend->second.state != store::memory_store::spend_state::begun)
        throw life_failed{"a call is made, and its beginning is not durable: " + name_of(*r->call)};
      r->left = true;
      engine_.leaves(r->call->reservation, clock() + to_true_);
      facts_.left(*r->call, clock() + to_true_, limiter_knows_);
      if (kills)
        kill_();
    });
  if (!plan.ends_after)
    return;
  if (r->call->pictures.size() > 1 && draws_.chance(0.2))
    at_.inside(at_.now() + *plan.ends_after / 2, [this, slot, life, r] {
      if (lives(slot, life) && !r->over)
        progress(slot, *r, 1);
    });
  at_.inside(at_.now() + *plan.ends_after, [this, slot, life, r, outcome = std::move(plan.outcome)] {
    if (!lives(slot, life) || r->over)
      return;
    auto said = outcome;
    const auto* failure = std::get_if<call_failure>(outcome.get());
    if (is(planted::sent_call_refunded) && failure != nullptr) {
      auto other = *failure;
      other.sent = false;
      said = std::make_shared<const call_outcome>(std::move(other));
    }
    if (is(planted::retry_without_reservation) && failure != nullptr && failure->code == ec::engine_unavailable &&
        failure->sent)
      return call_engine(slot, r);
    if (is(planted::texts_swapped) && failure == nullptr) {
      auto other = std::get<annotation>(*outcome);
      std::ranges::reverse(other.pictures);
      said = std::make_shared<const call_outcome>(std::move(other));
    }
    end_run(slot, r, said);
  });
}

void process::end_run(std::size_t slot, const std::shared_ptr<run>& r, call_outcome_ptr outcome) {
  if (std::exchange(r->over, true) || workers_[slot].has != r)
    return;
  workers_[slot].has.reset();
  send(first_worker + slot, pool, [this, slot, outcome = std::move(outcome)] {
    step_pool(pool_event::run_ended{slot, outcome});
  });
}

void process::kill_a_worker() {
  const auto slot = draws_.below(workers_.size());
  auto& w = workers_[slot];
  if (!w.alive)
    return;
  at_.say([&] { return "worker " + std::to_string(slot) + "   dies"; });
  w.alive = false;
  if (w.has)
    w.has->over = true;
  send(first_worker + slot, pool, [this, slot] {
    // Another is in its place.
    workers_[slot] = {true, workers_[slot].life + 1, nullptr};
    step_pool(pool_event::worker_lost{slot});
  });
}

} // namespace glyphgate::simulation
