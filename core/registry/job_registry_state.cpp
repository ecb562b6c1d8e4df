#include "core/registry/job_registry_state.hpp"

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
  for (const auto& job : r.pending) {
    const auto calls = core_.jobs.restore(now, job);
    core_.command(log_entry{log_level::info, "job_taken_up", {{"job_id", job.view.id}, {"open_calls", calls.size()}}});
    if (calls.empty())
      endings_.end(job.view.id);
    for (const auto& call : calls)
      calls_.take_up(call, job.calls[call->key.index]);
  }
  return std::exchange(core_.commands, {});
}

std::vector<any_registry_command> job_registry_state::step(timestamp now, const any_registry_event& event) {
  core_.now = now;
  std::visit([this](const auto& e) { on(e); }, event);
  finish_drain_if_done();
  return std::exchange(core_.commands, {});
}

registry_stats job_registry_state::stats() const {
  auto s = core_.jobs.stats();
  s.unsaved = store_.open();
  return s;
}

void job_registry_state::on(const registry_event::sweep&) {
  endings_.forget_expired();
  core_.command(registry_command::forget_spends{core_.now - spend_retention});
}

void job_registry_state::on(const registry_event::reserved& e) {
  if (!calls_.reserved(e))
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
  while (auto due = core_.agenda.take(core_.now)) {
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

void job_registry_state::follow(const after_record::give_back& a) {
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
  for (const auto& call : core_.jobs.open_calls()) {
    const auto name = call.key.job + " call " + std::to_string(call.key.index);
    if (call.place == call_place::planned)
      return name + " is open and nowhere";
    if (call.place == call_place::left && !core_.draining)
      return name + " is left although the service does not stop";
  }
  return {};
}

} // namespace glyphgate
