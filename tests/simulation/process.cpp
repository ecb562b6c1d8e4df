#include "process.hpp"

#include "failure.hpp"
#include "names.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace glyphgate::simulation {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

registry_setup setup_of(const surroundings& s) {
  registry_setup setup;
  setup.jobs = s.plan.settings.jobs;
  if (s.plan.defect == planted::keeps_without_bound)
    setup.jobs.max_kept_jobs = 1'000'000;
  if (s.plan.defect == planted::window_stretched)
    setup.jobs.packing_window += seconds{5};
  setup.plan_calls = [&plan = s.plan](const std::vector<picture>& pictures) {
    std::vector<picture_indices> calls;
    extent load;
    for (std::uint32_t i = 0; i < pictures.size(); ++i) {
      load = load.with(pictures[i].info);
      if (calls.empty() || !plan.fits(load)) {
        calls.emplace_back();
        load = extent{}.with(pictures[i].info);
      }
      calls.back().push_back(i);
    }
    return calls;
  };
  setup.sharing.on = s.shares;
  setup.sharing.fits = [&plan = s.plan](const extent& load) {
    auto counted = load;
    counted.images -= plan.defect == planted::capacity_off_by_one ? 1 : 0;
    return plan.fits(counted);
  };
  if (s.plan.counts_workers)
    setup.sharing.workers = s.plan.settings.engine.workers;
  if (s.plan.defect == planted::worker_unused && s.plan.settings.engine.workers > 1)
    --setup.sharing.workers;
  if (s.sifts)
    setup.sieve = {{s.plan.sieve, 0.99F, false}, s.plan.sieves};
  setup.ids = s.ids;
  setup.engine = s.present;
  setup.engine.shares_results = s.plan.shares_results;
  setup.owners = s.keys.size();
  setup.sharing.among_owners = s.plan.owners_share_calls;
  setup.jitter = [&draws = s.draws] { return draws.uniform(); };
  return setup;
}

rate_limiter_config limits_of(const surroundings& s) {
  auto limits = s.plan.settings.limits;
  limits.calls_per_day = static_cast<std::uint32_t>(s.calls_per_day);
  if (s.plan.defect == planted::limit_ignored)
    limits.calls_per_day *= 2;
  return limits;
}

glyphgate::owner_limits owner_limits_of(const surroundings& s) {
  auto limits = s.plan.defect == planted::keys_not_replaced ? s.plan.owner_limits : s.keys;
  if (s.plan.defect == planted::owner_limit_ignored)
    for (auto& [owner, of] : limits)
      of = {};
  return limits;
}

timestamp pause_of(const surroundings& s, const recovery& r) {
  if (s.plan.defect == planted::pause_forgotten || !r.pause || r.pause->engine != s.present.name)
    return {};
  return r.pause->until;
}

vision_pool_config pool_of(const life_plan& plan, bool sifts) {
  vision_pool_config c{plan.settings.engine.workers, plan.settings.jobs.queue_capacity, plan.settings.jobs.max_age,
                       plan.settings.breaker.lease, sifts ? plan.sieves : 0};
  if (plan.defect == planted::queue_without_bound)
    c.queue_capacity = 1'000'000;
  return c;
}

} // namespace

process::process(const surroundings& s, const recovery& r, duration shift, duration to_true)
    : plan_{s.plan},
      at_{s.at},
      store_{s.store},
      engine_{s.engine},
      facts_{s.facts},
      draws_{s.draws},
      present_{s.present},
      shares_{s.shares},
      kill_{s.kill},
      shift_{shift},
      to_true_{to_true},
      net_{s.at, s.draws.fork(), s.plan.slowness},
      registry_{setup_of(s)},
      limiter_{limits_of(s), {s.present.call_price}, owner_limits_of(s)},
      breaker_{s.plan.settings.breaker, pause_of(s, r), r.stopped.has_value()},
      pool_{pool_of(s.plan, s.sifts)},
      queue_{r.last_batch},
      workers_{s.plan.settings.engine.workers},
      sieve_{s.draws.fork(), s.plan.sieve_fails},
      sifts_{s.plan.sieves},
      planted_number_{r.last_batch} {
  began_at_ = keys_heard_at_ = clock();
  limiter_knows_ = registry_knows_ = s.keys;
  first_call_ = r.first_free;
  if (r.pause && r.pause->engine == present_.name)
    engine_pauses_until_ = r.pause->until;
  limiter_.restore(r.as_of, history_of(r));
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

bool process::waits_for_engine() const {
  return std::ranges::any_of(store_.db().jobs(), [this](const auto& j) {
    return !j.second.end && !j.second.engine.empty() && j.second.engine != present_.name;
  });
}

void process::forget_any() {
  for (const auto& [id, row] : store_.db().jobs())
    if (row.end)
      return ask<registry_event::cancel>([](const registry_command::answer&) {}, row.accepted.spec->owner, id);
}

void process::note(const log_entry& entry) const {
  at_.say([&] { return "log        " + std::string{entry.event}; });
  if (entry.event == "store_out_of_step" && !is(planted::overtaken_in_silence))
    throw life_failed{"the store is out of step: " + std::get<std::string>(entry.values.front().is)};
}

void process::set_alarm(std::size_t who, std::optional<timestamp> next, const world::action& tick) {
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
      mail(writing_, ring);
    else
      ring();
  });
}

void process::take_out(std::vector<planned_call_ptr>& calls, const planned_call& call) {
  const auto found =
      std::ranges::find_if(calls, [&](const auto& c) { return c->attempt == call.attempt && c->id == call.id; });
  if (found == calls.end())
    throw life_failed{"an outcome came for " + name_of(call) + ", which was not on its way"};
  calls.erase(found);
}

// The registry.

void process::to_registry(std::size_t from, any_registry_event event) {
  send(from, registry, [this, event = std::move(event)] { step_registry(event); });
}

void process::step_registry(const any_registry_event& event) {
  at_.say([&] { return "registry   " + name_of(event); });
  const auto* cancels = std::get_if<registry_event::cancel>(&event);
  const auto aboard = cancels == nullptr ? std::vector<call_id>{} : registry_.jobs().aboard(cancels->id);
  for (const auto& c : registry_.step(clock(), plan_.defect == planted::nothing ? event : distorted(event)))
    std::visit([this](const auto& command) { carry_out(command); }, c);
  if (is(planted::cancelled_while_ridden))
    cancel_ridden(aboard);
  set_alarm(registry, registry_.next_wake(), [this] { step_registry(registry_event::time_passed{}); });
}

void process::carry_out(const registry_command::ask_breaker& c) {
  send(registry, breaker, [this, as = c.as] {
    const auto status = breaker_.status(clock());
    send(breaker, registry, [this, as, status] { step_registry(registry_event::breaker_told{as, status}); });
  });
}

void process::carry_out(const registry_command::hold_calls& c) {
  send(registry, breaker, [this, c] {
    if (!is(planted::stop_ignored))
      breaker_.hold(c.held);
  });
}

void process::carry_out(const registry_command::reserve& c) {
  send(registry, limiter, [this, c] {
    const auto answer = limiter_.reserve(clock(), c.wanted);
    for (std::uint32_t i = 0; answer.granted() && i < answer.calls; ++i)
      granted_[answer.first + i] = {clock(), true};
    if (!answer.granted() && c.wanted.jobs == 0)
      facts_.retry_denied();
    send(limiter, registry, [this, as = c.as, answer] { step_registry(registry_event::reserved{as, answer}); });
  });
}

void process::carry_out(const registry_command::check& c) {
  send(registry, limiter, [this, c] {
    const auto answer = limiter_.check(clock(), c.wanted);
    send(limiter, registry, [this, as = c.as, answer] { step_registry(registry_event::reserved{as, answer}); });
  });
}

void process::carry_out(const registry_command::claim& c) {
  send(registry, limiter, [this, c] {
    const auto answer = limiter_.claim(clock(), c.reservation, c.payers);
    if (answer.granted())
      granted_[c.reservation] = {clock(), true};
    else
      facts_.retry_denied();
    send(limiter, registry, [this, as = c.as, answer] { step_registry(registry_event::reserved{as, answer}); });
  });
}

void process::carry_out(const registry_command::revoke& c) {
  send(registry, limiter, [this, c] {
    if (!is(planted::reservation_leaked) && !is(planted::revoke_lost))
      limiter_.revoke(c.granted);
  });
}

void process::carry_out(const registry_command::settle& c) {
  send(registry, limiter, [this, c] {
    if (is(planted::windows_not_settled))
      limiter_.release(c.reservation);
    else
      limiter_.settle(clock(), c.reservation, c.price, c.payers);
  });
}

void process::carry_out(const registry_command::release& c) {
  send(registry, limiter, [this, c] {
    if (!is(planted::reservation_leaked))
      limiter_.release(c.reservation);
  });
}

void process::carry_out(const registry_command::annotate& c) {
  const auto planned = plan_.defect == planted::nothing ? c.call : distorted(c.call);
  facts_.departs(*planned);
  check_payers(*planned);
  to_pool_.push_back(planned);
  send(registry, pool, [this, call = planned] {
    take_out(to_pool_, *call);
    calls_.emplace(++last_call_, call);
    step_pool(pool_event::annotate{last_call_, call});
  });
}

void process::carry_out(const registry_command::tell_recorded& c) {
  send(registry, pool, [this, c] { step_pool(pool_event::recorded{c.reservation}); });
}

void process::carry_out(const registry_command::cancel_call& c) {
  if (registry_.calls().find(c.id) != nullptr)
    throw life_failed{"call " + std::to_string(c.id) + " is cancelled, and somebody rides in it"};
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

// From outside.

void process::replace_keys(const glyphgate::owner_limits& keys) {
  send(outside, limiter, [this, keys] {
    if (!is(planted::keys_not_replaced))
      limiter_.set_owner_limits(keys);
    limiter_knows_ = keys;
    for (auto& [id, given] : granted_)
      given.of_today = false;
    // It is told after the limiter.
    send(limiter, registry, [this, keys] {
      registry_knows_ = keys;
      keys_heard_at_ = clock();
      if (!is(planted::calls_not_claimed_anew))
        step_registry(registry_event::keys_replaced{keys.size()});
    });
  });
}

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

} // namespace glyphgate::simulation
