#pragma once

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/kept_pictures.hpp"
#include "core/recognition.hpp"
#include "store/sqlite/database.hpp"

#include <filesystem>
#include <memory>

namespace glyphgate::store {

/// What was read in pictures, in the database: looked up, and never changed.
class job_readings {
public:
  explicit job_readings(database& db);

  /// Null when the job is not kept, has not ended or was cancelled.
  std::shared_ptr<const job_result> read_result(const job_id& id);

  /// The pictures of a job that has ended and keeps them, in its file in that directory; null where it does not.
  std::shared_ptr<const kept_pictures> read_pictures(const job_id& id, const std::filesystem::path& payloads);

  /// Null when nothing was recognised under that key.
  std::shared_ptr<const recognition> recall(const digest& key);

private:
  statement select_result_;
  statement select_outcomes_;
  statement recall_;
  statement select_payload_;
  statement select_places_;
};

} // namespace glyphgate::store
