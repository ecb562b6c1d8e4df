#pragma once

#include "actors/call_dispatch.hpp"
#include "actors/job_endings.hpp"
#include "actors/persistence.hpp"
#include "actors/registry_context.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace glyphgate {

/// Takes jobs in: identical? → known pictures → breaker → limits → durable → to the pool. A refusal at any step leaves
/// no trace. Part of the registry.
class job_admission {
public:
  job_admission(registry_context& context, persistence& store, job_endings& endings, call_dispatch& calls)
      : context_{context},
        store_{store},
        endings_{endings},
        calls_{calls} {}

  caf::result<submission> submit(const job_spec_ptr& spec);

  /// No job is on its way in.
  bool idle() const { return under_way_.empty(); }

private:
  using promise = caf::typed_response_promise<submission>;

  /// A job on its way from the client to the store.
  struct candidate {
    job_spec_ptr spec;
    promise first;
    /// Clients that sent the same meanwhile.
    std::vector<promise> identical;
    recognitions known;
    std::vector<picture_indices> calls;
    admission granted;
  };

  void recall(const job_id& id);
  void plan(const job_id& id, const recognitions& known);
  void ask_breaker(const job_id& id);
  void reserve(const job_id& id);
  void commit(const job_id& id);
  void accept(const job_id& id, timestamp accepted_at);
  void refuse(const job_id& id, const submission& s);
  void refuse_for_limit(const job_id& id, const admission& answer);
  void refuse_for_store(const job_id& id);
  void give_back(const job_id& id);
  void disown(const job_id& id);
  /// Answers who submitted the job first, and who submitted an identical one meanwhile.
  static void deliver(candidate& job, submission s);
  candidate take(const job_id& id);

  registry_context& context_;
  persistence& store_;
  job_endings& endings_;
  call_dispatch& calls_;
  std::unordered_map<job_id, candidate> under_way_;
};

} // namespace glyphgate
