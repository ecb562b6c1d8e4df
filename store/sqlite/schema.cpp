#include "store/sqlite/schema.hpp"

#include <array>
#include <string>

namespace glyphgate::store {

namespace {

// Times are microseconds since 1970, UTC.
constexpr std::array steps{
    R"sql(
-- Jobs in the order of their acceptance. A number is never used again: the ledger refers to it for longer than the job
-- is kept.
CREATE TABLE jobs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  identity BLOB NOT NULL,
  language_hints BLOB NOT NULL,
  images INTEGER NOT NULL,
  images_from_cache INTEGER NOT NULL,
  api_calls INTEGER NOT NULL DEFAULT 0,
  accepted_at INTEGER NOT NULL,
  started_at INTEGER,
  -- These four are set when the job ends.
  status TEXT CHECK (status IN ('completed', 'failed', 'cancelled')),
  completed_at INTEGER,
  expires_at INTEGER,
  error TEXT
) STRICT;

CREATE TABLE pictures (
  job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  content BLOB NOT NULL,
  recognition_key BLOB NOT NULL,
  format INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  orientation INTEGER NOT NULL,
  -- Where its bytes are in the job's payload file; null when no call sends it.
  payload_offset INTEGER,
  size INTEGER NOT NULL,
  -- The outcome: at most one of the two.
  recognised BLOB,
  error TEXT,
  PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX pictures_recognised ON pictures (recognition_key) WHERE recognised IS NOT NULL;

CREATE TABLE calls (
  job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  pictures BLOB NOT NULL,
  attempt INTEGER NOT NULL,
  reservation INTEGER NOT NULL,
  closed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;

-- A row an attempt. It outlives its job.
CREATE TABLE ledger (
  reservation INTEGER PRIMARY KEY,
  job INTEGER NOT NULL,
  call INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('reserved', 'begun', 'settled', 'released', 'unknown')),
  reserved_at INTEGER NOT NULL,
  begun_at INTEGER,
  -- Set in the last three states.
  closed_at INTEGER
) STRICT;
CREATE INDEX ledger_begun ON ledger (state) WHERE state = 'begun';
CREATE INDEX ledger_closed ON ledger (closed_at) WHERE closed_at IS NOT NULL;

-- When jobs were accepted that needed a call. A row outlives its job.
CREATE TABLE acceptances (
  at INTEGER NOT NULL,
  job INTEGER NOT NULL,
  PRIMARY KEY (at, job)
) STRICT, WITHOUT ROWID;

-- One row: sums over the database's life.
CREATE TABLE totals (
  api_calls INTEGER NOT NULL,
  images_processed INTEGER NOT NULL,
  images_from_cache INTEGER NOT NULL,
  -- Above every reservation ever made.
  first_free INTEGER NOT NULL,
  -- The number of the latest commit.
  commits INTEGER NOT NULL
) STRICT;
INSERT INTO totals VALUES (0, 0, 0, 1, 0);
)sql",
    R"sql(
-- How many attempts before the latest are paid for: all of them, as far as the first schema tells.
ALTER TABLE calls ADD COLUMN paid_before INTEGER NOT NULL DEFAULT 0;
UPDATE calls SET paid_before = attempt - 1;
)sql",
    R"sql(
-- The process ended during an attempt at it, and no attempt has ended since; how often it was the only one then.
ALTER TABLE calls ADD COLUMN suspect INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0;
-- The error is not the picture's own and may pass. Of older errors that is not known.
ALTER TABLE pictures ADD COLUMN may_pass INTEGER NOT NULL DEFAULT 0;
UPDATE pictures SET may_pass = 1 WHERE error <> '';
-- Set when the job ends: whether doing it again could only come to the same, and about how many bytes its result takes.
ALTER TABLE jobs ADD COLUMN repeatable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN result_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET
  repeatable = status = 'completed' AND NOT EXISTS (SELECT 1 FROM pictures WHERE job = number AND may_pass),
  result_bytes = (SELECT ifnull(sum(150 + length(id) + ifnull(length(recognised), 0)), 0)
                  FROM pictures WHERE job = number)
WHERE status IS NOT NULL;
)sql",
    R"sql(
-- Prices are millionths of a US dollar. That of the attempt's call, once begun; null where an older program began it.
ALTER TABLE ledger ADD COLUMN price INTEGER;
-- What the calls cost, and what a call for each picture would have cost.
ALTER TABLE totals ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN one_by_one INTEGER NOT NULL DEFAULT 0;
-- Of those sums, what older programs counted without a price.
ALTER TABLE totals ADD COLUMN unpriced_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN unpriced_images INTEGER NOT NULL DEFAULT 0;
UPDATE totals SET unpriced_calls = api_calls, unpriced_images = images_processed + images_from_cache;
-- The engine that the job was accepted for, whichever reads it; null where an older program accepted it.
ALTER TABLE jobs ADD COLUMN engine TEXT;
-- From when the job's age counts, where that is not its acceptance.
ALTER TABLE jobs ADD COLUMN age_from INTEGER;
-- The latest pause that an engine asked for.
ALTER TABLE totals ADD COLUMN paused_engine TEXT;
ALTER TABLE totals ADD COLUMN paused_until INTEGER;
)sql",
};

} // namespace

std::span<const char* const> schema_steps() {
  return steps;
}

std::int64_t schema_version(database& db) {
  return db.number("PRAGMA user_version");
}

void migrate(database& db, std::span<const char* const> wanted) {
  const auto newest = static_cast<std::int64_t>(wanted.size());
  if (schema_version(db) == newest)
    return;
  write_transaction all{db};
  const auto version = schema_version(db);
  if (version > newest || version < 0)
    throw store_error{"the database has schema version " + std::to_string(version) + ", this program knows up to " +
                      std::to_string(newest) + ": use a newer program"};
  if (version == 0 && db.number("SELECT count(*) FROM sqlite_schema") != 0)
    throw store_error{"the database holds tables of another program"};
  for (auto step = version; step < newest; ++step)
    db.execute(wanted[static_cast<std::size_t>(step)]);
  db.execute(("PRAGMA user_version = " + std::to_string(newest)).c_str());
  all.commit();
}

} // namespace glyphgate::store
