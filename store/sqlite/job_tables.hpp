#pragma once

#include "store/sqlite/database.hpp"
#include "store/sqlite/payload_files.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace glyphgate::store {

/// The pictures that the job's calls send, in ascending order: those that its payload file holds.
picture_indices payload_pictures(const accept_job& job);

/// A job that had not ended, as the database has it.
struct stored_job {
  std::int64_t number = 0;
  kept_job job;
  /// The job's own, to be filled with the pictures' bytes.
  std::shared_ptr<job_spec> spec = std::make_shared<job_spec>();
  /// Where each picture's bytes are; empty where no call sends it.
  std::vector<payload_part> parts;
};

/// Jobs, their pictures and their calls, in the database. Changes belong to the transaction that is open. A job's
/// number is its key in every table.
class job_tables {
public:
  explicit job_tables(database& db);

  /// Returns its number.
  std::int64_t insert(const accept_job& job);

  /// One more call of the job.
  void add_call(std::int64_t job, std::uint32_t index, const call_plan& call);

  /// The number of the call's job when the job has not ended and this is the open call's latest attempt.
  std::optional<std::int64_t> find_open(const call_key& key, attempt_token attempt);

  /// An attempt of the job has begun; the first one counts.
  void start(std::int64_t job, timestamp at);

  /// An attempt was made. Does nothing when the job is not kept.
  void count_call(std::int64_t job);

  /// The next attempt, with the same reservation.
  void next_attempt(std::int64_t job, std::uint32_t call, attempt_token attempt);
  /// The next attempt, with a reservation of its own.
  void retry(std::int64_t job, const reserve_retry& t);

  /// An attempt at the call was interrupted by the end of the process; `alone` when no other was under way.
  void interrupt(std::int64_t job, std::uint32_t call, bool alone);

  /// Returns how many pictures were recognised.
  std::uint64_t close(std::int64_t job, std::uint32_t call, std::span<const picture_outcome> outcomes);

  /// False when there is no such job that has not ended.
  bool end(const job_end& end);

  /// False when there is no such job.
  bool forget(const job_id& id);

  /// False when there is no such job that has not ended.
  bool adopt(const adopt_job& job);

  std::vector<kept_job> load_ended();

  /// The jobs that have not ended. Their pictures have no bytes yet.
  std::vector<stored_job> load_pending();

  std::shared_ptr<const job_result> read_result(const job_id& id);
  std::shared_ptr<const recognition> recall(const digest& key);

private:
  static void read_ended(kept_job& job, const cursor& row);
  static void read_pending(stored_job& stored, const cursor& row);
  static void load_pictures(stored_job& stored, statement& select);
  static void load_calls(stored_job& stored, statement& select);
  picture_indices pictures_of(std::int64_t job, std::uint32_t call);

  database& db_;
  statement insert_job_;
  statement insert_picture_;
  statement insert_call_;
  statement find_open_;
  statement start_;
  statement count_call_;
  statement next_attempt_;
  statement retry_;
  statement interrupt_;
  statement close_;
  statement select_call_;
  statement set_outcome_;
  statement end_;
  statement forget_;
  statement adopt_;
  statement set_key_;
  statement select_result_;
  statement select_outcomes_;
  statement recall_;
};

} // namespace glyphgate::store
