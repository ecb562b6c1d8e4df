#include "store/sqlite/ledger.hpp"

#include <algorithm>
#include <string_view>

namespace glyphgate::store {

namespace {

std::string_view name_of(spend_end state) {
  switch (state) {
  case spend_end::settled: return "settled";
  case spend_end::released: return "released";
  case spend_end::unknown: return "unknown";
  }
  return {};
}

} // namespace

ledger::ledger(database& db)
    : db_{db},
      accept_{db, "INSERT INTO acceptances (at, job) VALUES (?, ?)"},
      reserve_{db, "INSERT INTO ledger (reservation, job, call, attempt, state, reserved_at) "
                   "VALUES (?, ?, ?, ?, 'reserved', ?)"},
      begin_{db, "UPDATE ledger SET state = 'begun', begun_at = coalesce(begun_at, ?2) "
                 "WHERE reservation = ?1 AND state IN ('reserved', 'begun')"},
      carry_over_{db, "UPDATE ledger SET state = 'reserved', attempt = ?2, reserved_at = ?3, begun_at = NULL "
                      "WHERE reservation = ?1 AND state IN ('reserved', 'begun')"},
      close_{db, "UPDATE ledger SET state = ?2, closed_at = ?3 "
                 "WHERE reservation = ?1 AND state IN ('reserved', 'begun') RETURNING job"},
      write_totals_{db, "UPDATE totals SET api_calls = api_calls + ?, images_processed = images_processed + ?, "
                        "images_from_cache = images_from_cache + ?, first_free = max(first_free, ?), "
                        "commits = ?"},
      last_batch_{db, "SELECT commits FROM totals"} {}

void ledger::accept(std::int64_t job, timestamp at) {
  accept_.run(at, job);
}

void ledger::reserve(reservation_id id, std::int64_t job, std::uint32_t call, attempt_token attempt, timestamp at) {
  reserve_.run(id, job, call, attempt, at);
  first_free_ = std::max(first_free_, id + 1);
}

bool ledger::begin(reservation_id id, timestamp at) {
  return begin_.run(id, at) != 0;
}

bool ledger::carry_over(reservation_id id, attempt_token next, timestamp at) {
  return carry_over_.run(id, next, at) != 0;
}

std::optional<std::int64_t> ledger::close(reservation_id id, spend_end state, timestamp at) {
  auto row = close_.query(id, name_of(state), at);
  if (!row.next())
    return std::nullopt;
  if (state != spend_end::released)
    ++counted_.api_calls;
  return row.integer(0);
}

std::vector<ledger::begun_spend> ledger::begun() {
  statement select{db_, "SELECT reservation, job, call FROM ledger WHERE state = 'begun'"};
  std::vector<begun_spend> spends;
  for (auto row = select.query(); row.next();)
    spends.push_back(
        {static_cast<reservation_id>(row.integer(0)), row.integer(1), static_cast<std::uint32_t>(row.integer(2))});
  return spends;
}

void ledger::write_totals(batch_number number) {
  write_totals_.run(counted_.api_calls, counted_.pictures_processed, counted_.pictures_from_cache, first_free_, number);
}

batch_number ledger::last_batch() {
  auto row = last_batch_.query();
  return row.next() ? static_cast<batch_number>(row.integer(0)) : 0;
}

void ledger::sweep_before(timestamp at) {
  statement{db_, "DELETE FROM ledger WHERE closed_at < ?"}.run(at);
  statement{db_, "DELETE FROM acceptances WHERE at < ?"}.run(at);
}

timestamp ledger::latest() {
  statement select{db_,
                   "SELECT max(ifnull((SELECT max(at) FROM acceptances), 0),"
                   " ifnull((SELECT max(max(reserved_at, ifnull(begun_at, 0), ifnull(closed_at, 0))) FROM ledger), 0),"
                   " ifnull((SELECT max(max(accepted_at, ifnull(completed_at, 0))) FROM jobs), 0))"};
  auto row = select.query();
  row.next();
  return row.time(0);
}

void ledger::load(recovery& r) {
  statement accepted{db_, "SELECT at FROM acceptances ORDER BY at"};
  for (auto row = accepted.query(); row.next();)
    r.jobs_accepted_at.push_back(row.time(0));
  statement spends{db_, "SELECT reservation, closed_at FROM ledger WHERE state <> 'released' ORDER BY reservation"};
  for (auto row = spends.query(); row.next();)
    r.spends.push_back({static_cast<reservation_id>(row.integer(0)), row.optional_time(1)});
  statement sums{db_, "SELECT api_calls, images_processed, images_from_cache, first_free, commits FROM totals"};
  auto row = sums.query();
  if (!row.next())
    throw store_error{"the database has lost its totals"};
  r.totals = {static_cast<std::uint64_t>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1)),
              static_cast<std::uint64_t>(row.integer(2))};
  r.first_free = static_cast<reservation_id>(row.integer(3));
  r.last_batch = static_cast<batch_number>(row.integer(4));
}

} // namespace glyphgate::store
