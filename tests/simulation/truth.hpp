#pragma once

#include "core/call.hpp"
#include "core/config.hpp"
#include "core/job.hpp"
#include "core/submission.hpp"
#include "core/transaction.hpp"
#include "engine_double.hpp"
#include "support/memory_store.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

namespace glyphgate::simulation {

/// What really happened in a life, as those saw it who are not the service: the clients, the store and the engine. It
/// judges what the service says. Each of its checks throws life_failed.
class truth {
public:
  truth(const config& settings, const store::memory_store& db, const engine_double& engine)
      : settings_{settings},
        db_{db},
        engine_{engine} {}

  // What the store did. `now` is the service's time; `to_true` turns that into the time of a clock that runs no slower.
  void about_to_apply(const transaction& t) const;
  void applied(const transaction& t, timestamp now, duration to_true);
  /// The process has ended with these attempts begun and not over.
  void process_ended();

  // What the pool and the limiter told the registry.
  void call_ended(const planned_call& call, const call_outcome& outcome);
  void retry_denied() { ++denials_; }
  std::uint64_t denials() const { return denials_; }

  // What clients did and heard.
  void heard(const job_spec& spec, const submission& s, timestamp now);
  void deletion_asked(const job_id& id) { jobs_[id].deletion_asked = true; }
  void deletion_heard(const job_id& id) { ++jobs_[id].deletions_heard; }
  void listed(const job_id& id) const;
  void not_found(const job_id& id, timestamp now) const;
  void viewed(const job_view& view, timestamp now);

  /// Jobs that clients have heard of, in the order of that.
  const std::vector<job_id>& told() const { return told_; }

  /// Everything is over: each job that was told is there and has ended, or may be gone, and nothing is open.
  void all_settled(timestamp now) const;

  /// No spend of a call that may still be made.
  std::size_t open_spends() const;

private:
  struct call_truth {
    std::uint32_t paid_failures = 0;
    std::uint32_t alone_in_ends = 0;
    bool account_refused = false;
    bool suspect = false;
  };
  struct job_truth {
    std::shared_ptr<const job_spec> spec;
    bool told = false;
    bool deletion_asked = false;
    bool forgotten = false;
    int deletions_heard = 0;
    std::optional<timestamp> expires_at;
    std::string seen;
  };

  /// The attempt of that reservation is over by the ledger.
  void is_over(reservation_id id);
  /// The calls with an attempt that is begun and not over by the ledger.
  std::vector<std::string> begun() const;
  void check_suspects() const;
  void check_end(const job_end& end, timestamp now) const;
  void check_error(const store::memory_store::job_row& job, std::uint32_t picture, timestamp now) const;
  void check_windows(timestamp at);
  static std::string fingerprint(const job_view& view);
  static std::string name_of(const call_key& key) { return key.job + "/" + std::to_string(key.index); }
  bool may_be_gone(const job_truth& job, timestamp now) const;

  const config& settings_;
  const store::memory_store& db_;
  const engine_double& engine_;
  std::unordered_map<job_id, job_truth> jobs_;
  std::unordered_map<std::string, call_truth> calls_;
  std::vector<job_id> told_;
  std::unordered_map<job_id, timestamp> accepted_;
  std::deque<timestamp> minute_;
  std::deque<timestamp> hour_;
  std::uint64_t denials_ = 0;
};

} // namespace glyphgate::simulation
