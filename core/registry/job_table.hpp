#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/fair_shares.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/price.hpp"
#include "core/recovery.hpp"
#include "core/registry/shared_room.hpp"
#include "core/stop_order.hpp"
#include "core/totals.hpp"
#include "core/transaction.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
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
  /// Continue after this position among the owner's jobs, taken from `job_page::next`; 0 starts with the newest job.
  std::uint64_t cursor = 0;
  /// Those of that owner only.
  owner_name owner{};
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
  /// When the oldest job was accepted whose first call has not begun. None when no job waits.
  std::optional<timestamp> oldest_pending;
  /// Calls that no worker has begun.
  std::uint64_t waiting_calls = 0;
  /// Jobs that wait for room in the limits.
  std::uint64_t jobs_in_line = 0;
  /// Jobs that wait for the sieve, and its portions that came to nothing since the start.
  std::uint64_t jobs_in_sieve = 0;
  std::uint64_t sieve_failures = 0;
  store_totals totals;
  /// No call is made until further notice.
  std::optional<stop_order> stopped;
  /// About how many bytes the results take that are kept.
  std::uint64_t kept_bytes = 0;
  /// Units that are on their way to the store, those of refused jobs included.
  std::uint64_t unsaved = 0;
};

/// Every job that is kept: its state, the index that finds identical jobs, and expiry. Owned by the registry actor.
///
/// A job is admitted (it holds its identity and its bytes' place in the queue, but is not to be seen), boards calls,
/// and is confirmed once the store holds it, or else revoked. When its last picture is decided it has ended; it is
/// shown as ended only once that is durable too (`publish`). Results are not kept here: the store has them.
class job_table {
public:
  /// `call_price` and `engine` are those of the engine that is there.
  job_table(const job_config& config, micro_dollars call_price, std::string engine = {});

  /// The job with that identity whose result would be that of doing it again: it has not ended, or is repeatable and
  /// has not expired. Null if none. An admitted job counts.
  const job_view* find_identical(timestamp now, const digest& identity) const;

  /// Whether that many more picture bytes of that owner may wait.
  room has_room(const owner_name& owner, std::uint64_t bytes, bool several_owners) const;

  /// Whether another job of that owner may be kept beside those that have not expired; if not, when one expires next
  /// that is in its way.
  struct keeping {
    room there = room::yes;
    /// What has expired is to be forgotten now.
    bool sweep = false;
    std::optional<timestamp> next_expiry;
  };
  keeping may_keep(timestamp now, const owner_name& owner, bool several_owners) const;

  /// Takes a job in, in which refused pictures have failed. `id` is new.
  void admit(timestamp now, const job_id& id, std::shared_ptr<const job_spec> spec);

  /// What was recognised before: null where nothing was.
  void know(const job_id& id, std::span<const std::shared_ptr<const recognition>> known);
  /// The same for pictures that waited in line.
  void know_late(const job_id& id, const known_pictures& known);

  /// A picture boards that call, or changes into it.
  void board(const rider& who, call_id call);
  /// The open calls that the job's pictures are aboard, by position; 0 where a picture is aboard none.
  std::vector<call_id> aboard(const job_id& id) const;

  /// What the pictures of a job wait for that are undecided, aboard no call and repeat none.
  enum class wait_place : std::uint8_t { none, line, sieve };

  /// The store holds the job, as accepted at that time: it may be seen. Of its pictures, so many need no call; others
  /// wait there.
  void confirm(timestamp accepted_at, const job_id& id, std::uint32_t pictures_from_cache, wait_place place);

  /// What the sieve has made of the job; with its pictures' keys as they are now. What is left waits in line.
  void sift(const sift_job& done, std::shared_ptr<const job_spec> spec);
  /// Whether it has not ended and its pictures wait for the sieve.
  bool in_sieve(const job_id& id) const { return is_at(id, wait_place::sieve); }

  /// Its pictures wait in line no more.
  void leave_line(const job_id& id);
  /// Whether it has not ended and its pictures wait in line.
  bool in_line(const job_id& id) const { return is_at(id, wait_place::line); }

  /// An accepted job whose pictures are all decided ends. False when one is not, or the job has ended.
  bool end_if_decided(timestamp now, const job_id& id);

  /// What waits, in line or for the sieve, fails with that error.
  void give_up_waiting(const job_id& id, const std::string& error);
  /// The pictures that wait, in line or for the sieve; empty where none does.
  picture_indices waiting(const job_id& id) const;

  /// The job that is on its way in is not wanted any more, and it is not known yet whether it is accepted: none is
  /// identical to it.
  void hide(const job_id& id) { unindex(*find(id)); }

  /// The job was not accepted: no trace stays.
  void revoke(const job_id& id);

  /// Takes up a job after a restart. One that had not ended ends if nothing of it is open: see `end_if_decided`.
  void restore(kept_job job);

  /// The engine that is there reads what is left of a job that was restored: its identity, its pictures' keys and what
  /// its age counts from are those of `job`. False when the job has ended.
  bool adopt(const kept_job& job);

  /// Sets the sums that outlive the process.
  void restore_totals(const store_totals& sums);

  /// A call that the picture is aboard is under way since `begun_at`; whether the picture has been read in it.
  void progress(timestamp begun_at, const rider& who, bool read);
  /// The attempt that read it is over, and came to nothing.
  void unread(const rider& who);

  /// An attempt was made, whatever came of it.
  void count_attempt(micro_dollars price);
  /// The job was aboard it, and pays that.
  void pay(const job_id& id, const cost& share);

  /// What became of a picture that is aboard a call. A job that is to be seen may have ended: see `end_if_decided`.
  void decide(const rider& who, const picture_outcome& outcome);

  /// The job as it is known to clients and as it was submitted; null once it has ended.
  std::shared_ptr<const job_spec> spec(const job_id& id) const;
  /// The engine that a restored job was accepted for; empty for any other job, and where that was not noted.
  std::string accepted_for(const job_id& id) const;
  timestamp accepted_at(const job_id& id) const { return find(id)->view.created_at; }
  /// The jobs that have not ended, in the order of their acceptance, those on their way in included.
  std::vector<job_id> open_jobs() const;
  /// From when its age counts.
  timestamp age_from(const job_id& id) const;
  /// Until when its pictures may wait for company, or for room in the limits; none where it did not say. The time that
  /// they are with the sieve does not count.
  std::optional<timestamp> patient_until(const job_id& id) const;
  /// Until when they may wait in line: one that did not say and had to be sifted may until it is too old. In the past
  /// where the job has ended.
  timestamp line_until(const job_id& id) const;
  /// Since when it waits in line: its acceptance, or when it was sifted.
  timestamp in_line_since(const job_id& id) const;

  /// Pictures of the job were in a montage that was made that way.
  void note_montage(const job_id& id, const std::string& way);
  /// The ways of its montages so far, each once, with commas between.
  std::string montages_of(const job_id& id) const;

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
  struct record {
    std::uint64_t position = 0;
    /// Among its owner's jobs.
    std::uint64_t own_position = 0;
    /// Null once the job has ended.
    std::shared_ptr<const job_spec> spec;
    digest identity;
    std::string accepted_for;
    job_view view;
    /// As in `planned_call`.
    timestamp age_from;
    bool visible = false;
    wait_place waits_at = wait_place::none;
    std::optional<timestamp> sifted_at;
    /// It waited in vain.
    bool gave_up = false;
    std::vector<picture_outcome> outcomes;
    std::vector<call_id> aboard;
    /// Which pictures count as done.
    std::vector<bool> done;
    /// Pictures that are aboard a call.
    std::uint32_t open = 0;
    /// Pictures that were read before the job was confirmed.
    std::uint32_t read_early = 0;
    std::uint32_t api_calls = 0;
    std::set<std::string> montages;
    cost share;
    std::uint32_t pictures_from_cache = 0;
    std::uint64_t bytes = 0;
    bool repeatable = true;
    std::uint64_t result_bytes = 0;
    bool forgetting = false;
    /// Set when the job has ended; shown by `publish`.
    std::optional<job_view> ended;
  };

  /// What one owner has here. Nothing in it tells of others.
  struct holding {
    std::uint64_t next_position = 1;
    std::map<std::uint64_t, job_id> by_position;
    std::uint64_t waiting_bytes = 0;
    std::uint64_t kept_bytes = 0;
  };

  bool is_at(const job_id& id, wait_place place) const;
  holding& of(const owner_name& owner) { return holdings_[owner]; }
  /// Empty where he has nothing.
  const holding& of(const owner_name& owner) const;
  void keep_result(record& job, std::uint64_t bytes);
  record* find(const job_id& id);
  const record* find(const job_id& id) const;
  record& insert(record job);
  void show(record& job);
  /// Counts a job that is to be seen, and counts it no more.
  void count_in(const record& job);
  void count_out(const record& job);
  /// The job, if it has not ended.
  record* find_open(const job_id& id);
  static void count_done(record& job, std::uint32_t position, bool done);
  static void leave(record& job, std::uint32_t position);
  void set_status(record& job, job_status status);
  duration time_to_live(const record& job) const;
  void end(record& job, timestamp now, job_status status, std::optional<std::string> error);
  void leave_queue(record& job);
  void unindex(const record& job);
  void erase(const job_id& id);

  job_config config_;
  micro_dollars call_price_;
  std::string engine_;
  std::uint64_t next_position_ = 1;
  std::unordered_map<job_id, record> jobs_;
  std::map<std::uint64_t, job_id> by_position_;
  std::unordered_map<owner_name, holding> holdings_;
  /// The positions of those that are to be seen and pending.
  std::set<std::uint64_t> pending_;
  std::unordered_map<digest, job_id> by_identity_;
  std::multimap<timestamp, job_id> by_expiry_;
  std::uint64_t waiting_bytes_ = 0;
  registry_stats stats_;
};

} // namespace glyphgate
