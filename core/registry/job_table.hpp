#pragma once

#include "core/call.hpp"
#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/price.hpp"
#include "core/recovery.hpp"
#include "core/totals.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace glyphgate {

/// Which jobs to list.
struct job_filter {
  std::optional<job_status> status;
  /// 1–1000.
  std::uint32_t limit = 100;
  /// Continue after this position, taken from `job_page::next`; 0 starts with the newest job.
  std::uint64_t cursor = 0;
};

/// A page of jobs, newest first, without results.
struct job_page {
  std::vector<job_view> jobs;
  /// Where the next page starts; none on the last page.
  std::optional<std::uint64_t> next;
};

/// Counts over all jobs kept, and over all work.
struct registry_stats {
  /// Indexed by job_status.
  std::array<std::uint64_t, 5> by_status{};
  std::uint64_t total_jobs = 0;
  std::uint64_t waiting_calls = 0;
  store_totals totals;
  /// About how many bytes the results take that are kept.
  std::uint64_t kept_bytes = 0;
  /// Units that are on their way to the store, those of refused jobs included.
  std::uint64_t unsaved = 0;
};

/// Where an open call is, at every moment exactly one of these.
enum class call_place : std::uint8_t {
  /// Planned; its job is not accepted yet.
  planned,
  /// In the pool, waiting for a worker, or begun and not yet reported.
  queued,
  /// In the pool, reported as under way.
  running,
  /// Waiting for a time to come.
  delayed,
  /// Waiting until the store has made durable what its next step depends on.
  storing,
  /// Waiting for the limiter's answer.
  reserving,
  /// Left as it is for the next start, as the service stops.
  left,
};

/// Every job that is kept: its state, the index that finds identical jobs, and expiry. Owned by the registry actor.
///
/// A job is admitted (it holds its identity and its bytes' place in the queue, but is not to be seen), planned, and
/// confirmed once the store holds it, or else abandoned. When its last call is closed it has ended; it is shown as
/// ended only once that is durable too (`publish`). Results are not kept here: the store has them.
class job_table {
public:
  /// `call_price` is that of the engine that is there.
  job_table(const job_config& config, micro_dollars call_price);

  /// The job with that identity whose result would be that of doing it again: it has not ended, or is repeatable and
  /// has not expired. Null if none. An admitted job counts.
  const job_view* find_identical(timestamp now, const digest& identity) const;

  /// Whether that many more calls and picture bytes may wait.
  bool has_room(std::size_t calls, std::uint64_t bytes) const;

  /// Whether another job may be kept beside those that have not expired; if not, when one expires next.
  struct keeping {
    bool room = true;
    /// What has expired is to be forgotten now.
    bool sweep = false;
    std::optional<timestamp> next_expiry;
  };
  keeping may_keep(timestamp now) const;

  /// Takes a job in. `id` is new.
  void admit(timestamp now, const job_id& id, std::shared_ptr<const job_spec> spec);

  /// Sets an admitted job's plan: `calls` partition what is to be sent.
  void plan(const job_id& id, std::span<const std::shared_ptr<const recognition>> known,
            std::vector<picture_indices> calls);

  /// The store holds the job, as accepted at that time: it may be seen. Its calls, to be made now, are paid for by
  /// consecutive reservations from `first`; none when everything was known, and the job has ended then (see `ending`).
  std::vector<std::shared_ptr<const planned_call>> confirm(timestamp accepted_at, const job_id& id,
                                                           reservation_id first);

  /// The job was not accepted: no trace stays.
  void revoke(const job_id& id);

  /// Takes up a job after a restart. Returns its open calls; a job without an open call that had not ended has ended
  /// now.
  std::vector<std::shared_ptr<const planned_call>> restore(timestamp now, kept_job job);

  /// The engine that is there reads what is left of a job that was restored: its identity, its pictures' keys and what
  /// its age counts from are those of `job`. Returns its open calls; empty when the job has ended.
  std::vector<std::shared_ptr<const planned_call>> adopt(const kept_job& job);

  /// Sets the sums that outlive the process.
  void restore_totals(const store_totals& sums);

  /// The call of that attempt is somewhere else now. Does nothing when it is not open or has a newer attempt.
  void move(const call_key& key, attempt_token attempt, call_place place);

  /// Where the call of that attempt is; none when it is not open or has a newer attempt.
  std::optional<call_place> place_of(const call_key& key, attempt_token attempt) const;

  /// Every open call of the jobs that are not on their way in.
  struct open_call {
    call_key key;
    attempt_token attempt = 0;
    call_place place = call_place::queued;
  };
  std::vector<open_call> open_calls() const;

  /// The attempt is under way since `begun_at` and has recognised that many of its call's pictures.
  void progress(timestamp begun_at, const call_key& key, attempt_token attempt, std::uint32_t pictures_done);

  /// The attempt was made, whatever came of it.
  void count_call(const job_id& id);

  /// What a report of an attempt did.
  enum class effect : std::uint8_t {
    /// It came from an older attempt or concerns an ended job: nothing changed.
    stale,
    /// The call is closed, others of the job are still open.
    open,
    /// It was the job's last open call: the job has ended, see `ending`.
    ended,
  };

  /// Closes the attempt's call with one outcome a picture.
  effect close(timestamp now, const call_key& key, attempt_token attempt, std::span<const picture_outcome> outcomes);

  /// The attempt that follows `attempt`, paid for by `reservation`, after `paid_before` that failed and were paid for;
  /// reports of the older one are stale from now on. Null when the call is not open or has a newer attempt.
  std::shared_ptr<const planned_call> retry(const call_key& key, attempt_token attempt, reservation_id reservation,
                                            std::uint32_t paid_before, bool suspect = false);

  /// The pictures of one of the job's calls; empty when there is no such call.
  picture_indices pictures_of(const call_key& key) const;

  /// Whether the job may make two more calls in place of this one.
  bool may_split(const call_key& key) const;

  /// Puts two calls, each with half of the pictures, in the place of the attempt's call; they come last among the
  /// job's calls and are paid for by the reservations `first` and `first + 1`. Empty when the call is not open, has a
  /// newer attempt, or has one picture.
  std::vector<std::shared_ptr<const planned_call>> split(const call_key& key, attempt_token attempt,
                                                         reservation_id first);

  /// Ends a job that has not ended, as cancelled. False when there is no such job or it has ended.
  bool cancel(timestamp now, const job_id& id);

  /// How an ended job ended, for the store.
  job_end ending(const job_id& id) const;

  /// The job's end is durable: it is shown as ended. Returns it with its result, this once.
  job_view publish(const job_id& id);

  /// Forgets an ended job.
  void forget(const job_id& id);

  /// The job is about to be forgotten. False when it is so already, or has not been shown as ended.
  bool start_forgetting(const job_id& id);

  /// Jobs that are past their expiry and not about to be forgotten.
  std::vector<job_id> expired(timestamp now) const;

  /// Null when there is no such job, it is not to be seen yet, or it has expired.
  const job_view* view(timestamp now, const job_id& id) const;

  job_page list(timestamp now, const job_filter& filter) const;
  registry_stats stats() const;

private:
  struct call_record {
    picture_indices pictures;
    attempt_token attempt = 1;
    reservation_id reservation = 0;
    std::uint32_t paid_before = 0;
    std::uint32_t pictures_done = 0;
    call_place place = call_place::planned;
    /// It has been reported as under way; else it counts as waiting.
    bool running = false;
    bool suspect = false;
    bool closed = false;
  };

  struct record {
    std::uint64_t position = 0;
    /// Null once the job has ended.
    std::shared_ptr<const job_spec> spec;
    digest identity;
    job_view view;
    /// As in `planned_call`.
    timestamp age_from;
    bool visible = false;
    std::vector<picture_outcome> outcomes;
    /// Those that came of splitting stand behind the `planned_calls`.
    std::vector<call_record> calls;
    std::size_t planned_calls = 0;
    std::uint32_t open_calls = 0;
    std::uint32_t api_calls = 0;
    std::uint32_t pictures_from_cache = 0;
    std::uint64_t bytes = 0;
    bool repeatable = true;
    std::uint64_t result_bytes = 0;
    bool forgetting = false;
    /// Set when the job has ended; shown by `publish`.
    std::optional<job_view> ended;
  };

  record* find(const job_id& id);
  const record* find(const job_id& id) const;
  record& insert(record job);
  void show(record& job);
  /// The open call of that attempt, or null.
  static call_record* find_open(record& job, const call_key& key, attempt_token attempt);
  call_record* find_open(const call_key& key, attempt_token attempt);
  std::shared_ptr<const planned_call> planned(const record& job, std::uint32_t index) const;
  std::vector<std::shared_ptr<const planned_call>> open_calls_of(const record& job) const;
  static std::size_t planned_calls_of(const record& job);
  /// The call's attempt is over and counts as waiting, with nothing done.
  void reset_progress(record& job, call_record& call);
  void set_status(record& job, job_status status);
  effect finish_if_last(record& job, timestamp now);
  void end(record& job, timestamp now, job_status status, std::optional<std::string> error);
  void leave_queue(record& job);
  void unindex(const record& job);
  void erase(const job_id& id);

  job_config config_;
  micro_dollars call_price_;
  std::uint64_t next_position_ = 1;
  std::unordered_map<job_id, record> jobs_;
  std::map<std::uint64_t, job_id> by_position_;
  std::unordered_map<digest, job_id> by_identity_;
  std::multimap<timestamp, job_id> by_expiry_;
  std::uint64_t waiting_bytes_ = 0;
  registry_stats stats_;
};

} // namespace glyphgate
