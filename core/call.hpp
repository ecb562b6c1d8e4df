#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/fair_shares.hpp"
#include "core/ids.hpp"
#include "core/picture.hpp"
#include "core/recognition.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace glyphgate {

/// One attempt at one call to the engine: its pictures, which may be of several jobs, and the reservation that pays for
/// it. Immutable and shared once planned.
struct planned_call {
  call_id id = 0;
  /// Which attempt this is, from 1.
  attempt_token attempt = 1;
  /// The spend on the ledger that covers this attempt.
  reservation_id reservation = 0;
  /// How many attempts before this one failed and are paid for; those that the process's end interrupted do not count.
  std::uint32_t paid_before = 0;
  /// One for each seat of the call.
  std::vector<picture> pictures;
  /// The seat of each picture: its `recognition_key`.
  std::vector<digest> seats;
  std::vector<std::string> language_hints;
  /// The earliest time from which the age of a job aboard counts, which is bounded: see `kept_job`.
  timestamp age_from;
  /// What the attempt costs if it is made, and which part of that each job pays that was aboard as it departed.
  micro_dollars price = 0;
  shares_ptr shares = no_shares();
  /// The process ended while an earlier attempt was under way: it is read with no other call beside it.
  bool suspect = false;
};

using planned_call_ptr = std::shared_ptr<const planned_call>;

/// Whether a job aboard was accepted too long ago for the call to be made at `now`.
bool too_old(const planned_call& call, duration max_age, timestamp now);

/// The engine's answer: one outcome a picture, in the call's order.
struct annotation {
  std::vector<picture_outcome> pictures;
  /// How the pictures were put into one, for the log; empty where each was read by itself.
  std::string montage{};
};

/// The whole call failed.
struct call_failure {
  /// engine_unavailable and account_refused (count for the breaker), request_rejected, cancelled, expired_in_queue,
  /// store_unavailable, shutting_down or internal: what is missing is the service's own, as memory.
  ec code = ec::internal;
  /// For the log and the client; holds no secret.
  std::string detail;
  /// False only when not one byte of the request left the process: only then may its spend be refunded.
  bool sent = true;
  /// How long the engine asked to wait before another attempt.
  std::optional<duration> retry_after;
  /// With request_rejected: the call as a whole was refused, for its size or for a picture in it that the engine does
  /// not name; its halves may succeed.
  bool splittable = false;
  /// The request was sent, but the engine refused it before it did anything: another attempt needs a reservation of its
  /// own, and does not count towards the attempts that may fail.
  bool unprocessed = false;
};

/// What became of a call.
using call_outcome = std::variant<annotation, call_failure>;
using call_outcome_ptr = std::shared_ptr<const call_outcome>;

/// The outcome of a call that was not made: nothing was sent.
call_outcome_ptr not_made(ec code, std::string detail);

/// How far an attempt that is under way has come.
struct call_progress {
  call_id id = 0;
  attempt_token attempt = 0;
  std::uint32_t pictures_done = 0;
  /// When the attempt began, as the store has it.
  timestamp begun_at;
};

} // namespace glyphgate
