#pragma once

#include "store/store.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace glyphgate::store {

/// Lets one thread in at a time. A copy has a mutex of its own.
class turnstile {
public:
  turnstile() = default;
  turnstile(const turnstile&) noexcept {}
  turnstile& operator=(const turnstile&) noexcept { return *this; }
  ~turnstile() = default;

  std::unique_lock<std::recursive_mutex> enter() { return std::unique_lock{mutex_}; }

private:
  std::recursive_mutex mutex_;
};

/// A store that holds everything in memory and so survives only in the object itself: the double that tests look into
/// and restart from.
class memory_store : public job_store {
public:
  recovery recover(timestamp now) override;
  verdicts commit(batch_number number, std::span<const transaction> transactions) override;
  /// Outside the numbers.
  verdicts commit(std::span<const transaction> transactions);
  /// Reads this store, between its commits.
  std::unique_ptr<job_reader> open_reader() override;
  virtual std::shared_ptr<const job_result> read_result(const job_id& id);
  virtual recognitions recall(std::span<const digest> keys);
  virtual std::shared_ptr<const kept_pictures> read_pictures(const job_id& id);
  virtual std::vector<account_entry> read_accounts(timestamp from, timestamp to);
  void sweep_spends_before(timestamp at) override;

  enum class spend_state : std::uint8_t { reserved, begun, settled, released, unknown };

  struct spend_row {
    call_id call = 0;
    attempt_token attempt = 0;
    spend_state state = spend_state::reserved;
    /// When it took its state.
    timestamp at;
    /// None before it has begun.
    std::optional<micro_dollars> price;
  };

  struct call_row {
    call_id origin = 0;
    attempt_token attempt = 1;
    reservation_id reservation = 0;
    std::uint32_t paid_before = 0;
    bool suspect = false;
    std::uint32_t interruptions = 0;
    bool closed = false;
  };

  struct job_row {
    /// As it was accepted, but for the keys of one that was sifted or adopted.
    accept_job accepted;
    /// One a picture: the open call that it is aboard; 0 where it is aboard none.
    std::vector<call_id> aboard;
    std::vector<picture_outcome> outcomes;
    std::uint32_t pictures_from_cache = 0;
    std::uint32_t api_calls = 0;
    cost share;
    std::optional<timestamp> started_at;
    std::string engine;
    std::optional<timestamp> age_from;
    bool sifting = false;
    std::optional<timestamp> sifted_at;
    std::optional<job_end> end;

    /// The pictures that wait, in line or for the sieve.
    picture_indices waiting() const;
  };

  /// The ledger: a row an attempt.
  const std::map<reservation_id, spend_row>& spends() const { return spends_; }
  /// Who pays which part of an attempt, from its beginning on.
  const std::map<reservation_id, std::vector<job_share>>& shares() const { return shares_; }
  /// The calls that are open, and those closed of the same origin.
  const std::map<call_id, call_row>& calls() const { return calls_; }
  const std::unordered_map<job_id, job_row>& jobs() const { return jobs_; }
  const store_totals& totals() const { return totals_; }
  /// The pictures that are aboard the call, in no order.
  std::vector<rider> riders(call_id call) const;
  /// What `recognition_key` each seat of the call has, in ascending order.
  std::vector<digest> seats(call_id call) const;

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
  verdict apply(const note_stop& t);
  verdict apply(const note_budget& t);
  verdict apply(const note_request& t);
  verdict apply(const board_job& t);
  verdict apply(const give_up_waiting& t);
  verdict apply(const sift_job& t);
  /// The job of that id if it has not ended, or null.
  job_row* find_pending(const job_id& id);
  /// Whether those that are to be joined are open.
  bool can_board(std::span<const boarding> aboard) const;
  void board(job_row& job, std::span<const boarding> aboard, const known_pictures& known, timestamp at);
  /// A new call with its spend, RESERVED.
  void open_call(call_id id, call_id origin, timestamp at);
  /// Closes a call; forgets those of its origin when none of them is open.
  void close_call_row(call_id id);
  /// The call if it is open and this its latest attempt, or null.
  call_row* find_open(call_id id, attempt_token attempt);
  /// Calls `visit` with each picture that is aboard: its job's row and its position.
  template <class Visit>
  void for_each_aboard(call_id call, Visit visit);
  /// The latest time that anything in it carries.
  timestamp latest() const;
  /// The spend if it is RESERVED or BEGUN, or null.
  spend_row* find_open_spend(reservation_id id);
  /// Counts an attempt that was, or may have been, made; each job pays its share.
  void pay(reservation_id id);
  void note_on_account(timestamp at, const owner_name& owner, const amounts& used);
  /// In the order of their names.
  std::vector<owner_share> payers_of(reservation_id id) const;

  std::unordered_map<job_id, job_row> jobs_;
  std::vector<job_id> order_;
  std::map<call_id, call_row> calls_;
  std::map<reservation_id, spend_row> spends_;
  std::map<reservation_id, std::vector<job_share>> shares_;
  /// A job counts once a moment. With whose it was.
  std::map<std::pair<timestamp, job_id>, owner_name> accepted_at_;
  /// What each owner used in the quarters of an hour.
  std::map<std::pair<timestamp, owner_name>, amounts> accounts_;
  reservation_id first_free_ = 1;
  store_totals totals_;
  turnstile one_at_a_time_;
  std::optional<note_pause> pause_;
  std::optional<stop_order> stopped_;
  std::map<std::string, budget_news> billed_;
  /// In the order of their answers.
  std::vector<answered_request> requests_;
  batch_number last_batch_ = 0;
  verdicts last_verdicts_;
};

} // namespace glyphgate::store
