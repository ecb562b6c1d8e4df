#pragma once

#include "store/sqlite/database.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace glyphgate::store {

/// How a spend is closed.
enum class spend_end : std::uint8_t { settled, released, unknown };

/// The ledger of spends, the times of accepted jobs, and the totals, in the database. Its changes belong to the
/// transaction that is open.
class ledger {
public:
  explicit ledger(database& db);

  /// Forgets what was counted in a transaction that was undone.
  void begin_counting() {
    counted_ = {};
    first_free_ = 0;
  }

  /// A job that needs a call was accepted.
  void accept(std::int64_t job, timestamp at);

  /// A new row, RESERVED.
  void reserve(reservation_id id, std::int64_t job, std::uint32_t call, attempt_token attempt, timestamp at);

  /// RESERVED becomes BEGUN, at that price; what is BEGUN stays so. False in any other state.
  bool begin(reservation_id id, timestamp at, micro_dollars price);

  /// RESERVED or BEGUN becomes RESERVED, for the call's next attempt. False when there is no such open spend.
  bool carry_over(reservation_id id, attempt_token next, timestamp at);

  /// RESERVED or BEGUN becomes `state`. Returns its job, whether still kept or not; none when there is no such open
  /// spend. `own_price` is that of the call where its beginning noted none.
  std::optional<std::int64_t> close(reservation_id id, spend_end state, timestamp at,
                                    std::optional<micro_dollars> own_price = {});

  /// A spend that is BEGUN, and its call.
  struct begun_spend {
    reservation_id id = 0;
    std::int64_t job = 0;
    std::uint32_t call = 0;
  };
  std::vector<begun_spend> begun();

  /// The price of the latest attempt at the job's call; none where none was noted.
  std::optional<micro_dollars> price_of(std::int64_t job, std::uint32_t call);

  /// Counts that belong to the totals. `price` is that of a call.
  void count_processed(std::uint64_t images, std::optional<micro_dollars> price);
  void count_from_cache(std::uint64_t images, micro_dollars price);

  void note_pause(const glyphgate::note_pause& pause);

  /// Writes what was counted, and the commit's number; the last thing before the commit.
  void write_totals(batch_number number);

  /// The number of the latest commit.
  batch_number last_batch();

  /// Removes accepted jobs and closed spends from before `at`.
  void sweep_before(timestamp at);

  /// The latest time that anything in the database carries; the epoch when it is empty.
  timestamp latest();

  /// Fills jobs_accepted_at, spends, first_free, totals, pause and last_batch.
  void load(recovery& r);

private:
  database& db_;
  statement accept_;
  statement reserve_;
  statement begin_;
  statement carry_over_;
  statement close_;
  statement price_;
  statement pause_;
  statement write_totals_;
  statement last_batch_;
  store_totals counted_;
  reservation_id first_free_ = 0;
};

} // namespace glyphgate::store
