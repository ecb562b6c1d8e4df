#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace glyphgate::simulation {

/// Defects that the simulation can plant, to show that its checks find them. Each is put into the simulation's own side
/// (what carries the messages, the doubles, what a start is given), never into the program.
enum class planted : std::uint8_t {
  nothing,
  overtaken,
  overtaken_in_silence,
  late_begin,
  interruptions_count,
  unbegun_call,
  sent_call_refunded,
  retry_without_reservation,
  begin_ignored,
  limit_ignored,
  window_forgets_calls,
  window_forgets_jobs,
  reservation_leaked,
  windows_not_settled,
  commit_not_durable,
  refused_accept_told,
  texts_swapped,
  result_changes,
  identical_passing_failure,
  drain_early,
  answer_lost,
  answer_twice,
  outcome_lost,
  wake_lost,
  pool_wake_lost,
  queue_without_bound,
  keeps_without_bound,
  suspects_together,
  recorded_early,
  pause_ignored,
  pause_forgotten,
  adoption_lost,
  priced_by_today,
  sweep_lost,
  forgets_too_much,
};

struct planted_defect {
  planted what = planted::nothing;
  std::string_view name;
  /// What it breaks.
  std::string_view invariant;
};

inline constexpr std::array planted_defects{
    planted_defect{planted::overtaken, "overtaken", "units are durable in their order (defect 1)"},
    planted_defect{planted::overtaken_in_silence, "overtaken_in_silence",
                   "every picture has its text, though no verdict is looked at (defect 1)"},
    planted_defect{planted::late_begin, "late_begin", "every open call has a place (defect 2)"},
    planted_defect{planted::interruptions_count, "interruptions_count", "nobody fails because of a crash (defect 3)"},
    planted_defect{planted::unbegun_call, "unbegun_call", "a call is made after its beginning is durable"},
    planted_defect{planted::sent_call_refunded, "sent_call_refunded", "a call that left is not refunded"},
    planted_defect{planted::retry_without_reservation, "retry_without_reservation", "one reservation pays one call"},
    planted_defect{planted::begin_ignored, "begin_ignored", "a call whose beginning is stale is not made"},
    planted_defect{planted::limit_ignored, "limit_ignored", "calls of any 24 h"},
    planted_defect{planted::window_forgets_calls, "window_forgets_calls", "calls of any 24 h, over a restart"},
    planted_defect{planted::window_forgets_jobs, "window_forgets_jobs", "jobs of any minute and hour, over a restart"},
    planted_defect{planted::reservation_leaked, "reservation_leaked", "limiter's reservations are the ledger's"},
    planted_defect{planted::windows_not_settled, "windows_not_settled", "limiter's day is not below the ledger's"},
    planted_defect{planted::commit_not_durable, "commit_not_durable", "what was promised is there"},
    planted_defect{planted::refused_accept_told, "refused_accept_told", "202 follows the commit"},
    planted_defect{planted::texts_swapped, "texts_swapped", "every picture has its own text"},
    planted_defect{planted::result_changes, "result_changes", "never two different results"},
    planted_defect{planted::identical_passing_failure, "identical_passing_failure",
                   "a passing failure is no identical job's result"},
    planted_defect{planted::drain_early, "drain_early", "a drain is answered when all is durable"},
    planted_defect{planted::answer_lost, "answer_lost", "every question has an answer"},
    planted_defect{planted::answer_twice, "answer_twice", "every question has one answer"},
    planted_defect{planted::outcome_lost, "outcome_lost", "a queued call is held by the pool or on its way"},
    planted_defect{planted::wake_lost, "wake_lost", "who waits is answered in time"},
    planted_defect{planted::pool_wake_lost, "pool_wake_lost", "what waits goes on when nothing is in its way"},
    planted_defect{planted::queue_without_bound, "queue_without_bound", "the pool's queue is bounded"},
    planted_defect{planted::keeps_without_bound, "keeps_without_bound", "kept jobs are bounded"},
    planted_defect{planted::suspects_together, "suspects_together", "a suspect call runs with no other beside it"},
    planted_defect{planted::recorded_early, "recorded_early", "a suspect call is the only one begun by the ledger"},
    planted_defect{planted::pause_ignored, "pause_ignored", "no call is made while the engine asked for none"},
    planted_defect{planted::pause_forgotten, "pause_forgotten", "nor over a restart"},
    planted_defect{planted::adoption_lost, "adoption_lost", "what an engine read is remembered as its own"},
    planted_defect{planted::priced_by_today, "priced_by_today", "the registry's sums are the store's"},
    planted_defect{planted::sweep_lost, "sweep_lost", "what has expired is forgotten"},
    planted_defect{planted::forgets_too_much, "forgets_too_much", "an accepted job is there until it expires"},
};

} // namespace glyphgate::simulation
