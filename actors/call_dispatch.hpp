#pragma once

#include "actors/job_endings.hpp"
#include "actors/persistence.hpp"
#include "actors/registry_context.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace glyphgate {

/// Sends planned calls to the pool and does with what comes back what must be done: closes the call, tries again,
/// or in halves, with reservations of their own. Part of the registry.
class call_dispatch {
public:
  call_dispatch(registry_context& context, persistence& store, job_endings& endings)
      : context_{context},
        store_{store},
        endings_{endings} {}

  void dispatch(const planned_call_ptr& call);

  /// The attempt was interrupted when the last process ended; its spend is accounted for.
  void take_up_interrupted(const planned_call_ptr& call);

  /// From now on what the pool gives up is left for the next start.
  void leave_open_calls() { stopping_ = true; }

private:
  void settle(const planned_call_ptr& call, const call_outcome& outcome);
  void settle_failure(const planned_call_ptr& call, const call_failure& failure);
  /// The attempt's spend, as it must stand on the ledger from now on.
  store::transaction spend(const planned_call_ptr& call, bool sent);
  /// Closes the call together with what is to be made durable at the same time.
  void close(const planned_call_ptr& call, std::vector<store::transaction> transactions,
             std::vector<picture_outcome> outcomes);
  /// Nothing became of the reservations, as the job is over.
  void release(const admission& granted);
  /// Closes the call with the same error for each picture.
  void give_up(const planned_call_ptr& call, std::vector<store::transaction> transactions, const std::string& error);
  /// Another attempt after one that is paid for, if the call has attempts and the day has calls left.
  void try_again(const planned_call_ptr& call, std::vector<store::transaction> transactions, const std::string& why,
                 std::optional<duration> wait);
  /// Another attempt after one of which nothing left the process: it keeps the reservation, and there may be as many of
  /// them as the job's age allows.
  void take_back(const planned_call_ptr& call, std::optional<duration> wait);
  /// Commits, waits, and sends the next attempt.
  void follow(const planned_call_ptr& call, const planned_call_ptr& next, std::vector<store::transaction> transactions,
              std::optional<duration> wait);
  /// Two calls in the place of one, each with half of its pictures, if the job may and the day has calls left.
  void split(const planned_call_ptr& call, std::vector<store::transaction> transactions, const std::string& why);
  /// Takes that many calls from the day's limit, and goes on with the first of their reservations. Where they are not
  /// granted, gives the call up because of `why`.
  void reserve(const planned_call_ptr& call, std::uint32_t calls, std::vector<store::transaction> transactions,
               const std::string& why, std::function<void(const admission&)> then);

  registry_context& context_;
  persistence& store_;
  job_endings& endings_;
  bool stopping_ = false;
};

} // namespace glyphgate
