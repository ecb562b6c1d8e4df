#pragma once

#include "core/fair_shares.hpp"
#include "core/ids.hpp"
#include "support/memory_store.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace glyphgate::simulation {

/// Who has paid what, jobs that are forgotten included: kept beside the store, from what it is told. Each check throws
/// life_failed.
class books {
public:
  struct account {
    cost paid;
    /// Attempts that it has paid for.
    std::uint32_t attempts = 0;
    bool has_result = false;
  };

  /// An attempt has begun; the first beginning counts.
  void begin(reservation_id id, const std::vector<job_share>& shares) { begun_.emplace(id, shares); }
  void take_back(reservation_id id) { begun_.erase(id); }
  /// The attempt was, or may have been, made. `otherwise` pay where no beginning was noted.
  void pay(reservation_id id, const std::vector<job_share>& otherwise);
  /// The job has its result, and pays no more.
  void has_result(const job_id& id) { accounts_[id].has_result = true; }

  account of(const job_id& id) const;

  /// All jobs have paid what the ledger has spent.
  void check_sum(const store::memory_store& db) const;
  /// Each job that is there has paid what the store says.
  void check_jobs(const store::memory_store& db) const;

private:
  std::unordered_map<reservation_id, std::vector<job_share>> begun_;
  std::unordered_map<job_id, account> accounts_;
  cost all_;
};

} // namespace glyphgate::simulation
