#pragma once

#include "core/registry/waiting_line.hpp"

#include <cstddef>
#include <map>

namespace glyphgate {

/// The lines in which jobs wait for room in the limits: one for each owner, so that nobody waits for room in another's
/// limits. Where the service's own limit is in the way, whoever comes stands in line too. Part of the registry.
class waiting_lines {
public:
  waiting_lines(registry_core& core, persistence& store, job_endings& endings, call_flow& calls, seating& seats)
      : core_{core},
        store_{store},
        endings_{endings},
        calls_{calls},
        seats_{seats} {}

  /// The job, which is durable, waits behind the others of its owner.
  void add(const job_id& id);
  /// The limits have no room for a job of that owner that is about to wait.
  void denied(const owner_name& owner, const admission& a) { of(owner).denied(a); }
  /// The job was cancelled.
  void leave(const job_id& id);

  /// How a job of that owner that comes now is to go on.
  enum class turn : std::uint8_t {
    /// It may ask the limits.
    ask,
    /// One of its owner's jobs is about to board, or to be told.
    stand_by,
    /// There is no room: see `denial`.
    wait,
  };
  turn turn_of(const owner_name& owner) const;
  /// What it is told when it has to wait.
  admission denial(const owner_name& owner) const;

  std::size_t size() const;
  bool has(const job_id& id) const;
  /// Whether another job of that owner may stand in line.
  room has_room(const owner_name& owner) const;

  /// Brings the first one of each line on, if nothing that it waits for is still to come. Called at the end of every
  /// step; `calls_moved` and `room_made` as in `registry_core`.
  void go_on(bool calls_moved, bool room_made);

  void run(const registry_task::try_line& t) { of(t.owner).run(t); }
  void run(const registry_task::give_up& t);

  // Answers to this part's questions. False when the question is not of this part.
  bool recalled(const registry_event::recalled& e);
  bool reserved(const registry_event::reserved& e);

  void boarded(const after_record::boarded& done);

private:
  waiting_line& of(const owner_name& owner);
  /// The line that is in the way of that owner's jobs; null where none is.
  const waiting_line* in_the_way_of(const owner_name& owner) const;

  registry_core& core_;
  persistence& store_;
  job_endings& endings_;
  call_flow& calls_;
  seating& seats_;
  std::map<owner_name, waiting_line> lines_;
};

} // namespace glyphgate
