#pragma once

#include "plan.hpp"
#include "random.hpp"
#include "support/memory_store.hpp"
#include "truth.hpp"
#include "world.hpp"

#include <functional>
#include <map>
#include <optional>

namespace glyphgate::simulation {

/// The store, which outlives its processes, with the faults of a life around it. Its contents are those of
/// `memory_store`, which a test of its own holds against SQLite.
class store_double {
public:
  store_double(const life_plan& plan, random r);

  /// What the next operation does.
  store_fault next_fault(timestamp now);
  std::uint64_t operations() const { return operations_; }

  /// Every operation fails until then.
  void down_until(timestamp t) { down_until_ = t; }

  /// Without faults from now on.
  void heal() { faults_.clear(), down_until_ = {}; }

  /// A commit takes effect. `unheard` when nobody will know: a loss of power may then undo it.
  verdicts commit(batch_number number, std::span<const transaction> transactions, timestamp now, duration to_true,
                  bool unheard);

  /// What is not known to be durable may be gone.
  void lose_power();

  recovery recover(timestamp now);

  store::memory_store& db() { return db_; }
  const store::memory_store& db() const { return db_; }
  void set_truth(truth& t) { truth_ = &t; }

private:
  /// What a loss of power brings back.
  struct contents {
    store::memory_store db;
    truth::tally tally;
  };

  verdict commit(const transaction& t, timestamp now, duration to_true);

  const life_plan& plan_;
  random random_;
  std::map<std::uint64_t, store_fault> faults_;
  std::uint64_t operations_ = 0;
  timestamp down_until_{};
  store::memory_store db_;
  /// As it was before the latest commit that nobody heard of.
  std::optional<contents> before_;
  batch_number last_ = 0;
  verdicts last_verdicts_;
  truth* truth_ = nullptr;
};

} // namespace glyphgate::simulation
