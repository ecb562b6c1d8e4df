#pragma once

#include "core/registry/job_endings.hpp"
#include "core/registry/persistence.hpp"
#include "core/registry/registry_core.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace glyphgate {

/// How calls go on: fills them, sends them to the pool, and does with what comes back what must be done. A call is
/// closed, tried again, or goes on in halves; what costs another call has a reservation of its own before it is sent.
/// Part of the registry.
class call_flow {
public:
  call_flow(registry_core& core, persistence& store, job_endings& endings)
      : core_{core},
        store_{store},
        endings_{endings} {}

  /// Pictures of the job are aboard the call for good: it departs when its time is over or it is full.
  void boarded(call_id id, const job_id& job);

  /// Sends off what is to depart, as long as workers are free. Called at the end of every step.
  void send_off();

  /// The attempt goes to the pool when a worker is free, or the call is closed when a job aboard is too old. What
  /// nobody wants any more is released.
  void dispatch(const call_attempt& call);

  /// A call that an earlier process left open. Its riders are aboard.
  void take_up(const kept_call& kept);
  /// One that nobody rides.
  void close_empty(const kept_call& kept);

  /// Who may pay for calls has changed: those that no worker has yet are claimed before they go, and those that wait
  /// for room ask at once.
  void keys_changed();

  /// The job's pictures leave their calls; a call that nobody rides any more is over. Returns what is to be recorded.
  std::vector<transaction> leave(const job_id& id);
  /// Nobody boarded these calls after all, which the store has with their spends reserved. As `leave`.
  std::vector<transaction> discard(const std::vector<boarding>& aboard) const;

  void ended(const registry_event::call_ended& e);
  void progress(const call_progress& p);

  /// The limiter's answer. False when the question is not of this part.
  bool reserved(const registry_event::reserved& e);

  void depart(const registry_task::depart& t);
  /// Sends the attempt to the pool once the window has room for its reservation.
  /// `denied_before`: why it had none, as it was told last.
  void claim(const call_attempt& call, const std::string& denied_before = {});
  void reserve_again(const call_attempt& call);
  void dispatch_later(const call_attempt& call, duration delay);
  void reserve_later(const call_attempt& call, duration delay);

  /// Calls `look` with each call that waits for the limiter's answer. For tests.
  template <class Look>
  void each_asked(Look look) const {
    for (const auto& [as, asked] : asked_)
      std::visit([&](const auto& a) { look(a.call); }, asked);
  }

  /// Calls `look` with the id of each call that is to depart when a worker is free. For tests.
  template <class Look>
  void each_departing(Look look) const {
    for (const auto* line : {&suspects_, &departing_})
      for (const auto id : *line)
        look(id);
  }

private:
  /// Another attempt in place of one that is over.
  struct retry {
    call_attempt call;
    /// Made durable together with the reservation: what the attempt that is over has spent.
    std::vector<transaction> spent;
    std::string why;
    /// Between the reservation and the attempt.
    duration delay{};
    std::uint32_t paid_before = 0;
    bool suspect = false;
    /// The call did not fail: it waits for room in the window, up to its age limit, instead of being closed with an
    /// error.
    bool patient = false;
  };
  /// An attempt whose reservation an earlier process made: the limit may have been lowered since.
  struct kept_attempt {
    call_attempt call;
  };
  struct halves {
    call_attempt call;
    std::vector<transaction> spent;
    std::string why;
  };

  const call_book::call* find(const call_attempt& call) const { return core_.calls.find(call.call, call.number); }
  /// Whether a call of an earlier process is to fill on.
  bool fills_on(const call_book::call& c);
  /// When the first of those aboard wants it to depart.
  timestamp departure_of(const call_book::call& c) const;
  /// Somebody left: whoever was in more of a hurry than the others holds them to nothing.
  void wait_for_those_aboard(const call_book::call& c);
  /// It departs when a worker is free.
  void due(const call_book::call& c);
  void send_off(std::deque<call_id>& line);
  void depart_now(const call_book::call& c);
  void fail(const planned_call_ptr& call, const call_failure& failure);
  /// The service stops: the call goes on at the next start. What was not sent stays reserved for it, and what was sent
  /// is paid.
  void leave_for_next_start(const planned_call_ptr& call, const call_failure& failure);
  /// The engine asked for no more calls before that time: the next process is to know it too.
  void note_pause(timestamp until);
  /// What the attempt's spend comes to on the ledger.
  transaction spend(const planned_call_ptr& call, bool sent);
  transaction release(const call_attempt& call) const { return release_spend{call.reservation, core_.now}; }
  /// Closes the call. Its seats that have no outcome there get none from the engine.
  void close(const call_attempt& call, std::vector<transaction> transactions, std::vector<seat_outcome> outcomes);
  /// Closes the call with the same error for each picture. `may_pass` as in `picture_outcome`.
  void close_with_error(const call_attempt& call, std::vector<transaction> transactions, const std::string& error,
                        bool may_pass);
  /// Nobody rides any more: closes the call, and adds what is to be recorded.
  void abandon(call_id id, std::vector<transaction>& unit);
  /// The next attempt after one that failed, as it failed.
  void go_on(const planned_call_ptr& call, const call_failure& failure);
  /// There is no next attempt: the call's pictures fail, with an error that may pass.
  void give_up(const planned_call_ptr& call, const call_failure& failure);
  /// Another attempt after one that failed and is paid for, if the call has attempts left.
  void try_again(const planned_call_ptr& call, const call_failure& failure);
  /// Another attempt after one that is paid for and that the engine did nothing for: it does not count.
  void try_anew(const planned_call_ptr& call, const call_failure& failure);
  /// Another attempt with the same reservation: nothing was sent.
  void try_again_unsent(const planned_call_ptr& call, std::optional<duration> wait);
  /// The next attempt: nothing of the call counts as read.
  call_attempt next_attempt(call_id id, reservation_id reservation, std::uint32_t paid_before, bool suspect);
  void split(const planned_call_ptr& call, const call_failure& failure);
  /// The call goes on after the delay, at its age limit at the latest: the task then gives it up.
  void go_on_later(const call_attempt& call, duration delay, any_registry_task then);
  void reserve(retry r);
  void granted(const retry& r, const admission& answer);
  void denied(const retry& r, const admission& answer);
  void granted(const halves& h, const admission& answer);
  void granted(const kept_attempt& k, const admission&);
  void denied(const kept_attempt& k, const admission& answer);
  void denied(const halves& h, const admission& answer);
  duration delay_after(const planned_call_ptr& call, std::optional<duration> told) const;
  void log_failure(const planned_call& call, const call_failure& failure);

  registry_core& core_;
  persistence& store_;
  job_endings& endings_;
  /// Calls that depart when a worker is free, in that order; suspect ones first.
  std::deque<call_id> suspects_;
  std::deque<call_id> departing_;
  /// How many the pool has.
  std::size_t in_pool_ = 0;
  /// The latest pause that was noted.
  timestamp paused_until_{};
  std::unordered_map<question, std::variant<retry, halves, kept_attempt>> asked_;
};

} // namespace glyphgate
