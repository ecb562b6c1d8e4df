#pragma once

#include "actors/persistence.hpp"
#include "actors/registry_context.hpp"

#include <functional>
#include <unordered_map>
#include <vector>

namespace glyphgate {

/// Ends jobs durably, then shows their end to whoever waits for it; forgets them. Part of the registry.
class job_endings {
public:
  job_endings(registry_context& context, persistence& store) : context_{context}, store_{store} {}

  /// The job has ended: commits that together with `transactions`, shows it, then calls `then`.
  void end(
      const job_id& id, std::vector<store::transaction> transactions = {}, std::function<void()> then = [] {});

  caf::result<job_view_ptr> get(const job_id& id);
  caf::result<job_view_ptr> wait(const job_id& id, timestamp deadline);
  /// Cancels a job that has not ended, forgets one that has.
  caf::result<acknowledged> cancel(const job_id& id);
  void forget_expired();

  /// Answers every waiter with the job as it is.
  void answer_all();

private:
  struct waiter {
    timestamp deadline;
    caf::typed_response_promise<job_view_ptr> promise;
  };
  using forget_promise = caf::typed_response_promise<acknowledged>;

  void publish(const job_id& id);
  void forget(std::vector<job_id> ids, std::vector<forget_promise> promises);
  caf::result<job_view_ptr> with_result(const job_view& view);
  /// Answers the job's waiters whose time is over.
  void answer_late(const job_id& id, timestamp now);

  registry_context& context_;
  persistence& store_;
  std::unordered_map<job_id, std::vector<waiter>> waiters_;
  /// To be forgotten as soon as their end is shown.
  std::unordered_map<job_id, std::vector<forget_promise>> unwanted_;
};

} // namespace glyphgate
