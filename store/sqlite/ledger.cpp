#include "store/sqlite/ledger.hpp"

#include <algorithm>

namespace glyphgate::store {

namespace {

std::optional<micro_dollars> price_in(const cursor& row, int column) {
  if (row.is_null(column))
    return std::nullopt;
  return static_cast<micro_dollars>(row.integer(column));
}

} // namespace

ledger::ledger(database& db)
    : db_{db},
      accept_{db, "INSERT OR IGNORE INTO acceptances (at, job) VALUES (?, ?)"},
      reserve_{db, "INSERT INTO ledger (reservation, call, attempt, state, reserved_at) "
                   "VALUES (?, ?, ?, 'reserved', ?)"},
      begin_{db, "UPDATE ledger SET state = 'begun', begun_at = ?2, price = ?3 "
                 "WHERE reservation = ?1 AND state = 'reserved'"},
      is_begun_{db, "SELECT 1 FROM ledger WHERE reservation = ? AND state = 'begun'"},
      carry_over_{db, "UPDATE ledger SET state = 'reserved', attempt = ?2, reserved_at = ?3, begun_at = NULL, "
                      "price = NULL "
                      "WHERE reservation = ?1 AND state IN ('reserved', 'begun')"},
      close_{db, "UPDATE ledger SET state = ?2, closed_at = ?3, price = coalesce(price, ?4) "
                 "WHERE reservation = ?1 AND state IN ('reserved', 'begun')"},
      add_share_{db, "INSERT INTO shares (reservation, job, calls, price) "
                     "VALUES (?1, ifnull((SELECT number FROM jobs WHERE id = ?2), 0), ?3, ?4) "
                     "ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, price = price + excluded.price"},
      has_shares_{db, "SELECT 1 FROM shares WHERE reservation = ?"},
      drop_shares_{db, "DELETE FROM shares WHERE reservation = ?"},
      price_{db, "SELECT price FROM ledger WHERE reservation = ?"},
      pause_{db, "UPDATE totals SET paused_engine = ?, paused_until = ?"},
      write_totals_{db, "UPDATE totals SET api_calls = api_calls + ?, images_processed = images_processed + ?, "
                        "images_from_cache = images_from_cache + ?, first_free = max(first_free, ?), "
                        "commits = ?, spent = spent + ?, one_by_one = one_by_one + ?, "
                        "unpriced_calls = unpriced_calls + ?, unpriced_images = unpriced_images + ?, "
                        "images_answered_here = images_answered_here + ?, images_repeated = images_repeated + ?, "
                        "saved_here = saved_here + ?"},
      last_batch_{db, "SELECT commits FROM totals"} {}

void ledger::accept(std::int64_t job, timestamp at) {
  accept_.run(at, job);
}

void ledger::reserve(reservation_id id, call_id call, attempt_token attempt, timestamp at) {
  reserve_.run(id, call, attempt, at);
  first_free_ = std::max(first_free_, id + 1);
}

bool ledger::begin(const begin_attempt& t) {
  if (begin_.run(t.reservation, t.at, t.price) == 0)
    return is_begun_.query(t.reservation).next();
  add_shares(t.reservation, *t.shares);
  return true;
}

bool ledger::carry_over(reservation_id id, attempt_token next, timestamp at) {
  if (carry_over_.run(id, next, at) == 0)
    return false;
  drop_shares_.run(id);
  return true;
}

bool ledger::settle(const settle_spend& t) {
  if (!close(t.reservation, "settled", t.at, t.price))
    return false;
  if (!has_shares(t.reservation))
    add_shares(t.reservation, *t.shares);
  count_call(t.reservation);
  return true;
}

bool ledger::release(reservation_id id, timestamp at) {
  if (!close(id, "released", at))
    return false;
  drop_shares_.run(id);
  return true;
}

void ledger::lose(reservation_id id, timestamp at) {
  if (close(id, "unknown", at))
    count_call(id);
}

bool ledger::close(reservation_id id, std::string_view state, timestamp at, std::optional<micro_dollars> own_price) {
  return close_.run(id, state, at, own_price) != 0;
}

void ledger::add_shares(reservation_id id, std::span<const job_share> shares) {
  for (const auto& share : shares)
    add_share_.run(id, share.job, share.pays.calls, share.pays.price);
}

bool ledger::has_shares(reservation_id id) {
  return has_shares_.query(id).next();
}

void ledger::count_call(reservation_id id) {
  ++counted_.api_calls;
  if (const auto price = price_of(id))
    counted_.spent += *price;
  else
    ++counted_.unpriced_calls;
}

std::optional<micro_dollars> ledger::price_of(reservation_id id) {
  auto row = price_.query(id);
  return row.next() ? price_in(row, 0) : std::nullopt;
}

void ledger::count_processed(std::uint64_t images, std::optional<micro_dollars> price) {
  counted_.pictures_processed += images;
  if (price)
    counted_.one_by_one += images * *price;
  else
    counted_.unpriced_pictures += images;
}

void ledger::count_from_cache(std::uint64_t images, micro_dollars price) {
  counted_.pictures_from_cache += images;
  counted_.one_by_one += images * price;
}

void ledger::count_sifted(const sift_job& t) {
  counted_.pictures_answered_here += t.answered.size();
  counted_.pictures_repeated += t.pictures_repeated;
  counted_.saved_here += t.saved;
}

void ledger::note_pause(const glyphgate::note_pause& pause) {
  pause_.run(pause.engine, pause.until);
}

std::vector<ledger::begun_spend> ledger::begun() {
  statement select{db_, "SELECT reservation, call FROM ledger WHERE state = 'begun'"};
  std::vector<begun_spend> spends;
  for (auto row = select.query(); row.next();)
    spends.push_back({static_cast<reservation_id>(row.integer(0)), static_cast<call_id>(row.integer(1))});
  return spends;
}

void ledger::write_totals(batch_number number) {
  write_totals_.run(counted_.api_calls, counted_.pictures_processed, counted_.pictures_from_cache, first_free_, number,
                    counted_.spent, counted_.one_by_one, counted_.unpriced_calls, counted_.unpriced_pictures,
                    counted_.pictures_answered_here, counted_.pictures_repeated, counted_.saved_here);
}

batch_number ledger::last_batch() {
  auto row = last_batch_.query();
  return row.next() ? static_cast<batch_number>(row.integer(0)) : 0;
}

void ledger::sweep_before(timestamp at) {
  statement{db_, "DELETE FROM shares WHERE reservation IN (SELECT reservation FROM ledger WHERE closed_at < ?)"}.run(
      at);
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
  statement sums{db_, "SELECT api_calls, images_processed, images_from_cache, spent, one_by_one, unpriced_calls, "
                      "unpriced_images, first_free, commits, paused_engine, paused_until, images_answered_here, "
                      "images_repeated, saved_here FROM totals"};
  auto row = sums.query();
  if (!row.next())
    throw store_error{"the database has lost its totals"};
  const auto number = [&](int column) { return static_cast<std::uint64_t>(row.integer(column)); };
  r.totals = {number(0), number(1), number(2),  number(3),  number(4),
              number(5), number(6), number(11), number(12), number(13)};
  r.first_free = number(7);
  r.last_batch = number(8);
  if (!row.is_null(9))
    r.pause = glyphgate::note_pause{std::string{row.bytes(9)}, row.time(10)};
}

} // namespace glyphgate::store
