#pragma once

#include "core/call.hpp"
#include "core/circuit_breaker.hpp"
#include "core/clock.hpp"
#include "core/log_entry.hpp"
#include "core/pool/call_queue.hpp"
#include "core/registry/registry_events.hpp"
#include "core/sieve.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

namespace glyphgate {

struct vision_pool_config {
  std::size_t workers = 1;
  /// Calls that may wait.
  std::size_t queue_capacity = 1000;
  /// How old a job may become that a waiting call has pictures of.
  duration max_age = std::chrono::hours{24};
  /// How long a call may run, or a portion be with the sieve, before it is stopped.
  duration longest_run = std::chrono::minutes{11};
  /// Workers of their own that sift: no call waits for them.
  std::size_t sieves = 0;
};

/// How many calls wait, run, and may wait.
struct pool_stats {
  std::uint64_t waiting = 0;
  std::uint64_t running = 0;
  std::uint64_t capacity = 0;
};

/// One of the pool's places for a worker, from 0. A worker that dies is replaced in its place. Those that sift have
/// numbers of their own, from 0 as well.
using worker_slot = std::size_t;

/// What can happen to the pool.
namespace pool_event {
/// Answered when the call was made, or ended without being made.
struct annotate {
  asker from = 0;
  planned_call_ptr call;
};
/// Nobody wants the call any more.
struct cancel {
  call_id id = 0;
};
/// What the attempt of that reservation came to is durable.
struct recorded {
  reservation_id reservation = 0;
};
/// Answered when the portion was looked at, or is not to be. Whoever asks has as many portions with the pool at most as
/// there are workers that sift; another is not looked at.
struct sift {
  asker from = 0;
  sift_request_ptr portion;
};
/// Nobody wants that portion any more.
struct cancel_sift {
  asker from = 0;
};
/// Starts no more calls; answered when none runs. After the grace, running ones are stopped. What is being sifted is
/// stopped at once: it costs nothing, and can be done again.
struct drain {
  asker from = 0;
  duration grace{};
};
/// It is `next_wake()` or later.
struct time_passed {};
/// The answer to `ask_permit`.
struct permit_told {
  permit_answer answer;
};
/// The answer to `run`.
struct run_ended {
  worker_slot slot = 0;
  call_outcome_ptr outcome;
};
/// The worker died, with its call if it had one. Another is in its place.
struct worker_lost {
  worker_slot slot = 0;
};
/// The answer to `run_sift`.
struct sift_ended {
  worker_slot slot = 0;
  sift_outcome_ptr outcome;
};
/// A worker that sifts died. Another is in its place.
struct sieve_lost {
  worker_slot slot = 0;
};
} // namespace pool_event

using any_pool_event =
    std::variant<pool_event::annotate, pool_event::cancel, pool_event::recorded, pool_event::drain,
                 pool_event::time_passed, pool_event::permit_told, pool_event::run_ended, pool_event::worker_lost,
                 pool_event::sift, pool_event::cancel_sift, pool_event::sift_ended, pool_event::sieve_lost>;

/// What the pool wants done, in this order.
namespace pool_command {
/// To the breaker. One question is under way at most.
struct ask_permit {};
/// To the breaker.
struct report {
  call_permit permit;
  call_report with;
};
/// To the worker, which is idle.
struct run {
  worker_slot slot = 0;
  asker listener = 0;
  planned_call_ptr call;
};
/// To the worker: end the call soon.
struct stop_run {
  worker_slot slot = 0;
};
/// To whoever asked for the call; exactly once a call.
struct answer {
  asker to = 0;
  call_outcome_ptr outcome;
};
/// To a worker that sifts, which is idle.
struct run_sift {
  worker_slot slot = 0;
  sift_request_ptr portion;
};
/// To a worker that sifts: end that soon.
struct stop_sift {
  worker_slot slot = 0;
};
/// To whoever asked for the portion; exactly once a portion.
struct answer_sift {
  asker to = 0;
  sift_outcome_ptr outcome;
};
/// To whoever asked for the drain.
struct drained {
  asker to = 0;
};
} // namespace pool_command

using any_pool_command =
    std::variant<pool_command::ask_permit, pool_command::report, pool_command::run, pool_command::stop_run,
                 pool_command::answer, pool_command::run_sift, pool_command::stop_sift, pool_command::answer_sift,
                 pool_command::drained, log_entry>;

/// Which call runs when: a bounded queue in front of a fixed number of workers, each call with a permit of the
/// breaker's. A suspect call is one that may have ended an earlier process. It goes before the others, and as long as
/// its attempt is begun on the ledger, no other attempt is. If the process ends then, the next one knows which call it
/// was. Pure: it is told what happens and says what is to be done.
class vision_pool_state {
public:
  explicit vision_pool_state(const vision_pool_config& config);

  std::vector<any_pool_command> step(timestamp now, const any_pool_event& event);

  /// When `time_passed` is to come, if it is.
  std::optional<timestamp> next_wake() const;

  pool_stats stats() const { return {queue_.size(), running_.size(), queue_.capacity()}; }

  /// The calls that it has, waiting or running.
  std::vector<planned_call_ptr> held() const;

private:
  struct run {
    planned_call_ptr call;
    asker from = 0;
    call_permit permit;
    timestamp since;
    /// It was told to stop because it ran too long.
    bool overdue = false;
  };

  void on(const pool_event::annotate& e);
  void on(const pool_event::cancel& e);
  void on(const pool_event::recorded& e);
  void on(const pool_event::drain& e);
  void on(const pool_event::time_passed& e);
  void on(const pool_event::permit_told& e);
  void on(const pool_event::run_ended& e);
  void on(const pool_event::worker_lost& e);
  void on(const pool_event::sift& e);
  void on(const pool_event::cancel_sift& e);
  void on(const pool_event::sift_ended& e);
  void on(const pool_event::sieve_lost& e);

  /// A portion that a worker has.
  struct sift_run {
    asker from = 0;
    timestamp since;
    /// It was told to stop, because it took too long or for another reason.
    bool overdue = false;
    bool stopped = false;
  };

  void stop(worker_slot slot, sift_run& r);
  void finish_sift(worker_slot slot, sift_outcome_ptr outcome);

  /// Starts what can be started: asks for one permit at a time, as long as a call may run.
  void pump();
  /// Whether the next call in line may run beside those that run.
  bool next_may_run() const;
  /// A run that was stopped for taking too long has failed for that.
  static call_outcome_ptr in_time(const run& r, const call_outcome_ptr& outcome);
  void finish(worker_slot slot, call_outcome_ptr outcome, const call_report& report);
  void answer_not_made(const std::vector<waiting_call>& calls, ec code, const char* detail);
  void end_expired();
  void stop_overdue();
  void answer_drain();

  vision_pool_config config_;
  call_queue queue_;
  std::vector<worker_slot> idle_;
  std::unordered_map<worker_slot, run> running_;
  std::vector<worker_slot> idle_sieves_;
  std::unordered_map<worker_slot, sift_run> sifting_;
  /// Attempts that are over, and by the ledger are not yet; whether each was suspect.
  std::unordered_map<reservation_id, bool> unrecorded_;
  std::vector<any_pool_command> commands_;
  timestamp now_{};
  timestamp paused_until_{};
  bool asking_ = false;
  bool draining_ = false;
  timestamp stop_at_{};
  std::optional<asker> drained_by_;
};

} // namespace glyphgate
