#pragma once

#include "core/registry/call_flow.hpp"
#include "core/registry/job_endings.hpp"
#include "core/registry/persistence.hpp"
#include "core/registry/registry_core.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace glyphgate {

/// Takes jobs in: identical? → known pictures → breaker → limits → durable → to the pool. A refusal at any step leaves
/// no trace. A job that takes longer than `admission_timeout` is refused; what it was given meanwhile is given back as
/// soon as it is known. Part of the registry.
class job_admission {
public:
  job_admission(registry_core& core, persistence& store, job_endings& endings, call_flow& calls)
      : core_{core},
        store_{store},
        endings_{endings},
        calls_{calls} {}

  void submit(const registry_event::submit& e);

  /// The answer to a client whose job is identical to `job`.
  static submission identical_to(const job_view& job);
  /// Why a new job would be refused whatever it needs; none when it would not.
  static std::optional<submission> refused_at_once(const registry_core& core, const job_spec& spec);

  /// Answers to this part's questions; late ones, too.
  void recalled(const registry_event::recalled& e);
  void breaker_told(const registry_event::breaker_told& e);
  void reserved(const registry_event::reserved& e);
  void stored(const registry_event::stored& e);

  void refuse_late(const job_id& id);

  /// Jobs that were refused while the store had them, of which it is not known yet whether they are to be undone.
  std::size_t undecided() const { return refused_late_.size(); }

  /// No job is on its way in, and none that was refused is on its way out.
  bool idle() const { return under_way_.empty() && refused_late_.empty(); }

private:
  /// A job on its way from the client to the store.
  struct candidate {
    std::shared_ptr<const job_spec> spec;
    asker first = 0;
    /// Clients that sent the same meanwhile.
    std::vector<asker> identical;
    recognitions known;
    std::vector<picture_indices> calls;
    admission granted;
    /// The question that it waits for, and whether that is the store's commit.
    question waits_for = 0;
    bool committing = false;
  };

  /// The job that waits for that answer; empty when it was refused meanwhile.
  job_id waiting_for(question q);
  question ask(const job_id& id);
  void plan(const job_id& id);
  void commit(const job_id& id);
  void accept(const job_id& id);
  void refuse(const job_id& id, const submission& s);
  void refuse_for_store(const job_id& id);
  /// The answers to who submitted the job first, and to who submitted an identical one meanwhile.
  static std::vector<registry_command::answer> answers(const candidate& job, submission s);
  candidate take(const job_id& id);

  registry_core& core_;
  persistence& store_;
  job_endings& endings_;
  call_flow& calls_;
  std::unordered_map<job_id, candidate> under_way_;
  std::unordered_map<question, job_id> asked_;
  /// Jobs that were refused while the store had them: what becomes of them is not known yet.
  struct late_refusal {
    job_id id;
    admission granted;
  };
  std::unordered_map<question, late_refusal> refused_late_;
};

} // namespace glyphgate
