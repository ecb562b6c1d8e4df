#pragma once

#include "books.hpp"
#include "core/call.hpp"
#include "core/config.hpp"
#include "core/engine_description.hpp"
#include "core/job.hpp"
#include "core/submission.hpp"
#include "core/transaction.hpp"
#include "engine_double.hpp"
#include "plan.hpp"
#include "support/memory_store.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace glyphgate::simulation {

/// What really happened in a life, as those saw it who are not the service: the clients, the store and the engine. It
/// judges what the service says. Each of its checks throws life_failed.
class truth {
public:
  truth(const life_plan& plan, const store::memory_store& db, const engine_double& engine)
      : plan_{plan},
        settings_{plan.settings},
        db_{db},
        engine_{engine} {}

  // What the store did, one transaction after the other. `now` is the service's time; `to_true` turns that into the
  // time of a clock that runs no slower.
  void about_to_apply(const transaction& t, timestamp now);
  void applied(const transaction& t, timestamp now, duration to_true);
  /// The commit is over: the money adds up.
  void committed() const { books_.check_sum(db_); }
  /// The process has ended with these attempts begun and not over.
  void process_ended();
  /// Another has begun: what it has of the engine, and whether jobs share calls in it.
  void process_began(const engine_description& present, bool shares);

  /// What a loss of power may take back with the store's latest commit.
  struct tally {
    books money;
    /// When jobs were accepted.
    std::deque<timestamp> minute;
    std::deque<timestamp> hour;
  };
  tally as_of_now() const { return {books_, minute_, hour_}; }
  void take_back(tally to);

  /// The registry gives the call to the pool.
  void departs(const planned_call& call);

  // What the pool and the limiter told the registry.
  void call_ended(const planned_call& call, const call_outcome& outcome);
  void retry_denied() { ++denials_; }
  std::uint64_t denials() const { return denials_; }

  // What clients did and heard.
  void posted(std::shared_ptr<const job_spec> spec);
  void heard(const std::shared_ptr<const job_spec>& spec, const submission& s, timestamp now);
  void deletion_asked(const job_id& id) { jobs_[id].deletion_asked = true; }
  void deletion_heard(const job_id& id) { ++jobs_[id].deletions_heard; }
  void listed(const job_id& id) const;
  void not_found(const job_id& id, timestamp now) const;
  /// That owner was shown it.
  void viewed(const job_view& view, timestamp now, const owner_name& by);
  owner_name owner_of(const job_id& id) const;
  void stop_asked() { ++stops_asked_; }
  void stop_heard(timestamp now);
  void resume_asked() { stopped_since_.reset(), stops_asked_ = 0; }
  bool is_stopped() const { return stops_asked_ != 0; }
  /// The breaker lets a call through, or a call has left.
  void may_call(timestamp now) const;
  /// `keys` are those that the limiter knows.
  void left(const planned_call& call, timestamp at, const glyphgate::owner_limits& keys);

  /// Jobs that were refused while the store had them.
  std::uint64_t undone() const { return undone_; }

  /// Jobs that clients have heard of, in the order of that.
  const std::vector<job_id>& told() const { return told_; }

  /// Everything is over: each job that was told is there and has ended, or may be gone, and nothing is open.
  void all_settled(timestamp now) const;

  /// No spend of a call that may still be made.
  std::size_t open_spends() const;

private:
  struct call_truth {
    std::uint32_t paid_failures = 0;
    /// The service itself failed, and nothing was sent.
    std::uint32_t failures_here = 0;
    std::uint32_t alone_in_ends = 0;
    bool account_refused = false;
    bool suspect = false;
    call_id origin = 0;
    /// The seats that it was opened with.
    std::set<digest> opened_with;
    /// From when its age counts that departed last.
    timestamp age_from = timestamp::max();
    /// What the engine read in its seats, in the latest attempt.
    std::map<digest, picture_outcome> read;
  };
  struct job_truth {
    std::shared_ptr<const job_spec> spec;
    bool told = false;
    bool deletion_asked = false;
    bool forgotten = false;
    int deletions_heard = 0;
    std::optional<timestamp> expires_at;
    std::string seen;
    /// Its place in the order of acceptance, and the moment of that.
    std::uint64_t arrival = 0;
    std::uint64_t accepted_at = 0;
    /// The moment in which it was sifted.
    std::uint64_t sifted_at = 0;
    /// The moment in which a client heard of it.
    std::uint64_t told_at = 0;
    /// The moment of its end.
    std::uint64_t ended_at = 0;
    /// What became of its pictures in calls, by position.
    std::map<std::uint32_t, picture_outcome> decided;
    /// What became of those that waited in line until its patience was over.
    std::string gave_up;
  };
  /// Who pays for an attempt, as it was given to the pool.
  struct bill {
    micro_dollars price = 0;
    shares_ptr shares;
  };
  using riders = std::vector<rider>;
  using job_row = store::memory_store::job_row;

  void about_to(const release_spend& t) { check_refund(t.reservation); }
  void about_to(const carry_over_spend& t) { check_refund(t.reservation); }
  void about_to(const forget_job& t);
  void about_to(const accept_job& t, timestamp now);
  void about_to(const board_job& t, timestamp now);
  void about_to(const give_up_waiting& t, timestamp now);
  void about_to(const sift_job& t);
  void about_to(const close_call& t, timestamp now);
  void about_to(const split_call& t);

  void was(const accept_job& t, duration to_true);
  void was(const board_job& t, duration to_true);
  void was(const sift_job& t);
  void was(const begin_attempt& t);
  void was(const settle_spend& t);
  void was(const release_spend& t);
  void was(const carry_over_spend& t);
  void was(const reserve_retry& t);
  void was(const end_job& t);
  void was(const forget_job& t, timestamp now);

  void check_refund(reservation_id id) const;
  /// What was read in a call, and is kept, takes no new seat.
  void check_unknown(const job_id& id, const job_spec& spec, std::span<const boarding> aboard) const;
  bool was_read(const digest& key) const;
  void note_boardings(const job_spec& spec, std::span<const boarding> aboard);
  /// The attempt of that reservation is over by the ledger.
  void is_over(reservation_id id);
  /// The calls with an attempt that is begun and not over by the ledger.
  std::vector<call_id> begun() const;
  void check_suspects() const;
  static void check_refused(const job_id& job, const picture& p, const picture_outcome& o);
  /// It may board a call or wait for one.
  static void check_wanted(const job_spec& spec, std::uint32_t position);
  void check_end(const job_end& end) const;
  /// A seat of a call has that error, which is not its picture's own.
  void check_error(call_id call, const picture_outcome& o, timestamp now) const;
  void check_windows(timestamp at);
  /// The key of a rider's picture with the engine that is there.
  digest key_of(const rider& who) const;
  const job_row& row_of(const rider& who) const { return db_.jobs().at(who.job); }
  /// The registry may have let the job go without the store having been told yet.
  bool may_have_left(const job_id& id) const;
  void check_seats(const planned_call& call, const riders& aboard) const;
  void check_load(const planned_call& call) const;
  void check_age(const planned_call& call, const riders& aboard) const;
  void check_fairness(const planned_call& call, const riders& aboard) const;
  void check_bill(reservation_id id, micro_dollars price, const std::vector<job_share>& shares) const;
  /// The one stood in line before the other did, whatever was on its way when.
  static bool stood_before(const job_truth& one, const job_truth& other);
  /// The job waits in line, and nothing is under way that would change that.
  bool surely_in_line(const job_id& id, timestamp now) const;
  /// Until when the job may wait in line.
  timestamp line_until(const job_row& row) const;
  /// Whether the job has read there, or the sieve, what may be shown for a picture of that content; where it is
  /// remembered matters if `key` is not null.
  void check_reading(const std::string& what, const recognition& read, const std::string& content, const job_spec& spec,
                     const digest* key, const digest& digest_of_content) const;
  /// How its riders' pictures came out; those that are in no seat of these are to have left.
  void note_outcome(const rider& who, const picture_outcome& o, const digest& seat, call_id call, timestamp now);
  static std::string fingerprint(const job_view& view);
  bool may_be_gone(const job_truth& job, timestamp now) const;

  const life_plan& plan_;
  const config& settings_;
  const store::memory_store& db_;
  const engine_double& engine_;
  const engine_description* present_ = engines.data();
  bool shares_ = false;
  books books_;
  std::unordered_map<job_id, job_truth> jobs_;
  std::unordered_map<call_id, call_truth> calls_;
  /// How many calls came of one, itself included.
  std::unordered_map<call_id, std::uint32_t> families_;
  std::unordered_map<reservation_id, bill> bills_;
  /// Throws when a request with a key was not answered as the first one of that key.
  void check_key(const job_spec& asked, const submission& s, timestamp now);

  /// What clients know of a key.
  struct key_truth {
    std::set<digest> requests;
    /// How the latest one was answered that was accepted, and which it was.
    std::optional<submission> answer;
    digest answered;
  };
  std::map<std::pair<owner_name, std::string>, key_truth> keys_;
  /// When each was posted.
  std::map<std::shared_ptr<const job_spec>, std::uint64_t> posted_;
  std::uint64_t moments_ = 0;
  std::uint64_t arrivals_ = 0;
  std::vector<job_id> told_;
  std::unordered_map<job_id, timestamp> accepted_;
  std::deque<timestamp> minute_;
  std::deque<timestamp> hour_;
  std::uint64_t denials_ = 0;
  std::uint64_t undone_ = 0;
  std::uint64_t stops_asked_ = 0;
  /// Since when somebody knows that calls are stopped, and nobody has asked for them to go on.
  std::optional<timestamp> stopped_since_;
  /// What owners have paid for calls that left, and when.
  std::map<owner_name, std::deque<std::pair<timestamp, cost>>> paid_;
};

} // namespace glyphgate::simulation
