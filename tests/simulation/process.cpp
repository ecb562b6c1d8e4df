#include "process.hpp"

#include "failure.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace glyphgate::simulation {

namespace {

constexpr const char* no_longer_wanted = "the attempt is no longer wanted";

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

registry_setup setup_of(const surroundings& s) {
  registry_setup setup;
  setup.jobs = s.plan.settings.jobs;
  if (s.plan.defect == planted::keeps_without_bound)
    setup.jobs.max_kept_jobs = 1'000'000;
  setup.plan_calls = [frames = s.plan.frames](const std::vector<picture>& pictures) {
    std::vector<picture_indices> calls;
    for (std::uint32_t i = 0; i < pictures.size(); ++i) {
      if (i % frames == 0)
        calls.emplace_back();
      calls.back().push_back(i);
    }
    return calls;
  };
  setup.ids = s.ids;
  setup.jitter = [&draws = s.draws] { return draws.uniform(); };
  return setup;
}

rate_limiter_config limits_of(const life_plan& plan) {
  auto limits = plan.settings.limits;
  if (plan.defect == planted::limit_ignored)
    limits.calls_per_day *= 2;
  return limits;
}

vision_pool_config pool_of(const life_plan& plan) {
  vision_pool_config c{plan.settings.engine.workers, plan.settings.jobs.queue_capacity, plan.settings.jobs.max_age,
                       plan.settings.breaker.lease};
  if (plan.defect == planted::queue_without_bound)
    c.queue_capacity = 1'000'000;
  return c;
}

std::string name_of(const planned_call& call) {
  return call.key.job + "/" + std::to_string(call.key.index) + "#" + std::to_string(call.attempt) + " (r" +
         std::to_string(call.reservation) + (call.suspect ? ", suspect)" : ")");
}

std::string name_of(const call_outcome& outcome) {
  const auto* failure = std::get_if<call_failure>(&outcome);
  if (failure == nullptr)
    return "an annotation";
  return std::string{to_string(failure->code)} + (failure->sent ? " (sent): " : " (not sent): ") + failure->detail;
}

std::string names_of(const std::vector<transaction>& unit) {
  std::string names;
  for (const auto& t : unit)
    names.append(names.empty() ? "" : "+").append(glyphgate::name_of(t));
  return names;
}

std::string name_of(const any_registry_event& event) {
  static constexpr std::array<std::string_view, std::variant_size_v<any_registry_event>> names{
      "submit",       "get",      "wait",   "cancel",      "sweep",      "drain",        "time_passed", "recalled",
      "breaker_told", "reserved", "stored", "result_read", "call_ended", "pool_drained", "progress"};
  std::string name{names.at(event.index())};
  if (const auto* ended = std::get_if<registry_event::call_ended>(&event))
    name += " " + name_of(*ended->call) + ": " + name_of(*ended->outcome);
  else if (const auto* stored = std::get_if<registry_event::stored>(&event))
    name += " " + std::to_string(stored->to) + (stored->verdicts ? "" : ": refused");
  else if (const auto* reserved = std::get_if<registry_event::reserved>(&event))
    name += " " + std::to_string(reserved->to) + (reserved->answer.granted() ? ": granted" : ": denied");
  else if (const auto* get = std::get_if<registry_event::get>(&event))
    name += " " + get->id;
  else if (const auto* wait = std::get_if<registry_event::wait>(&event))
    name += " " + wait->id;
  else if (const auto* cancel = std::get_if<registry_event::cancel>(&event))
    name += " " + cancel->id;
  return name;
}

template <class Calls>
auto find_call(Calls& calls, const call_key& key, attempt_token attempt) {
  return std::ranges::find_if(calls, [&](const auto& c) { return c->attempt == attempt && c->key == key; });
}

} // namespace

process::process(const surroundings& s, const recovery& r, duration shift, duration to_true)
    : plan_{s.plan},
      at_{s.at},
      store_{s.store},
      engine_{s.engine},
      facts_{s.facts},
      draws_{s.draws},
      kill_{s.kill},
      shift_{shift},
      to_true_{to_true},
      net_{s.at, s.draws.fork(), s.plan.slowness},
      registry_{setup_of(s)},
      limiter_{limits_of(s.plan)},
      breaker_{s.plan.settings.breaker},
      pool_{pool_of(s.plan)},
      queue_{r.last_batch},
      workers_{s.plan.settings.engine.workers},
      planted_number_{r.last_batch} {
  limiter_.restore(r.as_of, r.jobs_accepted_at, r.spends, r.first_free);
  for (const auto& c : registry_.take_up(clock(), r))
    std::visit([this](const auto& command) { carry_out(command); }, c);
  set_alarm(registry, registry_.next_wake(), [this] { step_registry(registry_event::time_passed{}); });
  to_registry(timer, registry_event::sweep{});
  const auto sweep = [this](const auto& again) -> void {
    at_.inside(at_.now() + plan_.settings.cleanup_interval, [this, again] {
      if (!is(planted::sweep_lost))
        to_registry(timer, registry_event::sweep{});
      if (is(planted::forgets_too_much))
        forget_any();
      again(again);
    });
  };
  sweep(sweep);
}

void process::forget_any() {
  for (const auto& [id, row] : store_.db().jobs())
    if (row.end)
      return ask<registry_event::cancel>([](const registry_command::answer&) {}, id);
}

void process::note(const log_entry& entry) const {
  at_.say([&] { return "log        " + std::string{entry.event}; });
  if (entry.event == "store_out_of_step" && !is(planted::overtaken_in_silence))
    throw life_failed{"the store is out of step: " + std::get<std::string>(entry.values.front().is)};
}

template <class Tick>
void process::set_alarm(std::size_t who, std::optional<timestamp> next, Tick tick) {
  auto& a = alarms_[who];
  if (!next || (a.pending && *next >= a.pending_for))
    return;
  if ((is(planted::wake_lost) && draws_.chance(0.1)) || (is(planted::pool_wake_lost) && who == pool))
    return;
  a.pending = true;
  a.pending_for = *next;
  // At times too early, and mostly a little late.
  auto delay = std::max<duration>(*next - clock(), milliseconds{1});
  if (draws_.chance(0.1))
    delay = std::min<duration>(delay, milliseconds{500});
  at_.inside(at_.now() + delay + draws_.time(duration{0}, milliseconds{2}), [this, who, tick] {
    const auto ring = [this, who, tick] {
      alarms_[who].pending = false;
      tick();
    };
    if (who == writer)
      writer_mail(ring);
    else
      ring();
  });
}

// The registry.

void process::to_registry(std::size_t from, any_registry_event event) {
  send(from, registry, [this, event = std::move(event)] { step_registry(event); });
}

void process::step_registry(const any_registry_event& event) {
  at_.say([&] { return "registry   " + name_of(event); });
  for (const auto& c : registry_.step(clock(), event))
    std::visit([this](const auto& command) { carry_out(command); }, c);
  set_alarm(registry, registry_.next_wake(), [this] { step_registry(registry_event::time_passed{}); });
}

void process::carry_out(const registry_command::recall& c) {
  send(registry, writer, [this, c] {
    auto known = std::make_shared<recognitions>();
    store_op(
        "recall", false, [this, keys = c.keys, known](bool) { *known = store_.db().recall(keys); },
        [this, as = c.as, known](op_end end) {
          if (end == op_end::done)
            return to_registry(writer, registry_event::recalled{as, *known});
          step_writer(write_event::store_failed{"recall"});
          to_registry(writer, registry_event::recalled{as, std::nullopt});
        });
  });
}

void process::carry_out(const registry_command::offer& c) {
  send(registry, writer, [this, c] {
    written_.emplace(++last_written_, [this, as = c.as](const std::optional<verdicts>& v) {
      if (is(planted::refused_accept_told) && !v)
        return to_registry(writer, registry_event::stored{as, verdicts{verdict::applied}});
      to_registry(writer, registry_event::stored{as, v});
    });
    step_writer(write_event::offer{last_written_, c.unit});
  });
}

void process::carry_out(const registry_command::record& c) {
  send(registry, writer, [this, c] {
    if (is(planted::overtaken) || is(planted::overtaken_in_silence))
      return write_once(c.as, c.unit);
    written_.emplace(++last_written_, [this, as = c.as](const std::optional<verdicts>& v) {
      to_registry(writer, registry_event::stored{as, v});
    });
    step_writer(write_event::record{last_written_, c.unit});
  });
}

/// As it was once: each unit by itself, and again after a second if it fails, whatever came meanwhile.
void process::write_once(question as, const transactions_ptr& unit) {
  auto v = std::make_shared<verdicts>();
  store_op(
      "commit", true,
      [this, unit, v](bool) { *v = store_.commit(++planted_number_ + (1U << 20U), *unit, clock(), to_true_, false); },
      [this, as, unit, v](op_end end) {
        if (end == op_end::done)
          return to_registry(writer, registry_event::stored{as, *v});
        at_.inside(at_.now() + seconds{1},
                   [this, as, unit] { writer_mail([this, as, unit] { write_once(as, unit); }); });
      });
}

void process::carry_out(const registry_command::read_result& c) {
  send(registry, writer, [this, c] {
    auto result = std::make_shared<std::shared_ptr<const job_result>>();
    store_op(
        "read", false,
        [this, id = c.id, result](bool) {
          *result = store_.db().read_result(id);
          if (is(planted::result_changes) && *result && draws_.chance(0.2)) {
            auto other = **result;
            other.pictures.front().outcome = {nullptr, "another", false};
            *result = std::make_shared<const job_result>(std::move(other));
          }
        },
        [this, as = c.as, result](op_end end) {
          if (end == op_end::done)
            return to_registry(writer, registry_event::result_read{as, *result});
          step_writer(write_event::store_failed{"read"});
          to_registry(writer, registry_event::result_read{as, std::nullopt});
        });
  });
}

void process::carry_out(const registry_command::sweep_spends& c) {
  send(registry, writer, [this, c] {
    store_op(
        "forget", true, [this, c](bool) { store_.db().sweep_spends_before(c.before); },
        [this](op_end end) {
          if (end != op_end::done)
            step_writer(write_event::store_failed{"forget"});
        });
  });
}

void process::carry_out(const registry_command::ask_breaker& c) {
  send(registry, breaker, [this, as = c.as] {
    const auto status = breaker_.status(clock());
    send(breaker, registry, [this, as, status] { step_registry(registry_event::breaker_told{as, status}); });
  });
}

void process::carry_out(const registry_command::reserve& c) {
  send(registry, limiter, [this, c] {
    const auto answer = limiter_.reserve(clock(), c.jobs, c.calls);
    if (!answer.granted() && c.jobs == 0)
      facts_.retry_denied();
    send(limiter, registry, [this, as = c.as, answer] { step_registry(registry_event::reserved{as, answer}); });
  });
}

void process::carry_out(const registry_command::revoke& c) {
  send(registry, limiter, [this, c] {
    if (!is(planted::reservation_leaked))
      limiter_.revoke(c.granted);
  });
}

void process::carry_out(const registry_command::settle& c) {
  send(registry, limiter, [this, c] {
    if (is(planted::windows_not_settled))
      limiter_.release(c.reservation);
    else
      limiter_.settle(clock(), c.reservation);
  });
}

void process::carry_out(const registry_command::release& c) {
  send(registry, limiter, [this, c] {
    if (!is(planted::reservation_leaked))
      limiter_.release(c.reservation);
  });
}

void process::carry_out(const registry_command::annotate& c) {
  to_pool_.push_back(c.call);
  send(registry, pool, [this, call = c.call] {
    to_pool_.erase(find_call(to_pool_, call->key, call->attempt));
    calls_.emplace(++last_call_, call);
    step_pool(pool_event::annotate{last_call_, call});
  });
}

void process::carry_out(const registry_command::cancel_calls& c) {
  send(registry, pool, [this, id = c.id] { step_pool(pool_event::cancel{id}); });
}

void process::carry_out(const registry_command::drain_pool& c) {
  send(registry, pool, [this, grace = c.grace] { step_pool(pool_event::drain{1, grace}); });
}

void process::carry_out(const registry_command::answer& c) {
  auto node = askers_.extract(c.to);
  if (node.empty())
    throw life_failed{"a question was answered twice"};
  if (is(planted::answer_twice) && draws_.chance(0.02))
    return carry_out(c);
  if (is(planted::answer_lost) && draws_.chance(0.02)) {
    askers_.insert(std::move(node));
    return;
  }
  if (c.to == drain_asked_)
    check_drained();
  // Back on its way to the client it still counts as answered.
  send(registry, outside, [heard = std::move(node.mapped()), c] { heard(c); });
}

// The pool.

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
  std::vector<planned_call_ptr> all{c.call};
  for (const auto& w : workers_)
    if (w.has && w.has != r && !w.has->over)
      all.push_back(w.has->call);
  facts_.running(all);
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
  send(pool, registry, [this, call = std::move(call), outcome = c.outcome] {
    from_pool_.erase(find_call(from_pool_, call->key, call->attempt));
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

// The store writer.

void process::writer_mail(world::action a) {
  mailbox_.push_back(std::move(a));
  writer_work();
}

void process::writer_work() {
  while (!writing_ && !mailbox_.empty()) {
    const auto a = std::move(mailbox_.front());
    mailbox_.pop_front();
    a();
  }
}

void process::step_writer(const any_write_event& event) {
  for (const auto& c : queue_.step(clock(), event))
    std::visit([this](const auto& command) { carry_out(command); }, c);
  set_alarm(writer, queue_.next_wake(), [this] { step_writer(write_event::time_passed{}); });
}

void process::store_op(const char* name, bool commits, std::function<void(bool)> effect,
                       std::function<void(op_end)> done) {
  writing_ = true;
  const auto fault = store_.next_fault(at_.now());
  at_.say([&] {
    return "store      " + std::string{name} + " as operation " + std::to_string(store_.operations()) +
           (fault == store_fault::none ? "" : ", which " + std::string{simulation::name_of(fault)});
  });
  duration before = commits ? draws_.time(duration{50}, milliseconds{4}) : draws_.time(duration{5}, duration{100});
  duration after = commits ? draws_.time(duration{5}, milliseconds{4}) : duration{5};
  auto end = op_end::done;
  bool takes_effect = true;
  bool unheard = false;
  bool kills = false;
  switch (fault) {
  case store_fault::none: break;
  case store_fault::slow: before += draws_.time(milliseconds{300}, seconds{8}); break;
  case store_fault::stalls_after: after += draws_.time(seconds{35}, seconds{150}); break;
  case store_fault::stalls_before: before += draws_.time(seconds{35}, seconds{150}); break;
  case store_fault::is_locked: before += seconds{1}; [[fallthrough]];
  case store_fault::fails:
    end = op_end::failed;
    takes_effect = false;
    break;
  case store_fault::lands_unheard:
    end = commits ? op_end::unknown : op_end::failed;
    unheard = true;
    break;
  case store_fault::lost_unheard:
    end = commits ? op_end::unknown : op_end::failed;
    takes_effect = false;
    break;
  case store_fault::lands_and_kills:
    kills = true;
    unheard = true;
    break;
  case store_fault::kills:
    kills = true;
    takes_effect = false;
    break;
  }
  const auto begin = at_.now();
  at_.inside(begin + before, [this, takes_effect, unheard, kills, effect = std::move(effect)] {
    if (takes_effect)
      effect(unheard);
    if (kills)
      kill_();
  });
  at_.inside(begin + before + after, [this, end, done = std::move(done)] {
    writing_ = false;
    done(end);
    writer_work();
  });
}

void process::carry_out(const write_command::commit& c) {
  auto all = std::make_shared<std::vector<transaction>>();
  for (const auto& unit : c.units)
    all->insert(all->end(), unit->begin(), unit->end());
  at_.say([&] { return "writer     commit " + std::to_string(c.number) + ": " + names_of(*all); });
  auto v = std::make_shared<verdicts>();
  store_op(
      "commit", true,
      [this, number = c.number, all, v](bool unheard) { *v = store_.commit(number, *all, clock(), to_true_, unheard); },
      [this, v](op_end end) {
        // A repetition that fails says nothing of what is not known.
        if (end == op_end::failed && unknown_)
          end = op_end::unknown;
        unknown_ = end == op_end::unknown;
        switch (end) {
        case op_end::done: return step_writer(write_event::committed{*v});
        case op_end::failed: return step_writer(write_event::failed{"a fault"});
        case op_end::unknown: return step_writer(write_event::unknown{"a fault"});
        }
      });
}

void process::carry_out(const write_command::answer& c) {
  written_.extract(c.to).mapped()(c.verdicts);
}

void process::carry_out(const write_command::gather&) {
  send(writer, writer, [this] { step_writer(write_event::gathered{}); });
}

// The workers.

void process::work(std::size_t slot, const std::shared_ptr<run>& r) {
  r->begun_at = clock();
  const auto life = workers_[slot].life;
  const auto unit = unit_of({begin_attempt{r->call->key, r->call->attempt, r->call->reservation, r->begun_at}});
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
  if (!r->engine_called)
    call_engine(slot, r);
}

void process::progress(std::size_t slot, const run& r, std::uint32_t done) {
  to_registry(first_worker + slot, call_progress{r.call->key, r.call->attempt, done, r.begun_at});
}

void process::call_engine(std::size_t slot, const std::shared_ptr<run>& r) {
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

// From outside.

void process::stop(std::function<void()> drained) {
  at_.say([] { return std::string{"process    stops"}; });
  stopping_ = true;
  const duration grace = plan_.settings.shutdown_grace;
  grace_ends_ = at_.now() + grace;
  if (is(planted::drain_early))
    return at_.inside(at_.now() + milliseconds{5}, [this, drained] {
      check_drained();
      drained();
    });
  ask<registry_event::drain>([drained](const registry_command::answer&) { drained(); }, grace);
  drain_asked_ = last_asker_;
}

void process::check_drained() const {
  if (at_.now() >= grace_ends_)
    return;
  if (registry_.stats().unsaved != 0)
    throw life_failed{"the drain is answered before all is durable"};
  if (pool_.stats().running != 0)
    throw life_failed{"the drain is answered while calls run"};
}

void process::look(std::function<void(bool)> seen) {
  send(outside, registry, [this, seen = std::move(seen)] {
    const auto jobs = registry_.stats();
    auto unfinished = jobs.unsaved;
    for (std::size_t i = 0; i < jobs.by_status.size(); ++i)
      unfinished += is_final(static_cast<job_status>(i)) ? 0 : jobs.by_status[i];
    send(registry, outside, [this, seen, unfinished] {
      send(outside, pool, [this, seen, unfinished] {
        const auto calls = pool_.stats();
        send(pool, outside, [seen, works = unfinished + calls.waiting + calls.running != 0] { seen(works); });
      });
    });
  });
}

void process::list() {
  send(outside, registry, [this] {
    job_filter filter;
    filter.limit = 7;
    std::set<job_id> seen;
    do {
      const auto page = registry_.list(clock(), filter);
      for (const auto& job : page.jobs) {
        if (!seen.insert(job.id).second)
          throw life_failed{"job " + job.id + " is listed twice"};
        facts_.listed(job.id);
      }
      filter.cursor = page.next.value_or(0);
    } while (filter.cursor != 0);
  });
}

void process::check_a_little() const {
  if (pool_.stats().waiting > plan_.settings.jobs.queue_capacity)
    throw life_failed{"more calls wait than may"};
  if (queue_.size() > 10'000)
    throw life_failed{"the queue of writes grows without bound"};
}

void process::check_all() const {
  if (auto wrong = registry_.defect(); !wrong.empty())
    throw life_failed{wrong};
  if (registry_.stats().total_jobs > plan_.settings.jobs.max_kept_jobs)
    throw life_failed{"more jobs are kept than may be"};
  const auto held = pool_.held();
  for (const auto& call : registry_.jobs().open_calls()) {
    const auto in = [&](const auto& calls) {
      return std::ranges::count_if(calls,
                                   [&](const auto& c) { return c->attempt == call.attempt && c->key == call.key; });
    };
    const auto places = in(to_pool_) + in(held) + in(from_pool_);
    const bool there = call.place == call_place::queued || call.place == call_place::running;
    if (places != (there ? 1 : 0))
      throw life_failed{call.key.job + " call " + std::to_string(call.key.index) + " is in the pool " +
                        std::to_string(places) + " times, in place " + std::to_string(static_cast<int>(call.place))};
  }
}

bool process::quiet() const {
  return flying_ == 0 && !writing_ && mailbox_.empty() && queue_.size() == 0 && askers_.empty() &&
         std::ranges::all_of(workers_, [](const auto& w) { return w.alive && !w.has; }) &&
         registry_.stats().unsaved == 0 && registry_.jobs().open_calls().empty();
}

void process::check_rest() const {
  auto later = limiter_;
  const auto ledger_open = facts_.open_spends();
  const auto ledger_day = static_cast<std::uint64_t>(std::ranges::count_if(store_.db().spends(), [&](const auto& s) {
    const auto state = s.second.state;
    return (state == store::memory_store::spend_state::settled || state == store::memory_store::spend_state::unknown) &&
           s.second.at + hours{24} > clock();
  }));
  const auto day = later.usage(clock()).day.current;
  const auto reserved = later.usage(clock() + hours{48}).day.current;
  if (reserved != ledger_open || ledger_open != 0)
    throw life_failed{"no call is open; the limiter has " + std::to_string(reserved) +
                      " reservations, and the ledger " + std::to_string(ledger_open)};
  if (day < ledger_day)
    throw life_failed{"the limiter counts " + std::to_string(day) + " calls of the day, and the ledger " +
                      std::to_string(ledger_day)};
  const auto stats = registry_.stats();
  std::uint64_t bytes = 0;
  for (const auto& [id, row] : store_.db().jobs())
    bytes += row.end ? row.end->result_bytes : 0;
  if (stats.waiting_calls != 0)
    throw life_failed{"no call is open, and the registry counts " + std::to_string(stats.waiting_calls)};
  if (stats.total_jobs != store_.db().jobs().size())
    throw life_failed{"the registry counts " + std::to_string(stats.total_jobs) + " jobs, and the store has " +
                      std::to_string(store_.db().jobs().size())};
  if (stats.kept_bytes != bytes)
    throw life_failed{"the registry counts " + std::to_string(stats.kept_bytes) + " bytes of results, and the store " +
                      std::to_string(bytes)};
  if (const auto calls = pool_.stats(); calls.waiting + calls.running != 0)
    throw life_failed{"no call is open, and the pool has some"};
}

} // namespace glyphgate::simulation
