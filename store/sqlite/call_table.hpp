#pragma once

#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/transaction.hpp"
#include "store/sqlite/database.hpp"

#include <optional>
#include <vector>

namespace glyphgate::store {

/// A call that is open.
struct open_call {
  call_id origin = 0;
  /// The latest one, and the spend that covers it.
  attempt_token attempt = 0;
  reservation_id reservation = 0;
};

/// The calls that are open, and those closed of the same origin, in the database. Changes belong to the transaction
/// that is open.
class call_table {
public:
  explicit call_table(database& db);

  /// A new call at its first attempt, which its own id pays for.
  void open(call_id id, call_id origin);

  /// None unless the call is open.
  std::optional<open_call> find_open(call_id id);
  /// None unless this is its latest attempt, too.
  std::optional<open_call> find_open(call_id id, attempt_token attempt);

  /// The next attempt, with the same reservation.
  void next_attempt(call_id id, attempt_token attempt);
  /// The next attempt, with a reservation of its own.
  void retry(const reserve_retry& t);

  /// An attempt at the call was interrupted by the end of the process; `alone` when no other was under way.
  void interrupt(call_id id, bool alone);

  /// Closes an open call. When it was the last one of its origin that was open, all of that origin are forgotten.
  void close(call_id id);

  /// All of them, in the order in which they were opened.
  std::vector<kept_call> load();

private:
  database& db_;
  statement open_;
  statement find_open_;
  statement next_attempt_;
  statement retry_;
  statement interrupt_;
  statement close_;
  statement forget_;
};

} // namespace glyphgate::store
