#include "store/sqlite/ledger.hpp"

#include "store/sqlite/job_rows.hpp"

#include <algorithm>

namespace glyphgate::store {

namespace {

std::optional<micro_dollars> price_in(const cursor& row, int column) {
  if (row.is_null(column))
    return std::nullopt;
  return static_cast<micro_dollars>(row.integer(column));
}

/// A month, with what the clocks may be turned by.
constexpr duration month_at_most = std::chrono::hours{32 * 24};

std::int64_t quarter_of(timestamp at) {
  return at.time_since_epoch() / account_quarter;
}

} // namespace

std::vector<account_entry> read_accounts(database& db, timestamp from, timestamp to) {
  std::vector<account_entry> entries;
  statement select{db, "SELECT quarter, owner, jobs, calls, price FROM accounts WHERE quarter BETWEEN ? AND ? "
                       "ORDER BY quarter, owner"};
  for (auto row = select.query(quarter_of(from), quarter_of(to - duration{1})); row.next();) {
    const auto number = [&](int column) { return static_cast<std::uint64_t>(row.integer(column)); };
    entries.push_back(
        {timestamp{row.integer(0) * account_quarter}, owner_name{row.bytes(1)}, {number(2), number(3), number(4)}});
  }
  return entries;
}

ledger::ledger(database& db)
    : db_{db},
      accept_{db, "INSERT OR IGNORE INTO acceptances (at, job, owner) VALUES (?, ?, ?)"},
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
      add_share_{db, "INSERT INTO shares (reservation, job, calls, price, owner) "
                     "VALUES (?1, ifnull((SELECT number FROM jobs WHERE id = ?2), 0), ?3, ?4, ?5) "
                     "ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, price = price + excluded.price"},
      has_shares_{db, "SELECT 1 FROM shares WHERE reservation = ?"},
      drop_shares_{db, "DELETE FROM shares WHERE reservation = ?"},
      price_{db, "SELECT price FROM ledger WHERE reservation = ?"},
      account_{db, "INSERT INTO accounts (quarter, owner, jobs, calls, price) VALUES (?, ?, ?, ?, ?) "
                   "ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs, calls = calls + excluded.calls, "
                   "price = price + excluded.price"},
      payers_{db, "SELECT owner, sum(calls), sum(price) FROM shares WHERE reservation = ? GROUP BY owner"},
      pause_{db, "UPDATE totals SET paused_engine = ?, paused_until = ?"},
      stop_{db, "UPDATE totals SET stopped_by = ?, stop_reason = ?, stopped_at = ?, refuses_jobs = ?"},
      resume_{db, "UPDATE totals SET stopped_at = NULL"},
      budget_{db, "INSERT OR REPLACE INTO billed (budget, interval, cost) VALUES (?, ?, ?)"},
      write_totals_{db, "UPDATE totals SET api_calls = api_calls + ?, images_processed = images_processed + ?, "
                        "images_from_cache = images_from_cache + ?, first_free = max(first_free, ?), "
                        "commits = ?, spent = spent + ?, one_by_one = one_by_one + ?, "
                        "unpriced_calls = unpriced_calls + ?, unpriced_images = unpriced_images + ?, "
                        "images_answered_here = images_answered_here + ?, images_repeated = images_repeated + ?, "
                        "saved_here = saved_here + ?"},
      last_batch_{db, "SELECT commits FROM totals"} {}

void ledger::accept(std::int64_t job, const owner_name& owner, timestamp at) {
  if (accept_.run(at, job, owner) != 0)
    account_.run(quarter_of(at), owner, 1, 0, 0);
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
  count_call(t.reservation, t.at);
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
    count_call(id, at);
}

bool ledger::close(reservation_id id, std::string_view state, timestamp at, std::optional<micro_dollars> own_price) {
  return close_.run(id, state, at, own_price) != 0;
}

void ledger::add_shares(reservation_id id, std::span<const job_share> shares) {
  for (const auto& share : shares)
    add_share_.run(id, share.job, share.pays.calls, share.pays.price, share.owner);
}

bool ledger::has_shares(reservation_id id) {
  return has_shares_.query(id).next();
}

void ledger::count_call(reservation_id id, timestamp at) {
  ++counted_.api_calls;
  const auto price = price_of(id);
  if (price)
    counted_.spent += *price;
  else
    ++counted_.unpriced_calls;
  // What nobody pays is on nobody's account: together they are all that was spent.
  cost rest{whole_call, price.value_or(0)};
  for (const auto& [owner, pays] : payers_of(id)) {
    account_.run(quarter_of(at), owner, 0, pays.calls, pays.price);
    rest.calls -= std::min(rest.calls, pays.calls);
    rest.price -= std::min(rest.price, pays.price);
  }
  if (rest.calls != 0 || rest.price != 0)
    account_.run(quarter_of(at), "", 0, rest.calls, rest.price);
}

std::vector<owner_share> ledger::payers_of(reservation_id id) {
  std::vector<owner_share> payers;
  for (auto row = payers_.query(id); row.next();)
    payers.push_back({owner_name{row.bytes(0)}, cost_in(row, 1, 2)});
  return payers;
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

void ledger::note_stop(const glyphgate::note_stop& stop) {
  if (stop.order)
    stop_.run(stop.order->by, stop.order->reason, stop.order->since, stop.order->refuses_jobs ? 1 : 0);
  else
    resume_.run();
}

void ledger::note_budget(const glyphgate::note_budget& budget) {
  budget_.run(budget.news.budget, budget.news.interval, budget.news.cost);
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

void ledger::sweep_before(timestamp at, timestamp accounts_from) {
  statement{db_, "DELETE FROM accounts WHERE quarter < ?"}.run(quarter_of(accounts_from));
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
  statement accepted{db_, "SELECT at, owner FROM acceptances ORDER BY at"};
  for (auto row = accepted.query(); row.next();)
    r.accepted.push_back({row.time(0), owner_name{row.bytes(1)}});
  // One look at a day's shares: a query for each spend would be a long start.
  statement spends{db_, "SELECT reservation, closed_at, ledger.price, owner, sum(shares.calls), sum(shares.price) "
                        "FROM ledger LEFT JOIN shares USING (reservation) WHERE state <> 'released' "
                        "GROUP BY reservation, owner ORDER BY reservation, owner"};
  for (auto row = spends.query(); row.next();) {
    const auto id = static_cast<reservation_id>(row.integer(0));
    if (r.spends.empty() || r.spends.back().id != id)
      r.spends.push_back({id, row.optional_time(1), price_in(row, 2).value_or(0), {}});
    auto& spend = r.spends.back();
    if (spend.settled_at && !row.is_null(3))
      spend.payers.push_back({owner_name{row.bytes(3)}, cost_in(row, 4, 5)});
  }
  statement billed{db_, "SELECT interval, cost, budget FROM billed ORDER BY budget"};
  for (auto row = billed.query(); row.next();)
    r.billed.push_back({row.time(0), static_cast<micro_dollars>(row.integer(1)), false, std::string{row.bytes(2)}});
  r.accounts = read_accounts(db_, r.as_of - month_at_most, timestamp::max());
  statement sums{db_, "SELECT api_calls, images_processed, images_from_cache, spent, one_by_one, unpriced_calls, "
                      "unpriced_images, first_free, commits, paused_engine, paused_until, images_answered_here, "
                      "images_repeated, saved_here, stopped_by, stop_reason, stopped_at, refuses_jobs FROM totals"};
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
  if (!row.is_null(16))
    r.stopped = stop_order{std::string{row.bytes(14)}, std::string{row.bytes(15)}, row.time(16), row.integer(17) != 0};
}

} // namespace glyphgate::store
