#pragma once

#include "core/recovery.hpp"
#include "core/registry/call_flow.hpp"
#include "core/registry/job_admission.hpp"
#include "core/registry/job_endings.hpp"
#include "core/registry/job_quotes.hpp"
#include "core/registry/job_sifting.hpp"
#include "core/registry/persistence.hpp"
#include "core/registry/registry_core.hpp"
#include "core/registry/seating.hpp"
#include "core/registry/stop_button.hpp"
#include "core/registry/waiting_lines.hpp"

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace glyphgate {

/// Everything that the registry decides: which jobs are taken in, how their calls go on, when they end, what is
/// recorded in which order. Pure: it is told what happens and when, and says what is to be done; the actor does it.
class job_registry_state {
public:
  explicit job_registry_state(registry_setup setup);

  job_registry_state(const job_registry_state&) = delete;
  job_registry_state& operator=(const job_registry_state&) = delete;

  /// Takes up what an earlier process left. Called once, before the first step.
  std::vector<any_registry_command> take_up(timestamp now, const recovery& r);

  /// What is to be done because of that. `now` does not decrease by much: a clock that is set back delays what is due.
  std::vector<any_registry_command> step(timestamp now, const any_registry_event& event);

  /// When `time_passed` is to come, if it is.
  std::optional<timestamp> next_wake() const { return core_.to_do.next(); }

  /// A page of jobs.
  job_page list(timestamp now, const job_filter& filter) const { return core_.jobs.list(now, filter); }

  registry_stats stats() const;

  /// What is wrong with it, empty when nothing is: every open call is in one place, and what will bring it on from
  /// there is there exactly once (the pool's part is the pool's to know); calls and jobs agree who rides where; no call
  /// holds more than it may. For tests.
  std::string defect() const;

  const job_table& jobs() const { return core_.jobs; }
  const call_book& calls() const { return core_.calls; }

private:
  void on(const registry_event::submit& e) { admission_.submit(e); }
  void on(const registry_event::quote& e) { quotes_.ask(e); }
  void on(const registry_event::get& e) { endings_.get(e); }
  void on(const registry_event::wait& e) { endings_.wait(e); }
  void on(const registry_event::leave& e) { endings_.leave(e); }
  void on(const registry_event::cancel& e);
  void on(const registry_event::stop_calls& e) { button_.press(e); }
  void on(const registry_event::resume_calls& e) { button_.release(e); }
  void on(const registry_event::hear_budget& e) { button_.hear(e); }
  void on(const registry_event::keys_replaced& e);
  void on(const registry_event::sweep& e);
  void on(const registry_event::drain& e);
  void on(const registry_event::time_passed& e);
  void on(const registry_event::recalled& e);
  void on(const registry_event::store_told& e) { quotes_.store_told(e); }
  void on(const registry_event::breaker_told& e);
  void on(const registry_event::reserved& e);
  void on(const registry_event::stored& e);
  void on(const registry_event::result_read& e) { endings_.result_read(e); }
  void on(const registry_event::call_ended& e) { calls_.ended(e); }
  void on(const registry_event::sifted& e) { sieve_.sifted(e); }
  void on(const registry_event::pool_drained& e);
  void on(const call_progress& p) { calls_.progress(p); }

  void run(const registry_task::refuse_late& t);
  void run(const registry_task::depart& t) { calls_.depart(t); }
  void run(const registry_task::dispatch& t) { calls_.dispatch(t.call); }
  void run(const registry_task::claim& t) { calls_.claim(t.call, t.denied_before); }
  void run(const registry_task::reserve_again& t) { calls_.reserve_again(t.call); }
  void run(const registry_task::adopt& t);
  void run(const registry_task::try_line& t) { lines_.run(t); }
  void run(const registry_task::give_up& t);
  void run(const registry_task::answer_late& t) { endings_.answer_late(t.id, core_.now); }
  void run(const registry_task::end_drain& t);

  void follow(const after_record::nothing&) {}
  void follow(const after_record::dispatch_later& a) { calls_.dispatch_later(a.call, a.delay); }
  void follow(const after_record::dispatch_all& a);
  void follow(const after_record::reserve_later& a) { calls_.reserve_later(a.call, a.delay); }
  void follow(const after_record::boarded& a) { lines_.boarded(a); }
  void follow(const after_record::show_end& a) { endings_.show_end(a); }
  void follow(const after_record::forget_jobs& a) { endings_.forget_jobs(a); }
  void follow(const after_record::revoke& a);
  void follow(const after_record::done_for& a) { button_.answer(a); }
  void follow(const after_record::tell_submission& a) { admission_.tell(a); }
  void follow(const after_record::resumed& a) { button_.resumed(a); }

  /// Takes up a job that an earlier process left open.
  void take_up(kept_job job);
  /// Takes up the calls that it left open, now that their riders are known.
  void take_up(const std::vector<kept_call>& calls);
  /// Goes on with a call whose riders all wait for no other engine.
  void go_on(const kept_call& kept);
  /// Goes on with those that waited for another engine and wait no more.
  void go_on_with_adopted();
  /// Whether somebody aboard waits for another engine.
  bool waits_for_engine(const call_book::call& c) const;
  /// What is left of the job is read by the engine that is there.
  void adopt(kept_job& job);
  duration engine_wait() const;
  /// Gives back what no open call will spend: the process ended between a job's end and its release.
  void release_orphans(const recovery& r);
  /// Sends off, and lets on, whatever the step has made room for.
  void go_on();
  void finish_drain_if_done();
  void finish_drain();

  /// The jobs, in the order in which they stood in line.
  std::vector<job_id> in_order_of_waiting(const std::vector<kept_job>& jobs) const;
  /// What is left of the job waits in line, or for the sieve.
  void wait_again(const job_id& id);

  /// What is wrong with those that wait in line or for the sieve, empty when nothing is.
  std::string waiting_defect() const;
  /// What is wrong with those aboard, empty when nothing is.
  std::string riders_defect(const call_book::call& c) const;

  registry_core core_;
  persistence store_{core_};
  stop_button button_{core_, store_};
  job_endings endings_{core_, store_};
  call_flow calls_{core_, store_, endings_};
  seating seats_{core_};
  waiting_lines lines_{core_, store_, endings_, calls_, seats_};
  job_sifting sieve_{core_, store_, endings_, seats_, lines_};
  job_quotes quotes_{core_, seats_, lines_, sieve_};
  job_admission admission_{core_, store_, endings_, calls_, seats_, lines_, sieve_};
  /// Jobs that wait for the engine that they were accepted for, and the calls that wait for them.
  std::unordered_map<job_id, kept_job> unadopted_;
  std::map<call_id, kept_call> with_unadopted_;
  bool pool_drained_ = false;
  /// Who waits for the end of the drain; none before one began and after it was answered.
  std::optional<asker> drained_by_;
};

} // namespace glyphgate
