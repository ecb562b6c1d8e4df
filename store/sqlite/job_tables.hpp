#pragma once

#include "core/job.hpp"
#include "core/transaction.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/payload_files.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glyphgate::store {

/// The pictures of the job that board a call or wait for one, and all that have bytes where it keeps them; in ascending
/// order: those that a payload file holds.
picture_indices payload_pictures(const accept_job& job);

/// The bytes of those, in their order. Pictures of one file share its bytes, which come once.
payload_bytes payload_of(const accept_job& job);

/// A job that had not ended, as the database has it.
struct stored_job {
  std::int64_t number = 0;
  kept_job job;
  /// The job's own, to be filled with the pictures' bytes.
  std::shared_ptr<job_spec> spec = std::make_shared<job_spec>();
  /// The file that holds its pictures' bytes; empty where none does.
  std::string payload;
  /// Where in it each picture's bytes are; of no meaning where no call sends it.
  std::vector<payload_part> parts;
};

/// Jobs and their pictures, in the database. A picture names the open call that it is aboard. Changes belong to the
/// transaction that is open. A job's number is its key in every table.
class job_tables {
public:
  explicit job_tables(database& db);

  /// Returns its number. `place` is where its `payload_pictures` are, none where there are none.
  std::int64_t insert(const accept_job& job, const std::optional<payload_place>& place);

  /// The number of a job that has not ended.
  std::optional<std::int64_t> find_pending(const job_id& id);
  /// Whose job it is.
  owner_name owner_of(std::int64_t job);

  /// What waited boards, or is known.
  void board(std::int64_t job, const board_job& t);

  /// What the sieve answered is known, and what repeats another has its key. False when the job is not to be sifted.
  bool sift(std::int64_t job, const sift_job& t);

  /// What the job has neither an outcome of nor a call for fails.
  void give_up_waiting(std::int64_t job, std::string_view error);

  /// An attempt of the call has begun; for each job aboard the first one counts.
  void start(call_id call, timestamp at);

  /// An attempt was made: each job that is kept and pays for it has its share.
  void pay(reservation_id spend);

  /// The parts take over the pictures of a call that is split.
  void transfer(call_id call, std::span<const call_part> parts);

  /// The pictures of a call that is closed leave it with the outcomes of their seats. Returns how many were recognised.
  std::uint64_t disembark(call_id call, std::span<const seat_outcome> outcomes);

  /// A picture fails, and leaves its call if it is aboard one.
  void fail(std::int64_t job, std::size_t position, const picture_outcome& outcome);

  /// Whether no picture is aboard.
  bool is_empty(call_id call);

  /// Its pictures leave their calls. False when there is no such job that has not ended.
  bool end(const job_end& end);

  /// Whether it has ended, and a payload file holds its pictures still.
  bool keeps_pictures(const job_id& id);

  /// The jobs of which that is so, and their payload files.
  std::vector<std::pair<job_id, std::string>> load_kept_payloads();

  /// False when there is no such job.
  bool forget(const job_id& id);

  /// False when there is no such job that has not ended.
  bool adopt(const adopt_job& job);

  std::vector<kept_job> load_ended();

  /// The jobs that have not ended. Their pictures have no bytes yet.
  std::vector<stored_job> load_pending();

private:
  /// A picture that is aboard a call.
  struct passenger {
    std::int64_t job = 0;
    std::int64_t position = 0;
    digest seat;
  };
  std::vector<passenger> aboard(call_id call);
  static void read_ended(kept_job& job, const cursor& row);
  static void read_pending(stored_job& stored, const cursor& row);
  static void load_pictures(stored_job& stored, statement& select);

  database& db_;
  statement insert_job_;
  statement insert_picture_;
  statement find_pending_;
  statement owner_of_;
  statement count_from_cache_;
  statement set_call_;
  statement give_up_waiting_;
  statement end_sifting_;
  statement repeat_;
  statement start_;
  statement pay_;
  statement aboard_;
  statement is_aboard_;
  statement set_outcome_;
  statement end_;
  statement leave_all_;
  statement keeps_pictures_;
  statement forget_;
  statement adopt_;
  statement set_key_;
};

} // namespace glyphgate::store
