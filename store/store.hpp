#pragma once

#include "core/clock.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/job_registry.hpp"
#include "core/rate_limiter.hpp"
#include "core/recognition.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// Durable state behind one interface of domain transactions.
namespace glyphgate::store {

/// One call of a job and the spend that is reserved for its first attempt.
struct call_plan {
  picture_indices pictures;
  reservation_id reservation = 0;
};

/// Takes a job: the job, its plan, and every call's spend, RESERVED. Counts as an accepted job from `at` for as long
/// as a window needs it, whatever becomes of the job.
struct accept_job {
  job_id id;
  timestamp at;
  std::shared_ptr<const job_spec> spec;
  std::vector<call_plan> calls;
  /// The pictures that were recognised before, by index. A picture that is neither here nor in a call repeats an
  /// earlier one of the same content, and has its outcome.
  std::vector<std::pair<std::uint32_t, std::shared_ptr<const recognition>>> known;
  /// Pictures that need no call: those known and those that repeat another of the job.
  std::uint32_t pictures_from_cache = 0;
};

/// Bytes of this attempt may leave the process from now on: after a crash its spend counts as spent.
struct begin_attempt {
  call_key key;
  attempt_token attempt = 0;
  reservation_id reservation = 0;
  timestamp at;
};

/// The attempt was, or may have been, made: its spend is SETTLED.
struct settle_spend {
  reservation_id reservation = 0;
  timestamp at;
};

/// Not one byte of the attempt left the process: its spend is RELEASED.
struct release_spend {
  reservation_id reservation = 0;
  timestamp at;
};

/// Not one byte of the attempt left the process, and another is to follow: its spend is RESERVED again, for that one.
struct take_back_attempt {
  call_key key;
  /// The one that is taken back; the next one has the next number.
  attempt_token attempt = 0;
  reservation_id reservation = 0;
  timestamp at;
};

/// Another attempt at a call after one that is paid for, with a spend of its own, RESERVED.
struct reserve_retry {
  call_key key;
  attempt_token attempt = 0;
  reservation_id reservation = 0;
  timestamp at;
};

/// The call is closed without outcomes; calls that share its pictures among them take its place, each with a spend of
/// its own, RESERVED.
struct split_call {
  call_key key;
  attempt_token attempt = 0;
  timestamp at;
  /// The first of them has this index, which is the number of the job's calls so far.
  std::uint32_t first_index = 0;
  std::vector<call_plan> parts;
};

/// The call is closed with one outcome a picture of its plan.
struct close_call {
  call_key key;
  attempt_token attempt = 0;
  timestamp at;
  std::vector<picture_outcome> outcomes;
};

/// The job has ended; its pictures are needed no more.
struct end_job {
  job_end end;
};

/// The job is forgotten; its spends stay for as long as a window needs them.
struct forget_job {
  job_id id;
};

using transaction = std::variant<accept_job, begin_attempt, settle_spend, release_spend, take_back_attempt,
                                 reserve_retry, split_call, close_call, end_job, forget_job>;

/// Whether a transaction took effect.
enum class verdict : std::uint8_t {
  applied,
  /// It names an attempt that is not the call's latest, or a job that is not kept or has ended: nothing changed.
  stale,
};

/// The store could not make a commit durable: nothing of it took effect.
class store_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A call of a job that goes on after a restart.
struct pending_call {
  picture_indices pictures;
  /// The latest attempt, and the spend that covers it.
  attempt_token attempt = 1;
  reservation_id reservation = 0;
  /// How many attempts before the latest are paid for.
  std::uint32_t paid_before = 0;
  /// The attempt was under way when the process ended: its spend is UNKNOWN and counts as spent; another attempt needs
  /// a reservation of its own.
  bool interrupted = false;
  /// Its outcomes are known, or it was split and other calls have its pictures.
  bool closed = false;
};

/// A job that had not ended.
struct pending_job {
  job_id id;
  timestamp created_at;
  std::optional<timestamp> started_at;
  /// With its pictures' bytes.
  std::shared_ptr<const job_spec> spec;
  std::vector<pending_call> calls;
  /// One a picture; neither recognised nor failed where its call is open. A picture that repeats another has the
  /// other's outcome.
  std::vector<picture_outcome> outcomes;
  /// Attempts made, those interrupted included.
  std::uint32_t api_calls = 0;
  std::uint32_t pictures_from_cache = 0;
};

/// A job that had ended.
struct ended_job {
  /// Without its result.
  job_view view;
  digest identity;
};

/// Sums over the store's whole life.
struct totals {
  std::uint64_t api_calls = 0;
  std::uint64_t pictures_processed = 0;
  std::uint64_t pictures_from_cache = 0;
};

/// Everything that a process needs to go on where the last one ended.
struct recovery {
  /// When it was made, in the store's time: not before anything that the store recorded.
  timestamp as_of;
  /// Jobs accepted in the last 24 h, in ascending order.
  std::vector<timestamp> jobs_accepted_at;
  /// Spends that some window still needs: those reserved, and those settled or unknown in the last 24 h.
  std::vector<spend_record> spends;
  /// Above every reservation ever made.
  reservation_id first_free = 1;
  /// In the order of their acceptance, as are `ended`.
  std::vector<pending_job> pending;
  std::vector<ended_job> ended;
  glyphgate::store::totals totals;
};

/// Owned and used by one thread at a time (the store writer); it blocks.
class job_store {
public:
  virtual ~job_store() = default;

  /// Called once, before anything else: closes what the last process left open (spends of attempts that were under way
  /// become UNKNOWN) and tells what is there, as of `now`, or of the latest time recorded where that is later. Throws
  /// store_error.
  virtual recovery recover(timestamp now) = 0;

  /// Applies the transactions in order, as one: all are durable when it returns, with a verdict for each, or none has
  /// taken effect and it throws store_error.
  virtual std::vector<verdict> commit(std::span<const transaction> transactions) = 0;

  /// The result of a job that has ended; null when it is not kept or was cancelled. Throws store_error.
  virtual std::shared_ptr<const job_result> read_result(const job_id& id) = 0;

  /// For each key, made by `recognition_key`, what was recognised before in any job still kept; else null. Throws
  /// store_error.
  virtual std::vector<std::shared_ptr<const recognition>> recall(std::span<const digest> keys) = 0;

  /// Forgets accepted jobs and closed spends that no window needs any more, i.e. from before `at`. Throws store_error.
  virtual void forget_spends_before(timestamp at) = 0;
};

} // namespace glyphgate::store
