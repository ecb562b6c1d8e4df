#include "store/sqlite/call_table.hpp"

#include "store/sqlite/damage.hpp"

#include <string>

namespace glyphgate::store {

namespace {

void read(kept_call& call, const cursor& row) {
  call.id = static_cast<call_id>(row.integer(0));
  call.origin = static_cast<call_id>(row.integer(1));
  call.attempt = row.number32(2);
  call.reservation = static_cast<reservation_id>(row.integer(3));
  call.paid_before = row.number32(4);
  call.suspect = row.integer(5) != 0;
  call.interruptions = row.number32(6);
  call.closed = row.integer(7) != 0;
  call.unpaid = !call.closed && row.bytes(8) != "reserved";
}

} // namespace

call_table::call_table(database& db)
    : db_{db},
      open_{db, "INSERT INTO calls (id, origin, reservation) VALUES (?1, ?2, ?1)"},
      find_open_{db, "SELECT origin, attempt, reservation FROM calls WHERE id = ? AND NOT closed"},
      next_attempt_{db, "UPDATE calls SET attempt = ?2, suspect = 0, interruptions = 0 WHERE id = ?1"},
      retry_{db, "UPDATE calls SET attempt = ?2, reservation = ?3, paid_before = ?4, suspect = ?5, "
                 "interruptions = iif(?5, interruptions, 0) WHERE id = ?1"},
      interrupt_{db, "UPDATE calls SET suspect = 1, interruptions = interruptions + ?2 WHERE id = ?1"},
      close_{db, "UPDATE calls SET closed = 1 WHERE id = ? RETURNING origin"},
      forget_{db, "DELETE FROM calls WHERE origin = ?1 "
                  "AND NOT EXISTS (SELECT 1 FROM calls WHERE origin = ?1 AND NOT closed)"} {}

void call_table::open(call_id id, call_id origin) {
  open_.run(id, origin);
}

std::optional<open_call> call_table::find_open(call_id id) {
  auto row = find_open_.query(id);
  if (!row.next())
    return std::nullopt;
  return open_call{static_cast<call_id>(row.integer(0)), row.number32(1), static_cast<reservation_id>(row.integer(2))};
}

std::optional<open_call> call_table::find_open(call_id id, attempt_token attempt) {
  auto call = find_open(id);
  if (call && call->attempt != attempt)
    call.reset();
  return call;
}

void call_table::next_attempt(call_id id, attempt_token attempt) {
  next_attempt_.run(id, attempt);
}

void call_table::retry(const reserve_retry& t) {
  retry_.run(t.call, t.attempt, t.reservation, t.paid_before, t.suspect ? 1 : 0);
}

void call_table::interrupt(call_id id, bool alone) {
  interrupt_.run(id, alone ? 1 : 0);
}

void call_table::close(call_id id) {
  std::int64_t origin = 0;
  if (auto row = close_.query(id); row.next())
    origin = row.integer(0);
  forget_.run(origin);
}

std::vector<kept_call> call_table::load() {
  std::vector<kept_call> calls;
  statement select{db_, "SELECT id, origin, calls.attempt, calls.reservation, paid_before, suspect, interruptions, "
                        "closed, state FROM calls LEFT JOIN ledger ON ledger.reservation = calls.reservation "
                        "ORDER BY id"};
  for (auto row = select.query(); row.next();)
    naming([&] { return "table calls, id " + std::to_string(row.integer(0)); },
           [&] { read(calls.emplace_back(), row); });
  return calls;
}

} // namespace glyphgate::store
