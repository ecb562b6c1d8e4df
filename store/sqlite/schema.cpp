#include "store/sqlite/schema.hpp"

#include "store/sqlite/codec.hpp"
#include "store/sqlite/damage.hpp"

#include <array>
#include <string>

namespace glyphgate::store {

namespace {

// Step 5 left the calls of older programs in old_calls: the pictures of those that are open board them.
void board_old_pictures(database& db) {
  {
    statement select{db, "SELECT job, position, reservation, pictures FROM old_calls "
                         "WHERE reservation IN (SELECT id FROM calls)"};
    statement board{db, "UPDATE pictures SET call = ?3 WHERE job = ?1 AND position = ?2"};
    for (auto row = select.query(); row.next();)
      naming(
          [&] {
            return "table calls, job " + std::to_string(row.integer(0)) + ", position " +
                   std::to_string(row.integer(1));
          },
          [&] {
            for (const auto i : decode_picture_indices(row.bytes(3)))
              if (board.run(row.integer(0), i, row.integer(2)) == 0)
                throw damaged_value{"the database holds a damaged call"};
          });
  }
  db.execute("DROP TABLE old_calls");
}

// Times are microseconds since 1970, UTC.
constexpr std::array steps{
    schema_step{R"sql(
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
)sql"},
    schema_step{R"sql(
-- How many attempts before the latest are paid for: all of them, as far as the first schema tells.
ALTER TABLE calls ADD COLUMN paid_before INTEGER NOT NULL DEFAULT 0;
UPDATE calls SET paid_before = attempt - 1;
)sql"},
    schema_step{R"sql(
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
)sql"},
    schema_step{R"sql(
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
)sql"},
    schema_step{R"sql(
-- A call carries pictures of many jobs: it is a row of its own, and its pictures name it.
ALTER TABLE calls RENAME TO old_calls;
CREATE TABLE calls (
  -- The reservation of its first attempt.
  id INTEGER PRIMARY KEY,
  -- The call that was split, and whose parts were, until this one came of it; its own id where none was.
  origin INTEGER NOT NULL,
  -- The latest attempt, and the spend that covers it.
  attempt INTEGER NOT NULL DEFAULT 1,
  reservation INTEGER NOT NULL,
  paid_before INTEGER NOT NULL DEFAULT 0,
  suspect INTEGER NOT NULL DEFAULT 0,
  interruptions INTEGER NOT NULL DEFAULT 0,
  -- It is kept for as long as another call of its origin is open.
  closed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX calls_origin ON calls (origin);
-- The open call that it is aboard. Those of the same call and recognition_key have one seat there.
ALTER TABLE pictures ADD COLUMN call INTEGER;
CREATE INDEX pictures_call ON pictures (call) WHERE call IS NOT NULL;
-- How long after its acceptance its pictures may wait.
ALTER TABLE jobs ADD COLUMN max_delay INTEGER;
-- Its share of the attempts that it was aboard: millionths of a call, and their price.
ALTER TABLE jobs ADD COLUMN share_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN share_price INTEGER NOT NULL DEFAULT 0;
-- Which part of an attempt each job pays, from its beginning on. The parts of jobs that are not kept are job 0's.
CREATE TABLE shares (
  reservation INTEGER NOT NULL,
  job INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  price INTEGER NOT NULL,
  PRIMARY KEY (reservation, job)
) STRICT, WITHOUT ROWID;

-- Of older calls those go on that are open and of a job that has not ended. Each is known by its latest reservation,
-- and is its own origin: which of them came of splitting is not known, so the search for a bad picture starts anew.
INSERT INTO calls (id, origin, attempt, reservation, paid_before, suspect, interruptions)
SELECT reservation, reservation, attempt, reservation, paid_before, suspect, interruptions
FROM old_calls JOIN jobs ON number = job WHERE status IS NULL AND NOT closed;
-- One job paid for each older attempt.
INSERT INTO shares (reservation, job, calls, price)
SELECT reservation, job, 1000000, ifnull(price, 0) FROM ledger WHERE state IN ('begun', 'settled', 'unknown');
UPDATE jobs SET share_calls = api_calls * 1000000;
UPDATE jobs SET share_price = paid.price
FROM (SELECT job, sum(price) AS price FROM ledger
      WHERE state IN ('settled', 'unknown') AND price IS NOT NULL GROUP BY job) AS paid
WHERE number = paid.job;
-- A row of the ledger names its call, 0 where that is over.
UPDATE ledger SET call = ifnull((SELECT calls.id FROM old_calls JOIN calls ON calls.id = old_calls.reservation
                                 WHERE old_calls.job = ledger.job AND old_calls.position = ledger.call), 0);
ALTER TABLE ledger DROP COLUMN job;
)sql",
                board_old_pictures},
    schema_step{R"sql(
-- The file in payloads/ that holds its pictures, from which payload_offset counts; null when it has none there, or has
-- ended. Older programs gave each job a file of its own, named by its id.
ALTER TABLE jobs ADD COLUMN payload TEXT;
UPDATE jobs SET payload = id WHERE status IS NULL;
-- What it takes up in a montage that joins pictures of its kin, which is a hash; 0 where it cannot be joined.
ALTER TABLE pictures ADD COLUMN kin INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pictures ADD COLUMN joined_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pictures ADD COLUMN joined_rows INTEGER NOT NULL DEFAULT 0;
)sql"},
    schema_step{R"sql(
-- It was refused when its job was accepted, for the reason that `error` tells: it has no bytes and is never sent.
ALTER TABLE pictures ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
-- Which picture of its file it is, from 0. Those of one file have one payload_offset.
ALTER TABLE pictures ADD COLUMN page INTEGER NOT NULL DEFAULT 0;
-- SHA-256 of its file, where that is not its content.
ALTER TABLE pictures ADD COLUMN file BLOB;
)sql"},
    schema_step{R"sql(
-- Pictures of it that show the same are read once: they have one recognition_key.
ALTER TABLE jobs ADD COLUMN near_duplicates INTEGER NOT NULL DEFAULT 0;
-- What waits is to be looked at by the sieve first; and when that was done, null where it was not.
ALTER TABLE jobs ADD COLUMN sifting INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN sifted_at INTEGER;
-- What the sieve answered, what it found to repeat another, and the price of the calls that were not opened for that.
ALTER TABLE totals ADD COLUMN images_answered_here INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN images_repeated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN saved_here INTEGER NOT NULL DEFAULT 0;
)sql"},
    schema_step{R"sql(
-- Whose job it is: the name of the key that it was posted with; empty where there were no keys.
ALTER TABLE jobs ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE acceptances ADD COLUMN owner TEXT NOT NULL DEFAULT '';
-- Jobs that are not kept have one part for each owner.
ALTER TABLE shares RENAME TO old_shares;
CREATE TABLE shares (
  reservation INTEGER NOT NULL,
  job INTEGER NOT NULL,
  owner TEXT NOT NULL,
  calls INTEGER NOT NULL,
  price INTEGER NOT NULL,
  PRIMARY KEY (reservation, job, owner)
) STRICT, WITHOUT ROWID;
INSERT INTO shares SELECT reservation, job, '', calls, price FROM old_shares;
DROP TABLE old_shares;
-- What each owner used, by the quarter of an hour: so many quarters since 1970. Kept for longer than the ledger's rows.
-- Calls are in millionths. What nobody pays is the empty owner's: all together are all that was used.
CREATE TABLE accounts (
  quarter INTEGER NOT NULL,
  owner TEXT NOT NULL,
  -- Accepted jobs that needed a call, calls, and their price.
  jobs INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  price INTEGER NOT NULL,
  PRIMARY KEY (quarter, owner)
) STRICT, WITHOUT ROWID;
INSERT INTO accounts SELECT quarter, '', sum(jobs), sum(calls), sum(price)
FROM (SELECT at / 900000000 AS quarter, 1 AS jobs, 0 AS calls, 0 AS price FROM acceptances
      UNION ALL
      SELECT closed_at / 900000000, 0, 1000000, ifnull(price, 0) FROM ledger WHERE state IN ('settled', 'unknown'))
GROUP BY quarter;
-- Calls are stopped until further notice where stopped_at is set: by whom and why, and whether new jobs are refused.
ALTER TABLE totals ADD COLUMN stopped_by TEXT;
ALTER TABLE totals ADD COLUMN stop_reason TEXT;
ALTER TABLE totals ADD COLUMN stopped_at INTEGER;
ALTER TABLE totals ADD COLUMN refuses_jobs INTEGER NOT NULL DEFAULT 0;
-- The latest that the engine's billing told of: the begin of its interval, and its cost.
ALTER TABLE totals ADD COLUMN billed_interval INTEGER;
ALTER TABLE totals ADD COLUMN billed_cost INTEGER;
)sql"},
    schema_step{R"sql(
-- How requests were answered that clients gave keys of their own. A row lives as long as its job.
CREATE TABLE requests (
  number INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  -- What was asked for.
  request BLOB NOT NULL,
  job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
  -- The job's status in the answer, and whether another request had made it.
  told TEXT NOT NULL,
  identical INTEGER NOT NULL,
  UNIQUE (owner, key)
) STRICT;
CREATE INDEX requests_job ON requests (job);
)sql"},
    schema_step{R"sql(
-- The latest that the engine's billing told of each budget: the begin of its interval, and its cost. What older programs
-- noted has no budget's name.
CREATE TABLE billed (
  budget TEXT PRIMARY KEY,
  interval INTEGER NOT NULL,
  cost INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO billed SELECT '', billed_interval, billed_cost FROM totals WHERE billed_interval IS NOT NULL;
ALTER TABLE totals DROP COLUMN billed_interval;
ALTER TABLE totals DROP COLUMN billed_cost;
-- Its pictures stay in their payload file for as long as the job is kept: payload is not null when it has ended.
ALTER TABLE jobs ADD COLUMN keep_images INTEGER NOT NULL DEFAULT 0;
)sql"},
};

} // namespace

std::span<const schema_step> schema_steps() {
  return steps;
}

std::int64_t schema_version(database& db) {
  return db.number("PRAGMA user_version");
}

void migrate(database& db, std::span<const schema_step> wanted) {
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
  for (const auto& step : wanted.subspan(static_cast<std::size_t>(version))) {
    db.execute(step.sql);
    if (step.rest != nullptr)
      step.rest(db);
  }
  db.execute(("PRAGMA user_version = " + std::to_string(newest)).c_str());
  all.commit();
}

} // namespace glyphgate::store
