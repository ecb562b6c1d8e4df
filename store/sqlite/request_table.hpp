#pragma once

#include "core/answered_request.hpp"
#include "core/transaction.hpp"
#include "store/sqlite/database.hpp"

#include <vector>

namespace glyphgate::store {

/// The table `requests`: how requests were answered that have keys of their own. A row lives as long as its job.
class request_table {
public:
  explicit request_table(database& db);

  /// False when the job is not kept.
  bool note(const note_request& noted);

  /// All, in the order of their answers. Throws damaged_value.
  std::vector<answered_request> load();

private:
  statement forget_;
  statement insert_;
  statement load_;
};

} // namespace glyphgate::store
