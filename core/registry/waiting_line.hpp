#pragma once

#include "core/registry/call_flow.hpp"
#include "core/registry/job_endings.hpp"
#include "core/registry/persistence.hpp"
#include "core/registry/registry_core.hpp"
#include "core/registry/seating.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace glyphgate {

/// Jobs of one owner that were accepted without room in the limits, or that the sieve has looked at, and wait for room,
/// in the order in which that happened: only the first one asks for it. A job that has waited as long as it may fails,
/// and has cost nothing. Part of the registry.
class waiting_line {
public:
  waiting_line(registry_core& core, persistence& store, job_endings& endings, call_flow& calls, seating& seats,
               owner_name owner)
      : owner_{std::move(owner)},
        core_{core},
        store_{store},
        endings_{endings},
        calls_{calls},
        seats_{seats} {}

  /// The job, which is durable, waits behind the others.
  void add(const job_id& id);
  /// The limits have no room for a job that is about to wait.
  void denied(const admission& a) { latest_denial_ = a; }
  /// The job was cancelled.
  void leave(const job_id& id);

  bool empty() const { return line_.empty(); }
  /// Whether the limits have no room for the first one, as it was told last. Else it is about to board, or to be told.
  bool is_denied() const { return at_ == stage::time && latest_denial_.has_value(); }
  std::size_t size() const { return line_.size(); }
  bool has(const job_id& id) const { return std::ranges::find(line_, id) != line_.end(); }
  /// What whoever comes now is told: the latest windows, and when the first one has boarded or given up. Somebody
  /// waits.
  admission denial() const;

  /// Brings the first one on, if nothing that it waits for is still to come. Called at the end of every step;
  /// `calls_moved` and `room_made` as in `registry_core`.
  void go_on(bool calls_moved, bool room_made);

  void run(const registry_task::try_line& t);
  void run(const registry_task::give_up& t);

  // Answers to this part's questions. False when the question is not of this part.
  bool recalled(const registry_event::recalled& e);
  bool reserved(const registry_event::reserved& e);

  void boarded(const after_record::boarded& done);

private:
  /// What the first one waits for.
  enum class stage : std::uint8_t { nothing, store, limiter, time, others, commit };

  question ask(stage s);
  /// The answer that is waited for is there. False when it is another.
  bool answers(question q, stage s) const { return at_ == s && q == asked_; }
  void wait(duration delay);
  seating::places find() const;
  /// Of pictures of the first one.
  std::vector<digest> keys_of(const picture_indices& pictures) const;
  /// Adds to `known_` what was read since the store was asked. False when it is to be asked again.
  bool learn();
  void plan();
  void board(const admission& granted);
  /// Nobody waits any more: who comes now asks for himself.
  void forget_denial_if_empty();
  /// The first one waits for nothing now.
  void reset();

  owner_name owner_;
  registry_core& core_;
  persistence& store_;
  job_endings& endings_;
  call_flow& calls_;
  seating& seats_;
  std::deque<job_id> line_;
  stage at_ = stage::nothing;
  question asked_ = 0;
  /// Counts the times that were waited for.
  std::uint64_t waits_ = 0;
  /// The latest question came less than a second after the one before.
  bool asked_soon_ = false;
  /// The limits may have got room since the limiter was asked.
  bool room_made_meanwhile_ = false;
  /// Of the first one: what was recognised meanwhile, and what it has boarded.
  known_pictures known_;
  recent_readings::mark asked_store_ = 0;
  std::vector<seating::places::pair> riding_;
  /// The reservations of the calls that it is to board.
  std::vector<reservation_id> boards_;
  std::vector<boarding> aboard_;
  std::optional<admission> latest_denial_;
};

} // namespace glyphgate
