#pragma once

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/recognition.hpp"
#include "store/sqlite/database.hpp"

#include <memory>

namespace glyphgate::store {

/// What was read in pictures, in the database: looked up, and never changed.
class job_readings {
public:
  explicit job_readings(database& db);

  /// Null when the job is not kept, has not ended or was cancelled.
  std::shared_ptr<const job_result> read_result(const job_id& id);

  /// Null when nothing was recognised under that key.
  std::shared_ptr<const recognition> recall(const digest& key);

private:
  statement select_result_;
  statement select_outcomes_;
  statement recall_;
};

} // namespace glyphgate::store
