#pragma once

#include "core/answered_request.hpp"
#include "core/call.hpp"
#include "core/clock.hpp"
#include "core/fair_shares.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/price.hpp"
#include "core/stop_order.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// The domain's transactions: what the service makes durable, one step of a job's life each.
namespace glyphgate {

/// Pictures of a job that board a call.
struct boarding {
  call_id call = 0;
  picture_indices pictures;
  /// The call is new: its first attempt's spend is RESERVED. Else it is open already, and paid for.
  bool opens = false;
};

/// Pictures that were recognised before, by position.
using known_pictures = std::vector<std::pair<std::uint32_t, std::shared_ptr<const recognition>>>;

/// Takes a job: the job, the calls that it opens and what it boards. A picture that is refused has failed with that.
/// Any other that is neither here known, nor boards, nor waits, repeats an earlier one of the same content, and has its
/// outcome. A job that boards a call counts as
/// accepted from `at` for as long as a window needs it, whatever becomes of the job. Stale, and nothing changes, when a
/// call that it would board is not open.
struct accept_job {
  job_id id;
  timestamp at;
  std::shared_ptr<const job_spec> spec;
  std::vector<boarding> aboard;
  /// The pictures that wait: in line for room in the limits, see `board_job`; or, where `sifting`, for the sieve first,
  /// see `sift_job`.
  picture_indices waiting{};
  bool sifting = false;
  known_pictures known;
  /// Pictures that need no call: those known and those that repeat another of the job.
  std::uint32_t pictures_from_cache = 0;
  /// The engine that it is accepted for, and the price of its calls: `engine_description`.
  std::string engine{};
  micro_dollars call_price = 0;
};

/// What waited in line boards; what was recognised meanwhile is known. The job counts in the windows from `at`, if it
/// boards a call.
struct board_job {
  job_id id;
  timestamp at;
  std::vector<boarding> aboard;
  known_pictures known;
  micro_dollars call_price = 0;
};

/// A picture that the sieve answered.
struct answered_picture {
  std::uint32_t position = 0;
  /// Its `recognition_key`.
  digest key;
  std::shared_ptr<const recognition> read;
};

/// A picture and an earlier one of its job that it repeats.
using repeated_picture = std::pair<std::uint32_t, std::uint32_t>;

/// What the sieve has made of a job that was accepted to be sifted. What it answered is known, and remembered; what
/// repeats an earlier picture has that one's key from now on, and so its outcome; what is left waits in line. Stale
/// when the job is not to be sifted any more.
struct sift_job {
  job_id id;
  timestamp at;
  std::vector<answered_picture> answered;
  /// In ascending order; copies of pictures that repeat others among them. What is repeated repeats none.
  std::vector<repeated_picture> repeats;
  /// So many of those are no copies.
  std::uint32_t pictures_repeated = 0;
  /// What the calls would have cost that are not opened because of this.
  micro_dollars saved = 0;
};

/// What waits in line fails, with that error; it may pass.
struct give_up_waiting {
  job_id id;
  std::string error;
};

/// Bytes of this attempt may leave the process from now on: after a crash its spend counts as spent. Beginning an
/// attempt again that has begun and is not over is the same beginning.
struct begin_attempt {
  call_id call = 0;
  attempt_token attempt = 0;
  reservation_id reservation = 0;
  timestamp at;
  /// What the call costs if it is made, and who pays which part of it.
  micro_dollars price = 0;
  shares_ptr shares = no_shares();
};

/// The attempt was, or may have been, made: its spend is SETTLED, and each job pays its share.
struct settle_spend {
  reservation_id reservation = 0;
  timestamp at;
  /// What the call cost and who paid it, where no beginning noted it.
  micro_dollars price = 0;
  shares_ptr shares = no_shares();
};

/// Not one byte of the attempt left the process: its spend is RELEASED.
struct release_spend {
  reservation_id reservation = 0;
  timestamp at;
};

/// Not one byte of the attempt left the process, and another is to follow: its spend is RESERVED again, for that one.
/// The call is no longer suspect.
struct carry_over_spend {
  call_id call = 0;
  /// The one that is taken back; the next one has the next number.
  attempt_token attempt = 0;
  reservation_id reservation = 0;
  timestamp at;
};

/// Another attempt at a call, with a spend of its own, RESERVED.
struct reserve_retry {
  call_id call = 0;
  attempt_token attempt = 0;
  reservation_id reservation = 0;
  timestamp at;
  /// How many attempts before it failed and are paid for.
  std::uint32_t paid_before = 0;
  /// The attempt before was interrupted by the end of the process, and so may be again: see `kept_call::suspect`.
  bool suspect = false;
};

/// One of the calls that take a split call's place.
struct call_part {
  /// Its spend, RESERVED.
  call_id id = 0;
  /// The seats that it takes over, with all their riders.
  std::vector<digest> seats;
};

/// The call is closed without outcomes; its parts share its seats among them.
struct split_call {
  call_id call = 0;
  attempt_token attempt = 0;
  timestamp at;
  std::vector<call_part> parts;
};

/// What was read in a seat, for each of its riders.
struct seat_outcome {
  /// `recognition_key` of its picture.
  digest seat;
  picture_outcome outcome;
};

/// The call is closed. A seat that is missing had no rider any more.
struct close_call {
  call_id call = 0;
  attempt_token attempt = 0;
  timestamp at;
  std::vector<seat_outcome> outcomes;
};

/// The job has ended; its pictures are needed no more, and ride no more.
struct end_job {
  job_end end;
};

/// The job is forgotten; its spends stay for as long as a window needs them.
struct forget_job {
  job_id id;
};

/// A job that was accepted for another engine is read by this one: its identity, and the key under which each picture
/// is remembered, are new.
struct adopt_job {
  job_id id;
  digest identity;
  /// One a picture.
  std::vector<digest> recognition_keys;
  /// See `kept_job`.
  std::optional<timestamp> age_from{};
};

/// The engine asked for no more calls before that time. The latest counts.
struct note_pause {
  std::string engine;
  timestamp until;
};

/// No calls are made until further notice; none: they are made again.
struct note_stop {
  std::optional<stop_order> order;
};

/// The latest news of the engine's billing.
struct note_budget {
  budget_news news;
};

/// A request with a key was answered so. Stale when the job is not kept.
struct note_request {
  answered_request request;
  /// The key whose place it takes: that one is free again.
  std::optional<std::string> instead_of{};
};

using transaction = std::variant<accept_job, begin_attempt, settle_spend, release_spend, carry_over_spend,
                                 reserve_retry, split_call, close_call, end_job, forget_job, adopt_job, note_pause,
                                 board_job, give_up_waiting, sift_job, note_stop, note_budget, note_request>;

using transactions_ptr = std::shared_ptr<const std::vector<transaction>>;

/// "accept_job", "begin_attempt", …: for the log.
std::string_view name_of(const transaction& t);

/// Transactions that are made durable together.
inline transactions_ptr unit_of(std::vector<transaction> transactions) {
  return std::make_shared<const std::vector<transaction>>(std::move(transactions));
}

/// Whether a transaction took effect.
enum class verdict : std::uint8_t {
  applied,
  /// It names an attempt that is not the call's latest, a call that is not open, or a job that is not kept or has
  /// ended: nothing changed.
  stale,
};

using verdicts = std::vector<verdict>;

/// Counts the commits of one store, from 1. A commit that is repeated under its number takes effect once.
using batch_number = std::uint64_t;

} // namespace glyphgate
