#pragma once

#include "core/ids.hpp"
#include "core/price.hpp"
#include "core/recovery.hpp"
#include "core/totals.hpp"
#include "core/transaction.hpp"
#include "store/sqlite/database.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace glyphgate::store {

/// What each owner used in the quarters of an hour that begin from `from` on and before `to`, rounded down to quarters.
std::vector<account_entry> read_accounts(database& db, timestamp from, timestamp to);

/// The ledger of spends, who pays which part of them, the times of accepted jobs, and the totals, in the database. Its
/// changes belong to the transaction that is open.
class ledger {
public:
  explicit ledger(database& db);

  /// Forgets what was counted in a transaction that was undone.
  void begin_counting() {
    counted_ = {};
    first_free_ = 0;
  }

  /// A job of that owner boarded a call.
  void accept(std::int64_t job, const owner_name& owner, timestamp at);

  /// A new row, RESERVED, for that attempt at the call.
  void reserve(reservation_id id, call_id call, attempt_token attempt, timestamp at);

  /// RESERVED becomes BEGUN, at that price, for those who pay it; what is BEGUN stays as it is. False in any other
  /// state.
  bool begin(const begin_attempt& t);

  /// RESERVED or BEGUN becomes RESERVED, for the call's next attempt, and nobody pays. False when there is no such open
  /// spend.
  bool carry_over(reservation_id id, attempt_token next, timestamp at);

  /// RESERVED or BEGUN becomes SETTLED, at the price and for those whom its beginning noted, else at these. False when
  /// there is no such open spend.
  bool settle(const settle_spend& t);

  /// RESERVED or BEGUN becomes RELEASED, and nobody pays. False when there is no such open spend.
  bool release(reservation_id id, timestamp at);

  /// BEGUN becomes UNKNOWN.
  void lose(reservation_id id, timestamp at);

  /// A spend that is BEGUN, and its call; 0 when that is not known.
  struct begun_spend {
    reservation_id id = 0;
    call_id call = 0;
  };
  std::vector<begun_spend> begun();

  /// The price of the attempt; none where none was noted.
  std::optional<micro_dollars> price_of(reservation_id id);

  /// Counts that belong to the totals. `price` is that of a call.
  void count_processed(std::uint64_t images, std::optional<micro_dollars> price);
  void count_from_cache(std::uint64_t images, micro_dollars price);
  void count_sifted(const sift_job& t);

  void note_pause(const glyphgate::note_pause& pause);
  void note_stop(const glyphgate::note_stop& stop);
  void note_budget(const glyphgate::note_budget& budget);

  /// Writes what was counted, and the commit's number; the last thing before the commit.
  void write_totals(batch_number number);

  /// The number of the latest commit.
  batch_number last_batch();

  /// Removes accepted jobs, and closed spends with their shares, from before `at`, and the accounts of quarters that
  /// began before `accounts_from`.
  void sweep_before(timestamp at, timestamp accounts_from);

  /// The latest time that anything in the database carries; the epoch when it is empty.
  timestamp latest();

  /// Fills accepted, accounts, spends, first_free, totals, pause, stopped, budget and last_batch, as of `r.as_of`.
  void load(recovery& r);

private:
  /// RESERVED or BEGUN becomes `state`. False when there is no such open spend.
  bool close(reservation_id id, std::string_view state, timestamp at, std::optional<micro_dollars> own_price = {});
  void add_shares(reservation_id id, std::span<const job_share> shares);
  bool has_shares(reservation_id id);
  void count_call(reservation_id id, timestamp at);
  std::vector<owner_share> payers_of(reservation_id id);

  database& db_;
  statement accept_;
  statement reserve_;
  statement begin_;
  statement is_begun_;
  statement carry_over_;
  statement close_;
  statement add_share_;
  statement has_shares_;
  statement drop_shares_;
  statement price_;
  statement account_;
  statement payers_;
  statement pause_;
  statement stop_;
  statement resume_;
  statement budget_;
  statement write_totals_;
  statement last_batch_;
  store_totals counted_;
  reservation_id first_free_ = 0;
};

} // namespace glyphgate::store
