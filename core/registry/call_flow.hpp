#pragma once

#include "core/registry/job_endings.hpp"
#include "core/registry/persistence.hpp"
#include "core/registry/registry_core.hpp"

#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace glyphgate {

/// How calls go on: sends them to the pool and does with what comes back what must be done. A call is closed, tried
/// again, or goes on in halves; what costs another call has a reservation of its own before it is sent. Part of the
/// registry.
class call_flow {
public:
  call_flow(registry_core& core, persistence& store, job_endings& endings)
      : core_{core},
        store_{store},
        endings_{endings} {}

  /// Sends the attempt to the pool, or closes it when its job has become too old.
  void dispatch(const planned_call_ptr& call);

  /// A call that an earlier process left open.
  void take_up(const planned_call_ptr& call, const kept_call& kept);

  void ended(const registry_event::call_ended& e);

  /// The limiter's answer. False when the question is not of this part.
  bool reserved(const registry_event::reserved& e);

  /// Sends the attempt to the pool once the window has room for its reservation.
  void claim(const planned_call_ptr& call);
  void reserve_again(const planned_call_ptr& call);
  void dispatch_later(const planned_call_ptr& call, duration delay);
  void reserve_later(const planned_call_ptr& call, duration delay);

  /// Calls `look` with each call that waits for the limiter's answer. For tests.
  template <class Look>
  void each_asked(Look look) const {
    for (const auto& [as, asked] : asked_)
      std::visit([&](const auto& a) { look(*a.call); }, asked);
  }

private:
  /// Another attempt in place of one that is over.
  struct retry {
    planned_call_ptr call;
    /// Made durable together with the reservation: what the attempt that is over has spent.
    std::vector<transaction> spent;
    std::string why;
    /// Between the reservation and the attempt.
    duration delay{};
    std::uint32_t paid_before = 0;
    bool suspect = false;
    /// The call did not fail: it waits for room in the window, up to its job's age limit, instead of being closed with
    /// an error.
    bool patient = false;
  };
  /// An attempt whose reservation an earlier process made: the limit may have been lowered since.
  struct kept_attempt {
    planned_call_ptr call;
  };
  struct halves {
    planned_call_ptr call;
    std::vector<transaction> spent;
    std::string why;
  };

  void fail(const planned_call_ptr& call, const call_failure& failure);
  /// The service stops: the call goes on at the next start. What was not sent stays reserved for it, and what was sent
  /// is paid.
  void leave(const planned_call_ptr& call, const call_failure& failure);
  /// The engine asked for no more calls before that time: the next process is to know it too.
  void note_pause(timestamp until);
  /// What the attempt's spend comes to on the ledger.
  transaction spend(const planned_call_ptr& call, bool sent);
  void close(const planned_call_ptr& call, std::vector<transaction> transactions,
             std::vector<picture_outcome> outcomes);
  /// Closes the call with the same error for each picture. `may_pass` as in `picture_outcome`.
  void close_with_error(const planned_call_ptr& call, std::vector<transaction> transactions, const std::string& error,
                        bool may_pass);
  /// Another attempt after one that failed and is paid for, if the call has attempts left.
  void try_again(const planned_call_ptr& call, const call_failure& failure);
  /// Another attempt after one that is paid for and that the engine did nothing for: it does not count.
  void try_anew(const planned_call_ptr& call, const call_failure& failure);
  /// Another attempt with the same reservation: nothing was sent.
  void try_again_unsent(const planned_call_ptr& call, std::optional<duration> wait);
  void split(const planned_call_ptr& call, const call_failure& failure);
  /// The call goes on after the delay, at its job's age limit at the latest: the task then gives it up.
  void go_on_later(const planned_call_ptr& call, duration delay, any_registry_task then);
  void reserve(retry r);
  void granted(const retry& r, const admission& answer);
  void denied(const retry& r, const admission& answer);
  void granted(const halves& h, const admission& answer);
  void granted(const kept_attempt& k, const admission&) { dispatch(k.call); }
  void denied(const kept_attempt& k, const admission& answer);
  void denied(const halves& h, const admission& answer);
  /// Nothing became of the reservations, as the job is over.
  void release(const admission& granted);
  duration delay_after(const planned_call_ptr& call, std::optional<duration> told) const;
  /// The job is not over and this is the call's latest attempt.
  bool open(const planned_call_ptr& call) const;
  bool is_too_old(const planned_call& call) const;
  void log_failure(const planned_call& call, const call_failure& failure);

  registry_core& core_;
  persistence& store_;
  job_endings& endings_;
  /// The latest pause that was noted.
  timestamp paused_until_{};
  std::unordered_map<question, std::variant<retry, halves, kept_attempt>> asked_;
};

} // namespace glyphgate
