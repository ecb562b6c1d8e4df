#pragma once

#include "core/registry/call_flow.hpp"
#include "core/registry/job_endings.hpp"
#include "core/registry/job_sifting.hpp"
#include "core/registry/persistence.hpp"
#include "core/registry/registry_core.hpp"
#include "core/registry/seating.hpp"
#include "core/registry/waiting_lines.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace glyphgate {

/// Takes jobs in: identical? → known pictures → places in calls → breaker → limits → durable → aboard its calls, or in
/// the waiting line. One that is to be sifted takes no places, and only asks whether the limits have room for the most
/// that it may need. A refusal at any step leaves no trace. A job that takes longer than `admission_timeout` is
/// refused; what it was given meanwhile is given back as soon as it is known. Part of the registry.
class job_admission {
public:
  job_admission(registry_core& core, persistence& store, job_endings& endings, call_flow& calls, seating& seats,
                waiting_lines& lines, job_sifting& sieve)
      : core_{core},
        store_{store},
        endings_{endings},
        calls_{calls},
        seats_{seats},
        lines_{lines},
        sieve_{sieve} {}

  void submit(const registry_event::submit& e);

  /// The answer to a client whose job is identical to `job`.
  static submission identical_to(const job_view& job);
  /// Why a new job would be refused whatever it needs; none when it would not.
  static std::optional<submission> refused_at_once(const registry_core& core, const job_spec& spec,
                                                   std::uint64_t store_room);
  /// Whether a job may wait for room in the limits.
  static bool is_patient(const job_spec& spec) { return spec.max_delay.value_or(duration::zero()) > duration::zero(); }
  /// Whether so many more calls may wait.
  static bool has_room(const registry_core& core, const seating& seats, std::size_t calls);

  /// Answers to this part's questions; late ones, too.
  void recalled(const registry_event::recalled& e);
  void breaker_told(const registry_event::breaker_told& e);
  void reserved(const registry_event::reserved& e);
  void stored(const registry_event::stored& e);

  void refuse_late(const job_id& id);

  /// What follows the units that this part recorded.
  void tell(const after_record::tell_submission& told);

  /// The service stops: no call departs any more that somebody could stand by for.
  void stop();
  /// What the jobs that stand by wait for may have happened. Called at the end of a step in which a call has moved.
  void calls_moved();

  /// Jobs that were refused while the store had them, of which it is not known yet whether they are to be undone.
  std::size_t undecided() const { return refused_late_.size(); }

  /// No job is on its way in, and none that was refused is on its way out.
  bool idle() const { return under_way_.empty() && refused_late_.empty(); }

private:
  /// Who sent a request.
  struct client {
    asker from = 0;
    std::optional<request_key> key;
  };

  /// A job on its way from the client to the store.
  struct candidate {
    std::shared_ptr<const job_spec> spec;
    asker first = 0;
    /// Clients that sent the same meanwhile.
    std::vector<client> identical;
    /// When the store was asked last, and what it and `recent_readings` knew; what is neither known nor a repeat.
    recent_readings::mark asked_store = 0;
    recognitions known;
    picture_indices to_send;
    std::uint32_t new_calls = 0;
    std::vector<seating::places::pair> riding;
    /// The reservations of the calls that it is to board.
    std::vector<reservation_id> boards;
    std::vector<boarding> aboard;
    bool waits_in_line = false;
    bool sifts = false;
    std::uint32_t pictures_from_cache = 0;
    admission granted;
    /// The question that it waits for, and whether that is the store's commit.
    question waits_for = 0;
    bool committing = false;
  };

  /// The job that waits for that answer; empty when it was refused meanwhile.
  job_id waiting_for(question q);
  question ask(const job_id& id);
  void recall(const job_id& id);
  /// Adds what was read since the store was asked. False when it is to be asked again.
  bool learn(const job_id& id);
  void plan(const job_id& id);
  void reserve(const job_id& id);
  /// Whether the limits have room for the most that the job may need, which takes nothing.
  void check(const job_id& id);
  void checked(const job_id& id, const admission& answer);
  /// It goes on when a call has moved, or the line has.
  void stand_by(const job_id& id);
  /// The limits have no room.
  void denied(const job_id& id, const admission& answer);
  void wait_in_line(const job_id& id, const admission& answer);
  void board(const job_id& id);
  void commit(const job_id& id);
  void accept(const job_id& id);
  void refuse(const job_id& id, const submission& s);
  /// It is on its way in no more.
  void tell_refused(const job_id& id, const submission& s);
  void refuse_for_store(const job_id& id);
  /// The limits take back what they granted.
  void revoke(const admission& granted);
  /// The answer to a request whose key is known; none for any other.
  std::optional<submission> known_by_key(const job_spec& spec) const;
  /// The answer, kept under the client's key first where it has one.
  void answer_identical(const owner_name& owner, const client& to, const submission& s);
  /// How the request for the job is answered once the job is accepted. It has a key.
  static answered_request first_answer(const job_id& id, const candidate& job);
  candidate take(const job_id& id);

  registry_core& core_;
  persistence& store_;
  job_endings& endings_;
  call_flow& calls_;
  seating& seats_;
  waiting_lines& lines_;
  job_sifting& sieve_;
  std::unordered_map<job_id, candidate> under_way_;
  std::unordered_map<question, job_id> asked_;
  /// Of those, what took nothing of the limits.
  std::unordered_set<question> checks_;
  /// Jobs that wait for calls that are about to come or to go.
  std::deque<job_id> standing_by_;
  /// Jobs that were refused while the store had them: what becomes of them is not known yet.
  struct late_refusal {
    job_id id;
    admission granted;
    std::vector<boarding> aboard;
  };
  std::unordered_map<question, late_refusal> refused_late_;
};

} // namespace glyphgate
