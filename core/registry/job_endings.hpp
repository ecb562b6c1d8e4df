#pragma once

#include "core/registry/persistence.hpp"
#include "core/registry/registry_core.hpp"

#include <unordered_map>
#include <vector>

namespace glyphgate {

/// Ends jobs durably, then shows their end to whoever waits for it; hands results out; forgets jobs. Part of the
/// registry.
class job_endings {
public:
  job_endings(registry_core& core, persistence& store) : core_{core}, store_{store} {}

  /// These jobs have ended, if any: records that together with `transactions`, then shows it and gives the answers.
  void end(std::vector<job_id> ids, std::vector<transaction> transactions = {},
           std::vector<registry_command::answer> answers = {});

  void get(const registry_event::get& e);
  void wait(const registry_event::wait& e);
  void leave(const registry_event::leave& e);
  /// A job that has not ended has left its calls; `left` is what is to be recorded of that.
  void cancel(const registry_event::cancel& e, std::vector<transaction> left);
  /// The result that `get` asked the store for. False when the question is not of this part.
  bool result_read(const registry_event::result_read& e);
  void forget_expired();

  /// What follows the units that this part recorded.
  void show_end(const after_record::show_end& done);
  void forget_jobs(const after_record::forget_jobs& done);

  /// Answers the job's waiters whose time is over.
  void answer_late(const job_id& id, timestamp until);
  /// Answers every waiter with the job as it is.
  void answer_all();

private:
  struct waiter {
    timestamp until;
    asker from = 0;
  };
  /// A job as it is but for its result, which the store has.
  struct reading {
    asker from = 0;
    job_view view;
  };

  void show_end(const job_id& id);
  void forget(std::vector<job_id> ids, std::vector<asker> asked_by);
  void answer_with_result(asker from, const job_view& view);
  void answer_as_it_is(asker to, const job_id& id);
  void answer(asker to, const job_view& view);

  registry_core& core_;
  persistence& store_;
  std::unordered_map<job_id, std::vector<waiter>> waiters_;
  /// To be forgotten as soon as their end is shown, or as their forgetting is durable.
  std::unordered_map<job_id, std::vector<asker>> unwanted_;
  std::unordered_map<question, reading> readings_;
};

} // namespace glyphgate
