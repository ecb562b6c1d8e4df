#pragma once

#include "core/registry/job_endings.hpp"
#include "core/registry/persistence.hpp"
#include "core/registry/registry_core.hpp"
#include "core/registry/seating.hpp"
#include "core/registry/waiting_lines.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace glyphgate {

/// Has a local engine look at the pictures of accepted jobs before they are packed into calls. Nothing is reserved for
/// a job meanwhile, and none of its pictures has a seat, so it holds nobody up. What comes of it is durable in one
/// step; what is to travel then waits in line, mostly for as long as it takes to ask the limiter. Where the sieve
/// fails, all that it has not looked at travels. Part of the registry.
///
/// A job is looked at in portions, and jobs take turns: no worker is held for long, and a small job waits for a portion
/// of a large one at most.
class job_sifting {
public:
  /// Pictures in a portion, besides one of an earlier portion that they may repeat.
  static constexpr std::size_t portion_size = 64;

  job_sifting(registry_core& core, persistence& store, job_endings& endings, const seating& seats, waiting_lines& lines)
      : core_{core},
        store_{store},
        endings_{endings},
        seats_{seats},
        lines_{lines} {}

  /// Whether there is a sieve, and something for it to look for.
  bool sifts(const job_spec& spec) const { return core_.setup.sieve.places != 0 && options_for(spec).any(); }

  /// The job is on its way in, and may need that many calls. It counts until it has been looked at or is not to be.
  void expect(const job_id& id, std::uint32_t calls) { most_calls_.insert_or_assign(id, calls); }
  void expect_none(const job_id& id) { most_calls_.erase(id); }
  /// How many jobs count, and the calls that they may need: what a newcomer is to find room beside, as nothing is
  /// reserved for them.
  std::uint32_t expected_jobs() const { return static_cast<std::uint32_t>(most_calls_.size()); }
  std::uint32_t expected_calls() const;
  bool has_room() const { return most_calls_.size() < core_.setup.jobs.queue_capacity; }

  /// The job, which is durable, is to be looked at, behind the others.
  void add(const job_id& id);
  /// The job was cancelled.
  void leave(const job_id& id);
  /// The job is too old. False when it is not being sifted.
  bool give_up(const job_id& id);
  void sifted(const registry_event::sifted& e);

  /// Asks the pool for what it may have. Called at the end of every step.
  void go_on();

  std::size_t size() const { return jobs_.size(); }
  /// Portions that came to nothing, since the start.
  std::uint64_t failures() const { return failures_; }

  /// What is wrong with what it has of the job, empty when nothing is. For tests.
  std::string defect(const job_id& id) const;
  /// Calls `look` with the id of each job that it has. For tests.
  template <class Look>
  void each(Look look) const {
    for (const auto& [id, job] : jobs_)
      look(id);
  }

private:
  /// A job that is being sifted.
  struct entry {
    /// Those that are to be looked at, ascending, and how many were.
    picture_indices pictures;
    std::size_t looked_at = 0;
    /// What the latest of those shows: its position, or that of the picture that it repeats.
    std::optional<std::uint32_t> latest;
    known_pictures answered;
    std::vector<repeated_picture> repeats;
    /// The portion that the pool has, by position in the job; empty when it has none.
    question asked = 0;
    picture_indices portion;
  };

  sieve_options options_for(const job_spec& spec) const;
  void ask(const job_id& id);
  /// What was said of the portion. False when it cannot be true.
  static bool note(entry& of, const std::vector<sieve_verdict>& said, const sieve_options& options);
  void fail(const job_id& id, const call_failure& failure);
  /// All of the job that is to be looked at has been.
  void finish(const job_id& id);
  /// So many calls are not opened for the job, as only these of its pictures travel. Not more than that in truth.
  std::size_t calls_kept_out(const job_id& id, const picture_indices& all, const picture_indices& travelling) const;

  registry_core& core_;
  persistence& store_;
  job_endings& endings_;
  const seating& seats_;
  waiting_lines& lines_;
  std::unordered_map<job_id, entry> jobs_;
  /// Those of which the pool has no portion, in their turn.
  std::deque<job_id> ready_;
  /// What the pool has; empty where nobody wants it any more.
  std::unordered_map<question, job_id> asked_;
  std::unordered_map<job_id, std::uint32_t> most_calls_;
  std::uint64_t failures_ = 0;
  /// The latest portion came to nothing, and it was said in the log.
  bool failing_ = false;
};

} // namespace glyphgate
