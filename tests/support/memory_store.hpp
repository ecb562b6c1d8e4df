#pragma once

#include "store/store.hpp"

#include <map>
#include <optional>
#include <unordered_map>

namespace glyphgate::store {

/// A store that holds everything in memory and so survives only in the object itself: the double that tests look into
/// and restart from.
class memory_store : public job_store {
public:
  recovery recover(timestamp now) override;
  verdicts commit(batch_number number, std::span<const transaction> transactions) override;
  /// Outside the numbers.
  verdicts commit(std::span<const transaction> transactions);
  std::shared_ptr<const job_result> read_result(const job_id& id) override;
  recognitions recall(std::span<const digest> keys) override;
  void sweep_spends_before(timestamp at) override;

  enum class spend_state : std::uint8_t { reserved, begun, settled, released, unknown };

  struct spend_row {
    call_key key;
    attempt_token attempt = 0;
    spend_state state = spend_state::reserved;
    /// When it took its state.
    timestamp at;
    /// None before it has begun.
    std::optional<micro_dollars> price;
  };

  struct call_row {
    attempt_token attempt = 1;
    reservation_id reservation = 0;
    std::uint32_t paid_before = 0;
    bool suspect = false;
    std::uint32_t interruptions = 0;
    bool closed = false;
  };

  struct job_row {
    /// Its calls include those that came of splitting.
    accept_job accepted;
    std::vector<call_row> calls;
    std::vector<picture_outcome> outcomes;
    std::uint32_t api_calls = 0;
    std::optional<timestamp> started_at;
    std::string engine;
    std::optional<timestamp> age_from;
    std::optional<job_end> end;
  };

  /// The ledger: a row an attempt.
  const std::map<reservation_id, spend_row>& spends() const { return spends_; }
  const std::unordered_map<job_id, job_row>& jobs() const { return jobs_; }
  const store_totals& totals() const { return totals_; }

private:
  verdict apply(const accept_job& t);
  verdict apply(const begin_attempt& t);
  verdict apply(const settle_spend& t);
  verdict apply(const release_spend& t);
  verdict apply(const carry_over_spend& t);
  verdict apply(const reserve_retry& t);
  verdict apply(const split_call& t);
  verdict apply(const close_call& t);
  verdict apply(const end_job& t);
  verdict apply(const forget_job& t);
  verdict apply(const adopt_job& t);
  verdict apply(const note_pause& t);
  /// Another call of the job, with its spend, RESERVED.
  void add_call(job_row& job, std::uint32_t index, const call_plan& plan, timestamp at);
  /// The open call of that attempt of a job that has not ended, or null.
  call_row* find_open(const call_key& key, attempt_token attempt);
  /// The latest time that anything in it carries.
  timestamp latest() const;
  /// Moves a spend that is still open to `state`.
  verdict close_spend(reservation_id id, spend_state state, timestamp at);

  std::unordered_map<job_id, job_row> jobs_;
  std::vector<job_id> order_;
  std::map<reservation_id, spend_row> spends_;
  std::vector<timestamp> accepted_at_;
  reservation_id first_free_ = 1;
  store_totals totals_;
  std::optional<note_pause> pause_;
  batch_number last_batch_ = 0;
  verdicts last_verdicts_;
};

} // namespace glyphgate::store
