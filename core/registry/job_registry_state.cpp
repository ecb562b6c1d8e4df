#include "core/registry/job_registry_state.hpp"

#include "core/engine_change.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace glyphgate {

namespace {

/// An hour more than the longest window needs costs nothing, and forgives a clock that was set.
constexpr duration spend_retention = std::chrono::hours{25};
/// What the pool's running calls may take beyond their grace.
constexpr duration beyond_grace = std::chrono::seconds{1};

} // namespace

job_registry_state::job_registry_state(registry_setup setup) : core_{std::move(setup)} {}

std::vector<any_registry_command> job_registry_state::take_up(timestamp now, const recovery& r) {
  core_.now = now;
  core_.jobs.restore_totals(r.totals);
  button_.take_up(r);
  for (const auto& job : r.ended)
    core_.jobs.restore(job);
  for (const auto& job : r.pending)
    take_up(job);
  for (const auto& request : r.requests)
    core_.keys.note(request);
  take_up(r.calls);
  for (const auto& id : in_order_of_waiting(r.pending)) {
    if (!unadopted_.contains(id))
      wait_again(id);
    if (core_.jobs.end_if_decided(now, id))
      endings_.end({id});
  }
  release_orphans(r);
  go_on();
  return std::exchange(core_.commands, {});
}

std::vector<job_id> job_registry_state::in_order_of_waiting(const std::vector<kept_job>& jobs) const {
  std::vector<job_id> ids(jobs.size());
  std::ranges::transform(jobs, ids.begin(), [](const kept_job& job) { return job.view.id; });
  // Who was sifted stood in line behind who was there by then.
  std::ranges::stable_sort(ids, {}, [this](const job_id& id) { return core_.jobs.in_line_since(id); });
  return ids;
}

void job_registry_state::wait_again(const job_id& id) {
  if (core_.jobs.in_sieve(id))
    sieve_.add(id);
  else if (core_.jobs.in_line(id))
    lines_.add(id);
}

void job_registry_state::take_up(kept_job job) {
  const auto id = job.view.id;
  const auto waits_until = end_of_wait(job, core_.setup.engine, engine_wait());
  if (waits_until && *waits_until > core_.now) {
    core_.command(log_entry{log_level::warn,
                            "job_waits_for_engine",
                            {{"job_id", id}, {"engine", job.engine}, {"until", to_rfc3339(*waits_until)}}});
    core_.to_do.at(*waits_until, registry_task::adopt{id});
    core_.jobs.restore(job);
    unadopted_.emplace(id, std::move(job));
    return;
  }
  adopt(job);
  core_.jobs.restore(std::move(job));
  core_.command(log_entry{log_level::info, "job_taken_up", {{"job_id", id}}});
}

void job_registry_state::take_up(const std::vector<kept_call>& calls) {
  std::unordered_map<call_id, std::vector<rider>> riders;
  for (const auto& id : core_.jobs.open_jobs()) {
    const auto aboard = core_.jobs.aboard(id);
    for (std::uint32_t i = 0; i < aboard.size(); ++i)
      if (aboard[i] != 0)
        riders[aboard[i]].push_back({id, i});
  }
  for (const auto& kept : calls) {
    if (kept.closed) {
      core_.calls.note_closed(kept);
      continue;
    }
    call_book::call c;
    c.id = kept.id;
    c.origin = kept.origin;
    c.attempt = kept.attempt;
    c.reservation = kept.reservation;
    c.paid_before = kept.paid_before;
    c.suspect = kept.suspect;
    c.to_claim = c.paid = !kept.unpaid;
    c.place = call_place::delayed;
    for (const auto& who : riders[kept.id]) {
      const auto spec = core_.jobs.spec(who.job);
      c.seats.push_back({spec->recognition_keys[who.position], spec->pictures[who.position].info, {{who, true}}});
    }
    core_.calls.open(std::move(c));
    if (waits_for_engine(*core_.calls.find(kept.id)))
      with_unadopted_.emplace(kept.id, kept);
    else
      go_on(kept);
  }
}

bool job_registry_state::waits_for_engine(const call_book::call& c) const {
  return std::ranges::any_of(c.seats, [this](const call_book::seat& s) {
    return std::ranges::any_of(s.riders, [this](const auto& p) { return unadopted_.contains(p.who.job); });
  });
}

void job_registry_state::go_on(const kept_call& kept) {
  const auto& c = *core_.calls.find(kept.id);
  if (c.seats.empty())
    return calls_.close_empty(kept);
  const auto& first = c.seats.front().riders.front().who;
  core_.calls.name_seats(kept.id, core_.company_of(first.job, *core_.jobs.spec(first.job)),
                         [this](const rider& who) { return core_.jobs.spec(who.job)->recognition_keys[who.position]; });
  calls_.take_up(kept);
}

void job_registry_state::run(const registry_task::adopt& t) {
  auto node = unadopted_.extract(t.id);
  if (!node.empty()) {
    adopt(node.mapped());
    core_.jobs.adopt(node.mapped());
    wait_again(t.id);
  }
  go_on_with_adopted();
}

void job_registry_state::go_on_with_adopted() {
  for (auto at = with_unadopted_.begin(); at != with_unadopted_.end();) {
    const auto* c = core_.calls.find(at->first);
    if (c != nullptr && waits_for_engine(*c)) {
      ++at;
      continue;
    }
    const auto kept = at->second;
    at = with_unadopted_.erase(at);
    if (c != nullptr)
      go_on(kept);
  }
}

void job_registry_state::on(const registry_event::cancel& e) {
  std::vector<transaction> left;
  const bool is_there = core_.view_for(e.owner, e.id) != nullptr;
  if (is_there) {
    left = calls_.leave(e.id);
    lines_.leave(e.id);
    sieve_.leave(e.id);
  }
  endings_.cancel(e, std::move(left));
  if (!is_there || unadopted_.erase(e.id) == 0)
    return;
  core_.to_do.take_if([&](const any_registry_task& task) {
    const auto* adopts = std::get_if<registry_task::adopt>(&task);
    return adopts != nullptr && adopts->id == e.id;
  });
  go_on_with_adopted();
}

void job_registry_state::adopt(kept_job& job) {
  const auto before = job.engine;
  auto adopted = glyphgate::adopt(job, core_.setup.engine, engine_wait());
  if (!adopted)
    return;
  core_.command(log_entry{log_level::warn, "job_adopted", {{"job_id", job.view.id}, {"accepted_for", before}}});
  // No attempt overtakes it in the store.
  store_.record({std::move(*adopted)});
}

duration job_registry_state::engine_wait() const {
  return std::min(core_.setup.jobs.engine_wait, core_.setup.jobs.max_age);
}

void job_registry_state::release_orphans(const recovery& r) {
  std::unordered_set<reservation_id> held;
  for (const auto& call : r.calls)
    if (!call.closed)
      held.insert(call.reservation);
  std::vector<transaction> released;
  for (const auto& spend : r.spends)
    if (!spend.settled_at && !held.contains(spend.id))
      released.emplace_back(release_spend{spend.id, core_.now});
  if (released.empty())
    return;
  core_.command(log_entry{log_level::info, "reservations_released", {{"count", released.size()}}});
  store_.record(std::move(released));
}

std::vector<any_registry_command> job_registry_state::step(timestamp now, const any_registry_event& event) {
  core_.now = now;
  std::visit([this](const auto& e) { on(e); }, event);
  go_on();
  finish_drain_if_done();
  return std::exchange(core_.commands, {});
}

void job_registry_state::go_on() {
  sieve_.go_on();
  bool moved = false;
  do {
    moved = std::exchange(core_.calls_moved, false);
    if (moved)
      admission_.calls_moved();
    lines_.go_on(moved, std::exchange(core_.room_made, false));
    calls_.send_off();
  } while (core_.calls_moved);
}

registry_stats job_registry_state::stats() const {
  auto s = core_.jobs.stats();
  s.waiting_calls = core_.calls.waiting();
  s.jobs_in_line = lines_.size();
  s.jobs_in_sieve = sieve_.size();
  s.sieve_failures = sieve_.failures();
  s.stopped = core_.stopped;
  s.unsaved = store_.open() + admission_.undecided();
  return s;
}

void job_registry_state::on(const registry_event::keys_replaced& e) {
  core_.setup.owners = e.owners;
  core_.room_made = true;
  core_.asked_before_keys = core_.last_question;
  core_.reserved_before_keys = core_.reserved;
  calls_.keys_changed();
}

void job_registry_state::on(const registry_event::sweep&) {
  endings_.forget_expired();
  core_.command(registry_command::sweep_spends{core_.now - spend_retention});
}

void job_registry_state::on(const registry_event::recalled& e) {
  if (!quotes_.recalled(e) && !lines_.recalled(e))
    admission_.recalled(e);
}

void job_registry_state::on(const registry_event::breaker_told& e) {
  if (!quotes_.breaker_told(e))
    admission_.breaker_told(e);
}

void job_registry_state::on(const registry_event::reserved& e) {
  if (e.answer.granted() && e.answer.calls != 0) {
    core_.reserved = std::max(core_.reserved, e.answer.first + e.answer.calls - 1);
    if (e.to <= core_.asked_before_keys)
      core_.reserved_before_keys = core_.reserved;
  }
  if (!calls_.reserved(e) && !quotes_.checked(e) && !lines_.reserved(e))
    admission_.reserved(e);
}

void job_registry_state::on(const registry_event::stored& e) {
  auto then = e.verdicts ? store_.stored(e.to, *e.verdicts) : std::nullopt;
  if (then)
    std::visit([this](const auto& a) { follow(a); }, *then);
  else
    admission_.stored(e);
}

void job_registry_state::on(const registry_event::time_passed&) {
  while (auto due = core_.to_do.take(core_.now)) {
    // Late by more than any load explains: the process was stopped, and what was answered meanwhile is still to be
    // read.
    constexpr duration paused = std::chrono::seconds{1};
    auto* late = std::get_if<registry_task::refuse_late>(&due->task);
    if (late != nullptr && core_.now - due->at >= paused && !std::exchange(late->after_pause, true)) {
      core_.later(paused, *late);
      continue;
    }
    std::visit([this](const auto& t) { run(t); }, due->task);
  }
}

void job_registry_state::run(const registry_task::give_up& t) {
  if (!sieve_.give_up(t.id))
    lines_.run(t);
}

void job_registry_state::run(const registry_task::refuse_late& t) {
  admission_.refuse_late(t.id);
}

void job_registry_state::follow(const after_record::dispatch_all& a) {
  for (const auto& call : a.calls)
    calls_.dispatch(call);
}

void job_registry_state::follow(const after_record::revoke& a) {
  if (a.granted.jobs != 0)
    core_.command(registry_command::revoke{a.granted});
}

void job_registry_state::on(const registry_event::drain& e) {
  core_.draining = true;
  drained_by_ = e.from;
  core_.later(e.grace + beyond_grace, registry_task::end_drain{});
  core_.command(registry_command::drain_pool{e.grace});
  admission_.stop();
}

void job_registry_state::on(const registry_event::pool_drained&) {
  pool_drained_ = true;
}

void job_registry_state::finish_drain_if_done() {
  if (drained_by_ && pool_drained_ && store_.open() == 0 && admission_.idle())
    finish_drain();
}

void job_registry_state::run(const registry_task::end_drain&) {
  if (drained_by_)
    finish_drain();
}

void job_registry_state::finish_drain() {
  endings_.answer_all();
  core_.command(registry_command::answer{*std::exchange(drained_by_, std::nullopt), std::monostate{}});
}

std::string job_registry_state::defect() const {
  // What will bring each call on.
  using waiting = std::multiset<std::pair<call_id, attempt_token>>;
  waiting delayed;
  waiting storing;
  waiting reserving;
  std::multiset<call_id> departing;
  std::set<call_id> filling;
  const auto into = [](waiting& calls) { return [&calls](const call_attempt& c) { calls.emplace(c.call, c.number); }; };
  core_.to_do.each([&](const any_registry_task& task) {
    if (const auto* dispatch = std::get_if<registry_task::dispatch>(&task))
      into(delayed)(dispatch->call);
    else if (const auto* claim = std::get_if<registry_task::claim>(&task))
      into(delayed)(claim->call);
    else if (const auto* again = std::get_if<registry_task::reserve_again>(&task))
      into(delayed)(again->call);
    else if (const auto* depart = std::get_if<registry_task::depart>(&task))
      filling.insert(depart->call);
  });
  for (const auto& [id, kept] : with_unadopted_)
    delayed.emplace(id, kept.attempt);
  store_.each_waiting(into(storing));
  calls_.each_asked(into(reserving));
  calls_.each_departing([&](call_id id) { departing.insert(id); });
  std::string wrong;
  core_.calls.each([&](const call_book::call& c) {
    const auto name = "call " + std::to_string(c.id);
    const auto has = [&](const waiting& calls, call_place place) {
      return calls.count({c.id, c.attempt}) == (c.place == place ? 1 : 0);
    };
    const bool departs = c.place == call_place::ready || c.place == call_place::sealed;
    if (c.place == call_place::left && !core_.draining)
      wrong = name + " is left although the service does not stop";
    if (c.place == call_place::filling && !filling.contains(c.id) && !departing.contains(c.id))
      wrong = name + " fills and never departs";
    if (c.place != call_place::filling && departing.count(c.id) != (departs ? 1 : 0))
      wrong = name + " and the line of those that depart do not agree";
    if (c.place == call_place::sealed && c.boarding == 0 && !core_.draining)
      wrong = name + " waits for nobody";
    if (!has(delayed, call_place::delayed))
      wrong = name + " and what is to be done later do not agree";
    if (!has(storing, call_place::storing))
      wrong = name + " and what waits for the store do not agree";
    if (!has(reserving, call_place::reserving))
      wrong = name + " and what waits for the limiter do not agree";
    // As long as jobs aboard wait for another engine, each picture has a seat of its own.
    if (core_.setup.sharing.on && c.seats.size() > 1 && !with_unadopted_.contains(c.id) && !core_.calls.fits(c.load))
      wrong = name + " holds more than it may";
    if (const auto about_riders = riders_defect(c); !about_riders.empty())
      wrong = name + about_riders;
  });
  for (const auto& id : core_.jobs.open_jobs())
    for (const auto call : core_.jobs.aboard(id))
      if (call != 0 && core_.calls.find(call) == nullptr)
        wrong = id + " rides in call " + std::to_string(call) + ", which is not open";
  if (const auto about_waiting = waiting_defect(); !about_waiting.empty())
    wrong = about_waiting;
  return wrong;
}

std::string job_registry_state::waiting_defect() const {
  std::string wrong;
  for (const auto& id : core_.jobs.open_jobs()) {
    if (unadopted_.contains(id))
      continue;
    if (core_.jobs.in_line(id) && !lines_.has(id))
      wrong = "job " + id + " waits in line, and is not there";
    if (core_.jobs.in_sieve(id))
      if (const auto in_sieve = sieve_.defect(id); !in_sieve.empty())
        wrong = in_sieve;
  }
  sieve_.each([&](const job_id& id) {
    if (!core_.jobs.in_sieve(id))
      wrong = "job " + id + " is with the sieve, and does not wait for it";
  });
  return wrong;
}

std::string job_registry_state::riders_defect(const call_book::call& c) const {
  std::uint32_t boarding = 0;
  std::size_t riders = 0;
  std::string wrong;
  for (const auto& seat : c.seats)
    for (const auto& [who, durable] : seat.riders) {
      ++riders;
      boarding += durable ? 0 : 1;
      const auto aboard = core_.jobs.aboard(who.job);
      if (who.position >= aboard.size() || aboard[who.position] != c.id)
        wrong = " has a rider of " + who.job + ", which does not ride in it";
      else if (!with_unadopted_.contains(c.id) && core_.jobs.spec(who.job)->recognition_keys[who.position] != seat.key)
        wrong = " has a rider of " + who.job + " in the seat of another picture";
    }
  if (riders == 0)
    wrong = " is open and nobody rides";
  if (boarding != c.boarding)
    wrong = " does not know who is on the way into it";
  return wrong;
}

} // namespace glyphgate
