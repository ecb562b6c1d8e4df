#include "core/registry/job_registry_state.hpp"

#include "core/engine_change.hpp"

#include <algorithm>
#include <cstdint>
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
  for (const auto& job : r.ended)
    core_.jobs.restore(now, job);
  for (const auto& job : r.pending)
    take_up(job);
  release_orphans(r);
  return std::exchange(core_.commands, {});
}

void job_registry_state::take_up(kept_job job) {
  const auto waits_until = end_of_wait(job, core_.setup.engine, engine_wait());
  if (waits_until && *waits_until > core_.now)
    return wait_for_engine(std::move(job), *waits_until);
  adopt(job);
  const auto calls = core_.jobs.restore(core_.now, job);
  core_.command(log_entry{log_level::info, "job_taken_up", {{"job_id", job.view.id}, {"open_calls", calls.size()}}});
  if (calls.empty())
    endings_.end(job.view.id);
  for (const auto& call : calls)
    calls_.take_up(call, job.calls[call->key.index]);
}

void job_registry_state::wait_for_engine(kept_job job, timestamp until) {
  const auto calls = core_.jobs.restore(core_.now, job);
  core_.command(log_entry{
      log_level::warn,
      "job_waits_for_engine",
      {{"job_id", job.view.id}, {"engine", job.engine}, {"until", to_rfc3339(until)}, {"open_calls", calls.size()}}});
  for (const auto& call : calls)
    core_.jobs.move(call->key, call->attempt, call_place::delayed);
  core_.to_do.at(until, registry_task::adopt{std::make_shared<const kept_job>(std::move(job))});
}

void job_registry_state::run(const registry_task::adopt& t) {
  auto job = *t.job;
  adopt(job);
  for (const auto& call : core_.jobs.adopt(job))
    calls_.take_up(call, job.calls[call->key.index]);
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
  for (const auto& job : r.pending)
    for (const auto& call : job.calls)
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
  finish_drain_if_done();
  return std::exchange(core_.commands, {});
}

registry_stats job_registry_state::stats() const {
  auto s = core_.jobs.stats();
  s.unsaved = store_.open() + admission_.undecided();
  return s;
}

void job_registry_state::on(const registry_event::sweep&) {
  endings_.forget_expired();
  core_.command(registry_command::sweep_spends{core_.now - spend_retention});
}

void job_registry_state::on(const registry_event::recalled& e) {
  if (!quotes_.recalled(e))
    admission_.recalled(e);
}

void job_registry_state::on(const registry_event::breaker_told& e) {
  if (!quotes_.breaker_told(e))
    admission_.breaker_told(e);
}

void job_registry_state::on(const registry_event::reserved& e) {
  if (!calls_.reserved(e) && !quotes_.checked(e))
    admission_.reserved(e);
}

void job_registry_state::on(const registry_event::stored& e) {
  auto then = e.verdicts ? store_.stored(e.to, *e.verdicts) : std::nullopt;
  if (then)
    std::visit([this](const auto& a) { follow(a); }, *then);
  else
    admission_.stored(e);
}

void job_registry_state::on(const call_progress& p) {
  core_.jobs.progress(p.begun_at, p.key, p.attempt, p.pictures_done);
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

void job_registry_state::run(const registry_task::refuse_late& t) {
  admission_.refuse_late(t.id);
}

void job_registry_state::follow(const after_record::dispatch_all& a) {
  for (const auto& call : a.calls)
    calls_.dispatch(call);
}

void job_registry_state::follow(const after_record::revoke& a) {
  if (a.granted.calls != 0)
    core_.command(registry_command::revoke{a.granted});
}

void job_registry_state::on(const registry_event::drain& e) {
  core_.draining = true;
  drained_by_ = e.from;
  core_.later(e.grace + beyond_grace, registry_task::end_drain{});
  core_.command(registry_command::drain_pool{e.grace});
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
  // What will bring each call on; each entry is used up by the open call that it is for.
  using waiting = std::unordered_multimap<job_id, std::pair<std::uint32_t, attempt_token>>;
  waiting delayed;
  waiting storing;
  waiting reserving;
  const auto into = [](waiting& calls) {
    return [&calls](const planned_call& c) { calls.emplace(c.key.job, std::pair{c.key.index, c.attempt}); };
  };
  core_.to_do.each([&](const any_registry_task& task) {
    if (const auto* dispatch = std::get_if<registry_task::dispatch>(&task))
      into(delayed)(*dispatch->call);
    else if (const auto* claim = std::get_if<registry_task::claim>(&task))
      into(delayed)(*claim->call);
    else if (const auto* again = std::get_if<registry_task::reserve_again>(&task))
      into(delayed)(*again->call);
    else if (const auto* adopt = std::get_if<registry_task::adopt>(&task))
      for (std::uint32_t i = 0; i < adopt->job->calls.size(); ++i)
        if (const auto& call = adopt->job->calls[i]; !call.closed)
          delayed.emplace(adopt->job->view.id, std::pair{i, call.attempt});
  });
  store_.each_waiting(into(storing));
  calls_.each_asked(into(reserving));
  const auto count = [](const waiting& calls, const job_table::open_call& call) {
    const auto [first, last] = calls.equal_range(call.key.job);
    return std::count_if(first, last, [&](const auto& c) {
      return c.second == std::pair{call.key.index, call.attempt};
    });
  };
  for (const auto& call : core_.jobs.open_calls()) {
    const auto name = call.key.job + " call " + std::to_string(call.key.index);
    const auto has = [&](const waiting& calls, call_place place) {
      return count(calls, call) == (call.place == place ? 1 : 0);
    };
    if (call.place == call_place::planned)
      return name + " is open and nowhere";
    if (call.place == call_place::left && !core_.draining)
      return name + " is left although the service does not stop";
    if (!has(delayed, call_place::delayed))
      return name + " and what is to be done later do not agree";
    if (!has(storing, call_place::storing))
      return name + " and what waits for the store do not agree";
    if (!has(reserving, call_place::reserving))
      return name + " and what waits for the limiter do not agree";
  }
  return {};
}

} // namespace glyphgate
