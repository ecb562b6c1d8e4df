#pragma once

#include "store/sqlite/database.hpp"

#include <span>

namespace glyphgate::store {

/// A step from one schema to the next: SQL, and what SQL cannot do, which comes behind it.
struct schema_step {
  const char* sql;
  void (*rest)(database& db) = nullptr;
};

/// The steps that lead from an empty database to this binary's schema. A released step is never changed; a new schema
/// is a new step at the end.
std::span<const schema_step> schema_steps();

/// How many steps the database has taken: 0 when it is new.
std::int64_t schema_version(database& db);

/// Takes the steps that the database lacks, all or none. Throws store_error when the database is newer than `steps`,
/// or holds something else.
void migrate(database& db, std::span<const schema_step> steps);

} // namespace glyphgate::store
