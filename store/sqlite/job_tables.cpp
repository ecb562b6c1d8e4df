#include "store/sqlite/job_tables.hpp"

#include "store/sqlite/codec.hpp"
#include "store/sqlite/damage.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace glyphgate::store {

namespace {

std::optional<std::string> optional_text(const cursor& row, int column) {
  if (row.is_null(column))
    return std::nullopt;
  return std::string{row.bytes(column)};
}

picture_outcome outcome_of(const cursor& row, int recognised, int error, int may_pass) {
  picture_outcome outcome;
  if (!row.is_null(recognised))
    outcome.recognised = std::make_shared<const recognition>(decode_recognition(row.bytes(recognised)));
  outcome.error = row.bytes(error);
  outcome.may_pass = row.integer(may_pass) != 0;
  return outcome;
}

std::optional<std::string> encoded(const picture_outcome& outcome) {
  if (!outcome.recognised)
    return std::nullopt;
  return encode(*outcome.recognised);
}

std::optional<blob> as_blob(const std::optional<std::string>& bytes) {
  if (!bytes)
    return std::nullopt;
  return blob{*bytes};
}

std::uint32_t to_u32(std::int64_t value) {
  if (value < 0 || value > std::numeric_limits<std::uint32_t>::max())
    throw damaged_value{"the database holds a damaged number"};
  return static_cast<std::uint32_t>(value);
}

std::string row_of_job(std::string_view id) {
  return "table jobs, id " + std::string{id};
}

std::string row_of(std::string_view table, const job_id& job, std::size_t position) {
  return "table " + std::string{table} + ", job " + job + ", position " + std::to_string(position);
}

} // namespace

picture_indices payload_pictures(const accept_job& job) {
  picture_indices indices;
  for (const auto& call : job.calls)
    indices.insert(indices.end(), call.pictures.begin(), call.pictures.end());
  std::ranges::sort(indices);
  return indices;
}

job_tables::job_tables(database& db)
    : db_{db},
      insert_job_{db, "INSERT INTO jobs (id, identity, language_hints, images, images_from_cache, accepted_at, "
                      "engine) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number"},
      insert_picture_{db, "INSERT INTO pictures (job, position, id, content, recognition_key, format, width, height, "
                          "orientation, payload_offset, size, recognised) "
                          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      insert_call_{db, "INSERT INTO calls (job, position, pictures, attempt, reservation) VALUES (?, ?, ?, 1, ?)"},
      find_open_{db, "SELECT number FROM jobs JOIN calls ON calls.job = number "
                     "WHERE id = ?1 AND status IS NULL AND position = ?2 AND NOT closed AND attempt = ?3"},
      start_{db, "UPDATE jobs SET started_at = coalesce(started_at, ?2) WHERE number = ?1"},
      count_call_{db, "UPDATE jobs SET api_calls = api_calls + 1 WHERE number = ?"},
      next_attempt_{db, "UPDATE calls SET attempt = ?3, suspect = 0, interruptions = 0 "
                        "WHERE job = ?1 AND position = ?2"},
      retry_{db, "UPDATE calls SET attempt = ?3, reservation = ?4, paid_before = ?5, suspect = ?6, "
                 "interruptions = iif(?6, interruptions, 0) WHERE job = ?1 AND position = ?2"},
      interrupt_{db, "UPDATE calls SET suspect = 1, interruptions = interruptions + ?3 "
                     "WHERE job = ?1 AND position = ?2"},
      close_{db, "UPDATE calls SET closed = 1 WHERE job = ?1 AND position = ?2"},
      select_call_{db, "SELECT pictures FROM calls WHERE job = ?1 AND position = ?2"},
      set_outcome_{db, "UPDATE pictures SET recognised = ?3, error = ?4, may_pass = ?5 "
                       "WHERE job = ?1 AND position = ?2"},
      end_{db, "UPDATE jobs SET status = ?2, started_at = ?3, completed_at = ?4, expires_at = ?5, error = ?6, "
               "repeatable = ?7, result_bytes = ?8 WHERE id = ?1 AND status IS NULL"},
      forget_{db, "DELETE FROM jobs WHERE id = ?"},
      adopt_{db, "UPDATE jobs SET identity = ?2, age_from = ?3 WHERE id = ?1 AND status IS NULL RETURNING number"},
      set_key_{db, "UPDATE pictures SET recognition_key = ?3 WHERE job = ?1 AND position = ?2"},
      select_result_{db, "SELECT number, api_calls, images_from_cache FROM jobs "
                         "WHERE id = ? AND status IN ('completed', 'failed')"},
      select_outcomes_{db, "SELECT id, content, recognised, error, may_pass FROM pictures WHERE job = ? "
                           "ORDER BY position"},
      recall_{db, "SELECT recognised FROM pictures WHERE recognition_key = ? AND recognised IS NOT NULL "
                  "ORDER BY job DESC LIMIT 1"} {}

std::int64_t job_tables::insert(const accept_job& job) {
  const auto& spec = *job.spec;
  auto inserted = insert_job_.query(job.id, spec.identity, blob{encode(spec.language_hints)}, spec.pictures.size(),
                                    job.pictures_from_cache, job.at, job.engine);
  inserted.next();
  const auto number = inserted.integer(0);

  std::vector<std::optional<std::uint64_t>> offsets(spec.pictures.size());
  std::uint64_t offset = 0;
  for (const auto i : payload_pictures(job)) {
    offsets[i] = offset;
    offset += spec.pictures[i].bytes->size();
  }
  std::vector<std::optional<std::string>> known(spec.pictures.size());
  for (const auto& [i, recognised] : job.known)
    known[i] = encode(*recognised);
  for (std::size_t i = 0; i < spec.pictures.size(); ++i) {
    const auto& p = spec.pictures[i];
    insert_picture_.run(number, i, p.id, p.content, spec.recognition_keys[i], static_cast<int>(p.info.format),
                        p.info.width, p.info.height, p.info.orientation, offsets[i], p.bytes->size(),
                        as_blob(known[i]));
  }
  for (std::uint32_t i = 0; i < job.calls.size(); ++i)
    add_call(number, i, job.calls[i]);
  return number;
}

void job_tables::add_call(std::int64_t job, std::uint32_t index, const call_plan& call) {
  insert_call_.run(job, index, blob{encode(call.pictures)}, call.reservation);
}

std::optional<std::int64_t> job_tables::find_open(const call_key& key, attempt_token attempt) {
  auto row = find_open_.query(key.job, key.index, attempt);
  if (!row.next())
    return std::nullopt;
  return row.integer(0);
}

void job_tables::start(std::int64_t job, timestamp at) {
  start_.run(job, at);
}

void job_tables::count_call(std::int64_t job) {
  count_call_.run(job);
}

void job_tables::next_attempt(std::int64_t job, std::uint32_t call, attempt_token attempt) {
  next_attempt_.run(job, call, attempt);
}

void job_tables::retry(std::int64_t job, const reserve_retry& t) {
  retry_.run(job, t.key.index, t.attempt, t.reservation, t.paid_before, t.suspect ? 1 : 0);
}

void job_tables::interrupt(std::int64_t job, std::uint32_t call, bool alone) {
  interrupt_.run(job, call, alone ? 1 : 0);
}

picture_indices job_tables::pictures_of(std::int64_t job, std::uint32_t call) {
  auto row = select_call_.query(job, call);
  return row.next() ? decode_picture_indices(row.bytes(0)) : picture_indices{};
}

std::uint64_t job_tables::close(std::int64_t job, std::uint32_t call, std::span<const picture_outcome> outcomes) {
  close_.run(job, call);
  std::uint64_t recognised = 0;
  const auto pictures = pictures_of(job, call);
  for (std::size_t i = 0; i < pictures.size() && i < outcomes.size(); ++i) {
    const auto bytes = encoded(outcomes[i]);
    recognised += bytes ? 1 : 0;
    set_outcome_.run(job, pictures[i], as_blob(bytes), outcomes[i].error, outcomes[i].may_pass ? 1 : 0);
  }
  return recognised;
}

bool job_tables::end(const job_end& end) {
  return end_.run(end.id, to_string(end.status), end.started_at, end.completed_at, end.expires_at, end.error,
                  end.repeatable ? 1 : 0, end.result_bytes) != 0;
}

bool job_tables::forget(const job_id& id) {
  return forget_.run(id) != 0;
}

bool job_tables::adopt(const adopt_job& job) {
  auto row = adopt_.query(job.id, job.identity, job.age_from);
  if (!row.next())
    return false;
  const auto number = row.integer(0);
  for (std::size_t i = 0; i < job.recognition_keys.size(); ++i)
    set_key_.run(number, i, job.recognition_keys[i]);
  return true;
}

std::vector<kept_job> job_tables::load_ended() {
  std::vector<kept_job> jobs;
  statement select{db_,
                   "SELECT id, identity, images, accepted_at, started_at, status, completed_at, expires_at, error, "
                   "repeatable, result_bytes FROM jobs WHERE status IS NOT NULL ORDER BY number"};
  for (auto row = select.query(); row.next();) {
    naming([&] { return row_of_job(row.bytes(0)); }, [&] { read_ended(jobs.emplace_back(), row); });
  }
  return jobs;
}

void job_tables::read_ended(kept_job& job, const cursor& row) {
  const auto status = job_status_of(row.bytes(5));
  if (!status)
    throw damaged_value{"the database holds a damaged status"};
  job.identity = row.digest_of(1);
  job.view.id = row.bytes(0);
  job.view.status = *status;
  job.view.created_at = row.time(3);
  job.view.started_at = row.optional_time(4);
  job.view.completed_at = row.optional_time(6);
  job.view.expires_at = row.optional_time(7);
  job.view.pictures_total = to_u32(row.integer(2));
  job.view.pictures_done = *status == job_status::cancelled ? 0 : job.view.pictures_total;
  job.view.error = optional_text(row, 8);
  job.repeatable = row.integer(9) != 0;
  job.result_bytes = static_cast<std::uint64_t>(row.integer(10));
}

std::vector<stored_job> job_tables::load_pending() {
  std::vector<stored_job> jobs;
  statement select{db_, "SELECT number, id, identity, language_hints, images_from_cache, api_calls, accepted_at, "
                        "started_at, engine, age_from FROM jobs WHERE status IS NULL ORDER BY number"};
  for (auto row = select.query(); row.next();) {
    naming([&] { return row_of_job(row.bytes(1)); }, [&] { read_pending(jobs.emplace_back(), row); });
  }
  statement pictures{db_, "SELECT id, content, recognition_key, format, width, height, orientation, payload_offset, "
                          "size, recognised, error, may_pass FROM pictures WHERE job = ? ORDER BY position"};
  statement calls{db_, "SELECT pictures, calls.attempt, calls.reservation, paid_before, closed, state, "
                       "suspect, interruptions FROM calls LEFT JOIN ledger ON ledger.reservation = calls.reservation "
                       "WHERE calls.job = ? ORDER BY position"};
  for (auto& stored : jobs) {
    const auto row = [&](std::string_view table, const auto& read) {
      return row_of(table, stored.job.view.id, read.size());
    };
    naming([&] { return row("pictures", stored.parts); }, [&] { load_pictures(stored, pictures); });
    naming([&] { return row("calls", stored.job.calls); }, [&] { load_calls(stored, calls); });
  }
  return jobs;
}

void job_tables::read_pending(stored_job& stored, const cursor& row) {
  stored.number = row.integer(0);
  stored.job.identity = stored.spec->identity = row.digest_of(2);
  stored.spec->language_hints = decode_strings(row.bytes(3));
  stored.job.view.id = row.bytes(1);
  stored.job.pictures_from_cache = to_u32(row.integer(4));
  stored.job.api_calls = to_u32(row.integer(5));
  stored.job.view.created_at = row.time(6);
  stored.job.view.started_at = row.optional_time(7);
  stored.job.engine = row.bytes(8);
  stored.job.age_from = row.optional_time(9);
  stored.job.spec = stored.spec;
}

void job_tables::load_pictures(stored_job& stored, statement& select) {
  for (auto row = select.query(stored.number); row.next();) {
    picture p;
    p.id = row.bytes(0);
    p.content = row.digest_of(1);
    if (row.integer(3) < 0 || row.integer(3) > static_cast<int>(picture_format::webp))
      throw damaged_value{"the database holds a damaged format"};
    p.info.format = static_cast<picture_format>(row.integer(3));
    p.info.width = to_u32(row.integer(4));
    p.info.height = to_u32(row.integer(5));
    p.info.orientation = static_cast<std::uint8_t>(row.integer(6));
    const payload_part part{static_cast<std::uint64_t>(row.integer(7)), static_cast<std::uint64_t>(row.integer(8)),
                            p.content};
    stored.spec->recognition_keys.push_back(row.digest_of(2));
    stored.spec->pictures.push_back(std::move(p));
    stored.job.outcomes.push_back(outcome_of(row, 9, 10, 11));
    stored.parts.push_back(part);
  }
}

void job_tables::load_calls(stored_job& stored, statement& select) {
  for (auto row = select.query(stored.number); row.next();) {
    kept_call call;
    call.pictures = decode_picture_indices(row.bytes(0));
    if (std::ranges::any_of(call.pictures, [&](auto i) { return i >= stored.parts.size(); }))
      throw damaged_value{"the database holds a damaged call"};
    call.attempt = to_u32(row.integer(1));
    call.reservation = static_cast<reservation_id>(row.integer(2));
    call.paid_before = to_u32(row.integer(3));
    call.closed = row.integer(4) != 0;
    call.unpaid = !call.closed && row.bytes(5) != "reserved";
    call.suspect = row.integer(6) != 0;
    call.interruptions = to_u32(row.integer(7));
    stored.job.calls.push_back(std::move(call));
  }
}

std::shared_ptr<const job_result> job_tables::read_result(const job_id& id) {
  auto job = select_result_.query(id);
  if (!job.next())
    return nullptr;
  auto result = std::make_shared<job_result>();
  result->api_calls = to_u32(job.integer(1));
  result->pictures_from_cache = to_u32(job.integer(2));
  std::vector<digest> contents;
  std::vector<picture_outcome> outcomes;
  for (auto row = select_outcomes_.query(job.integer(0)); row.next();)
    naming([&] { return row_of("pictures", id, outcomes.size()); },
           [&] {
             contents.push_back(row.digest_of(1));
             result->pictures.push_back({std::string{row.bytes(0)}, {}});
             outcomes.push_back(outcome_of(row, 2, 3, 4));
           });
  repeat_outcomes(contents, outcomes);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    result->pictures[i].outcome = std::move(outcomes[i]);
  return result;
}

std::shared_ptr<const recognition> job_tables::recall(const digest& key) {
  auto row = recall_.query(key);
  if (!row.next())
    return nullptr;
  return naming([&] { return "table pictures, recognition_key " + to_hex(key); },
                [&] { return std::make_shared<const recognition>(decode_recognition(row.bytes(0))); });
}

} // namespace glyphgate::store
