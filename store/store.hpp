#pragma once

#include "core/clock.hpp"
#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/kept_pictures.hpp"
#include "core/recognition.hpp"
#include "core/recovery.hpp"
#include "core/transaction.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>

/// Durable state behind one interface of domain transactions.
namespace glyphgate::store {

/// The store could not do what it was asked for: nothing of it took effect.
class store_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The store cannot know whether a commit took effect. It is to be repeated, under its number, until that is known.
class outcome_unknown : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Reads beside the writer: what it is asked for has the state of some moment between the question and the answer, and
/// what the store has committed before the question is in it. Holds up no commit. Owned and used by one thread at a
/// time (the store reader); it blocks.
class job_reader {
public:
  virtual ~job_reader() = default;

  /// The result of a job that has ended; null when it is not kept or was cancelled. Throws store_error.
  virtual std::shared_ptr<const job_result> read_result(const job_id& id) = 0;

  /// For each key, made by `recognition_key`, what was recognised before in any job still kept; else null. Throws
  /// store_error.
  virtual recognitions recall(std::span<const digest> keys) = 0;

  /// The pictures of a job that has ended and keeps them; null where it does not, or is not kept. Throws store_error.
  virtual std::shared_ptr<const kept_pictures> read_pictures(const job_id& id) = 0;

  /// What each owner used in the quarters of an hour that begin from `from` on and before `to`. Throws store_error.
  virtual std::vector<account_entry> read_accounts(timestamp from, timestamp to) = 0;
};

/// How many bytes of pictures new jobs may bring, so that those which are there can still end. At any time, from any
/// thread, also when the store has gone; does not block.
using store_room_fn = std::function<std::uint64_t()>;

/// Owned and used by one thread at a time (the store writer); it blocks.
class job_store {
public:
  virtual ~job_store() = default;

  /// Called once, before anything else: closes what the last process left open (spends of attempts that were under way
  /// become UNKNOWN, and the jobs that were aboard pay their shares; their calls become suspect; where one call only
  /// was under way, it counts an interruption) and tells what is there, as of `now`, or of the latest time recorded
  /// where that is later. Throws store_error.
  virtual recovery recover(timestamp now) = 0;

  /// Applies the transactions in order, as one: all are durable when it returns, with a verdict for each, or none has
  /// taken effect and it throws store_error, or it throws outcome_unknown. `number` is above that of every commit
  /// before; after outcome_unknown it is the same, with the same transactions, which take effect once.
  virtual verdicts commit(batch_number number, std::span<const transaction> transactions) = 0;

  /// Another way in, for another thread. Called by the store's own one, after `recover`; the store outlives it. Throws
  /// store_error.
  virtual std::unique_ptr<job_reader> open_reader() = 0;

  /// Without a bound where the store knows none.
  virtual store_room_fn room() const {
    return [] { return std::numeric_limits<std::uint64_t>::max(); };
  }

  /// Forgets accepted jobs and closed spends, with who paid them, that no window needs any more, i.e. from before `at`.
  /// What a job has paid stays with it, and what an owner has used stays on his account for as long as the store was
  /// told. Throws store_error.
  virtual void sweep_spends_before(timestamp at) = 0;
};

} // namespace glyphgate::store
