#pragma once

#include "core/clock.hpp"
#include "core/digest.hpp"
#include "core/fair_shares.hpp"
#include "core/ids.hpp"
#include "core/picture.hpp"
#include "core/recognition.hpp"
#include "core/trace_context.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate {

/// What a client calls a request, so that repeating it does nothing: the Idempotency-Key of
/// draft-ietf-httpapi-idempotency-key-header-07.
struct request_key {
  /// 1–255 bytes.
  std::string text;
  /// Requests that ask for the same have the same: pictures, their ids and order, hints, options. Not the engine.
  digest request{};
};

/// What a client asks for: its pictures, validated and digested. Immutable and shared once made.
struct job_spec {
  /// At least one, ids unique.
  std::vector<picture> pictures;
  /// BCP 47 language tags as the client sent them; may be empty.
  std::vector<std::string> language_hints;
  /// Identical jobs have the same: `identity_of(pictures, language_hints, scope)`, of the owner's scope.
  digest identity;
  /// For each picture the key under which its recognition is remembered: `recognition_key(scope, hints, content)`, of
  /// the owner's scope unless readings are shared.
  /// Pictures of one key have one outcome: those of one content, and those that the sieve found to repeat another.
  std::vector<digest> recognition_keys;
  /// How long after its acceptance its pictures may wait for company in their calls, and for room in the limits. None:
  /// for company as long as is usual, and for room not at all. Identical jobs may differ in it.
  std::optional<duration> max_delay{};
  /// Pictures that show what an earlier one shows are read once: see `sift_job`.
  bool near_duplicates = false;
  /// Its pictures' files are kept for as long as the job is.
  bool keep_images = false;
  /// Whose job it is. Jobs of different owners are never identical, as their identities differ.
  owner_name owner{};
  /// The key of the request that asks for it, where the client gave one.
  std::optional<request_key> key{};
  /// The request that it was posted with, where somebody traces. Not known over a restart.
  trace_context trace{};
};

/// The sum of its files' bytes. Pages of one file share its bytes, which count once.
std::uint64_t bytes_of(const job_spec& spec);

/// How many of its pictures are refused.
std::uint32_t refused_pictures(const job_spec& spec);

/// The digest that tells identical jobs: ids, contents, order, hints, whether near-duplicates are read once and images
/// are kept, and the engine's `recognition_scope()`.
digest identity_of(const std::vector<picture>& pictures, const std::vector<std::string>& language_hints,
                   std::string_view scope, bool near_duplicates = false, bool keep_images = false);

/// The digest under which what an engine reads in a picture is remembered; `scope` is the engine's
/// `recognition_scope()`.
digest recognition_key(std::string_view scope, const std::vector<std::string>& language_hints, const digest& content);

/// The part of a scope that is that owner's: what is known under it is known to nobody else. Nobody's is the scope.
std::string scope_of(const owner_name& owner, std::string_view scope);

/// What a job says besides its pictures and their languages.
struct job_options {
  /// As in `job_spec`.
  std::optional<duration> max_delay{};
  bool near_duplicates = false;
  bool keep_images = false;
  owner_name owner{};
  /// What is read for one owner is remembered for all.
  bool share_results = false;
  /// The text of the request's key.
  std::optional<std::string> key{};
  /// As in `job_spec`.
  trace_context trace{};
};

/// A job of these pictures, for the engine of that `recognition_scope()`. Refused ones are known by their place and the
/// reason, whatever their `content` was: so none of them repeats another, nothing is remembered of them, and the job is
/// identical only to one in which the same ones are refused for the same reasons.
std::shared_ptr<const job_spec> make_job_spec(std::vector<picture> pictures, std::vector<std::string> language_hints,
                                              std::string_view scope, job_options options = {});

/// Adds to what is known of a job's pictures the texts that they bring themselves.
void add_own_texts(const job_spec& spec, recognitions& known);

/// Positions in a job's pictures.
using picture_indices = std::vector<std::uint32_t>;

/// What is to be sent of a job: the pictures that are not refused, are not in `known` (one entry a picture, null where
/// nothing is known) and are the first of their key in the job.
picture_indices pictures_to_send(const job_spec& spec, std::span<const std::shared_ptr<const recognition>> known);

/// Where a job is in its life. pending → processing → completed | failed; pending | processing → cancelled.
enum class job_status : std::uint8_t { pending, processing, completed, failed, cancelled };

/// "pending", "processing", …
std::string_view to_string(job_status status);

/// The status of that name, if there is one.
std::optional<job_status> job_status_of(std::string_view name);

constexpr bool is_final(job_status status) {
  return status != job_status::pending && status != job_status::processing;
}

/// One picture's part of a finished job.
struct picture_result {
  std::string id;
  picture_outcome outcome;
  /// In a job whose near-duplicates are read once: the position of the picture whose outcome it has, if that is
  /// another.
  std::optional<std::uint32_t> same_as{};
  /// Of the upright picture as its header says, pixels; 0 where that is not known.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

/// What a finished job holds. Immutable and shared.
struct job_result {
  /// In the order of the request.
  std::vector<picture_result> pictures;
  /// Engine calls that pictures of the job were sent in, retries included.
  std::uint32_t api_calls = 0;
  /// The job's share of those calls.
  cost share{};
  /// Pictures that were answered from what was recognised before.
  std::uint32_t pictures_from_cache = 0;
  /// The engine that the job was accepted for: it read what does not name its own. Empty where that was not noted.
  std::string engine{};
};

/// What a job waits for that has not ended.
enum class waiting_for : std::uint8_t {
  /// More pictures for its calls.
  company,
  /// Room in the limits.
  budget,
  /// A worker, the end of a pause, another attempt, or the engine that it was accepted for.
  engine,
};

/// "company", "budget", "engine".
std::string_view to_string(waiting_for what);

/// What a job waits for, and until when at the latest: what follows by then is a call, or its end.
struct job_wait {
  waiting_for what = waiting_for::engine;
  timestamp until;
};

/// A snapshot of a job.
struct job_view {
  job_id id;
  /// Whose it is: nobody else sees it.
  owner_name owner{};
  job_status status = job_status::pending;
  timestamp created_at;
  std::optional<timestamp> started_at;
  std::optional<timestamp> completed_at;
  /// Set with `completed_at`: a job lives for its time to live after it ended.
  std::optional<timestamp> expires_at;
  std::uint32_t pictures_total = 0;
  std::uint32_t pictures_done = 0;
  /// None when it has ended, or a call that has pictures of it is under way.
  std::optional<job_wait> wait{};
  /// Why a failed or cancelled job ended.
  std::optional<std::string> error;
  /// Null until completed. A failed job in which every picture failed has one too.
  std::shared_ptr<const job_result> result;
};

/// How a job ended, as the store must remember it.
struct job_end {
  job_id id;
  job_status status = job_status::completed;
  /// None when it was cancelled before a call was made.
  std::optional<timestamp> started_at;
  timestamp completed_at;
  timestamp expires_at;
  std::optional<std::string> error;
  /// Doing the same job again could only come to the same: no picture's error may pass, and it was not cancelled.
  bool repeatable = true;
  /// About how many bytes its result takes, and the pictures that it keeps.
  std::uint64_t result_bytes = 0;
};

/// About how many bytes the result takes where it is kept.
std::uint64_t bytes_of(const job_result& result);

/// A picture that repeats an earlier one of the same key was sent once: where it has no recognition of its own it has
/// the first one's outcome. `keys` and `outcomes` are parallel.
void repeat_outcomes(std::span<const digest> keys, std::span<picture_outcome> outcomes);

/// The position of the first picture of the same key, where that is another. `keys` and `pictures` are parallel.
void note_repeats(std::span<const digest> keys, std::span<picture_result> pictures);

/// A call as it is kept over a restart. Its pictures are those of the jobs that are aboard: `kept_job::aboard`.
struct kept_call {
  call_id id = 0;
  /// The call that was split, and whose parts were, until this one came of it; `id` where none was.
  call_id origin = 0;
  /// The latest attempt, and the spend that covers it.
  attempt_token attempt = 1;
  reservation_id reservation = 0;
  /// How many attempts before the latest failed and are paid for.
  std::uint32_t paid_before = 0;
  /// The latest spend is used up: another attempt needs a reservation of its own.
  bool unpaid = false;
  /// The process ended while an attempt was under way, and none has ended since: the call may be what ends it.
  bool suspect = false;
  /// How often the process ended while this was the only call under way.
  std::uint32_t interruptions = 0;
  /// Its outcomes are known, or it was split and other calls have its pictures. It is kept as long as another call of
  /// the same origin is open.
  bool closed = false;
};

/// A job as it is kept over a restart.
struct kept_job {
  /// Without its result.
  job_view view;
  digest identity;
  /// As in `job_end`; of no meaning before the job has ended.
  bool repeatable = true;
  std::uint64_t result_bytes = 0;
  /// The engine that it was accepted for, whichever reads it; empty where an older program accepted it.
  std::string engine;
  /// From when its age counts, where that is not its acceptance: it had waited for its engine until then. Its
  /// `max_delay` comes on top.
  std::optional<timestamp> age_from;
  /// From here on for a job that has not ended, null and empty for one that has. The pictures have their bytes.
  std::shared_ptr<const job_spec> spec;
  /// One a picture: the open call that it is aboard; 0 where it is aboard none.
  std::vector<call_id> aboard;
  /// What waits is to be sifted first, and when that was done: see `sift_job`.
  bool sifting = false;
  std::optional<timestamp> sifted_at;
  /// One a picture; neither recognised nor failed where it is aboard a call or waits for one. A picture that repeats
  /// another has the other's outcome.
  std::vector<picture_outcome> outcomes;
  /// Attempts made that it was aboard, those interrupted included, and its share of them.
  std::uint32_t api_calls = 0;
  cost share{};
  std::uint32_t pictures_from_cache = 0;
};

} // namespace glyphgate
