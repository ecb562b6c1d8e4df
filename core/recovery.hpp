#pragma once

#include "core/answered_request.hpp"
#include "core/clock.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/limits/rate_limiter.hpp"
#include "core/totals.hpp"
#include "core/transaction.hpp"

#include <optional>
#include <vector>

namespace glyphgate {

/// Everything that a process needs to go on where the last one ended.
struct recovery {
  /// When it was made, in the store's time: not before anything that the store recorded.
  timestamp as_of;
  /// Jobs accepted in the last 24 h, in ascending order.
  std::vector<accepted_job> accepted;
  /// What each owner used in the last 32 days.
  std::vector<account_entry> accounts;
  /// Spends that some window still needs: those reserved, and those settled or unknown in the last 24 h.
  std::vector<spend_record> spends;
  /// Above every reservation ever made.
  reservation_id first_free = 1;
  /// Jobs that had not ended, in the order of their acceptance; so are those that had.
  std::vector<kept_job> pending;
  std::vector<kept_job> ended;
  /// The calls that are open, in the order in which they were opened, and those closed of the same origin.
  std::vector<kept_call> calls;
  store_totals totals;
  /// The latest pause that an engine asked for.
  std::optional<note_pause> pause;
  /// The requests with keys whose jobs are kept, in the order of their answers.
  std::vector<answered_request> requests;
  /// The calls are stopped until further notice.
  std::optional<stop_order> stopped;
  /// The latest of each budget.
  std::vector<budget_news> billed;
  /// The number of the latest commit.
  batch_number last_batch = 0;
};

/// What the limiter is to know of it: with whose jobs ride in the calls of open reservations.
spending_history history_of(const recovery& r);

} // namespace glyphgate
