#include "store/sqlite/job_tables.hpp"

#include "store/sqlite/codec.hpp"
#include "store/sqlite/damage.hpp"
#include "store/sqlite/job_rows.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace glyphgate::store {

namespace {

std::optional<std::string> optional_text(const cursor& row, int column) {
  if (row.is_null(column))
    return std::nullopt;
  return std::string{row.bytes(column)};
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

std::string row_of_job(std::string_view id) {
  return "table jobs, id " + std::string{id};
}

/// Where a picture's file is.
struct place_of_file {
  std::uint64_t offset = 0;
  /// Of the file, where it is not a picture's content.
  std::optional<digest> content{};
};

/// Those of the pictures that a payload file holds, by position; the files lie as `payload_of` has them.
std::vector<std::optional<place_of_file>> places_of(const accept_job& job, std::uint64_t offset) {
  std::unordered_map<const picture_bytes*, std::uint64_t> offsets;
  for (const auto& bytes : payload_of(job)) {
    offsets.emplace(bytes.get(), offset);
    offset += bytes->size();
  }
  std::unordered_map<const picture_bytes*, digest> contents;
  std::vector<std::optional<place_of_file>> places(job.spec->pictures.size());
  for (const auto i : payload_pictures(job)) {
    const auto& p = job.spec->pictures[i];
    auto& place = places[i].emplace(place_of_file{offsets.at(p.bytes.get())});
    if (p.info.is_its_file() && p.info.orientation == 1)
      continue;
    const auto [known, is_new] = contents.try_emplace(p.bytes.get());
    if (is_new)
      known->second = sha256(p.bytes->hold().view);
    place.content = known->second;
  }
  return places;
}

} // namespace

picture_indices payload_pictures(const accept_job& job) {
  picture_indices indices;
  if (job.spec->keep_images) {
    for (std::uint32_t i = 0; i < job.spec->pictures.size(); ++i)
      if (job.spec->pictures[i].refused.empty())
        indices.push_back(i);
    return indices;
  }
  for (const auto& boarding : job.aboard)
    indices.insert(indices.end(), boarding.pictures.begin(), boarding.pictures.end());
  indices.insert(indices.end(), job.waiting.begin(), job.waiting.end());
  std::ranges::sort(indices);
  return indices;
}

payload_bytes payload_of(const accept_job& job) {
  payload_bytes files;
  std::unordered_set<const picture_bytes*> seen;
  for (const auto i : payload_pictures(job))
    if (const auto& bytes = job.spec->pictures[i].bytes; seen.insert(bytes.get()).second)
      files.push_back(bytes);
  return files;
}

job_tables::job_tables(database& db)
    : db_{db},
      insert_job_{db, "INSERT INTO jobs (id, identity, language_hints, images, images_from_cache, accepted_at, "
                      "engine, max_delay, payload, near_duplicates, sifting, owner, keep_images) "
                      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number"},
      insert_picture_{db, "INSERT INTO pictures (job, position, id, content, recognition_key, format, width, height, "
                          "orientation, payload_offset, size, recognised, error, call, kin, joined_bytes, joined_rows, "
                          "refused, page, file) "
                          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      find_pending_{db, "SELECT number FROM jobs WHERE id = ? AND status IS NULL"},
      owner_of_{db, "SELECT owner FROM jobs WHERE number = ?"},
      count_from_cache_{db, "UPDATE jobs SET images_from_cache = images_from_cache + ?2 WHERE number = ?1"},
      set_call_{db, "UPDATE pictures SET call = ?3 WHERE job = ?1 AND position = ?2"},
      give_up_waiting_{db, "UPDATE pictures SET error = ?2, may_pass = 1 WHERE job = ?1 AND recognition_key NOT IN "
                           "(SELECT recognition_key FROM pictures "
                           "WHERE job = ?1 AND (call IS NOT NULL OR recognised IS NOT NULL OR error <> ''))"},
      end_sifting_{db, "UPDATE jobs SET sifting = 0, sifted_at = ?2 WHERE number = ?1 AND sifting"},
      repeat_{db, "UPDATE pictures SET recognition_key = "
                  "(SELECT recognition_key FROM pictures WHERE job = ?1 AND position = ?3) "
                  "WHERE job = ?1 AND position = ?2"},
      start_{db, "UPDATE jobs SET started_at = ?2 "
                 "WHERE number IN (SELECT job FROM pictures WHERE call = ?1) AND started_at IS NULL"},
      pay_{db, "UPDATE jobs SET api_calls = api_calls + 1, share_calls = share_calls + paid.calls, "
               "share_price = share_price + paid.price "
               "FROM (SELECT job, calls, price FROM shares WHERE reservation = ?) AS paid WHERE number = paid.job"},
      aboard_{db, "SELECT job, position, recognition_key FROM pictures WHERE call = ?"},
      is_aboard_{db, "SELECT 1 FROM pictures WHERE call = ?"},
      set_outcome_{db, "UPDATE pictures SET recognised = ?3, error = ?4, may_pass = ?5, call = NULL "
                       "WHERE job = ?1 AND position = ?2"},
      end_{db, "UPDATE jobs SET status = ?2, started_at = ?3, completed_at = ?4, expires_at = ?5, error = ?6, "
               "repeatable = ?7, result_bytes = ?8, payload = iif(keep_images AND ?2 <> 'cancelled', payload, NULL) "
               "WHERE id = ?1 AND status IS NULL RETURNING number"},
      leave_all_{db, "UPDATE pictures SET call = NULL WHERE job = ? AND call IS NOT NULL"},
      keeps_pictures_{db, "SELECT 1 FROM jobs WHERE id = ? AND status IS NOT NULL AND payload IS NOT NULL"},
      forget_{db, "DELETE FROM jobs WHERE id = ?"},
      adopt_{db, "UPDATE jobs SET identity = ?2, age_from = ?3 WHERE id = ?1 AND status IS NULL RETURNING number"},
      set_key_{db, "UPDATE pictures SET recognition_key = ?3 WHERE job = ?1 AND position = ?2"} {}

std::int64_t job_tables::insert(const accept_job& job, const std::optional<payload_place>& place) {
  const auto& spec = *job.spec;
  auto inserted = insert_job_.query(
      job.id, spec.identity, blob{encode(spec.language_hints)}, spec.pictures.size(), job.pictures_from_cache, job.at,
      job.engine, spec.max_delay, place ? std::optional{std::string_view{place->file}} : std::nullopt,
      spec.near_duplicates ? 1 : 0, job.sifting ? 1 : 0, spec.owner, spec.keep_images ? 1 : 0);
  inserted.next();
  const auto number = inserted.integer(0);

  const auto places = places_of(job, place ? place->offset : 0);
  std::vector<std::optional<call_id>> calls(spec.pictures.size());
  for (const auto& boarding : job.aboard)
    for (const auto i : boarding.pictures)
      calls[i] = boarding.call;
  std::vector<std::optional<std::string>> known(spec.pictures.size());
  for (const auto& [i, recognised] : job.known)
    known[i] = encode(*recognised);
  for (std::size_t i = 0; i < spec.pictures.size(); ++i) {
    const auto& p = spec.pictures[i];
    const auto at = places[i] ? std::optional{places[i]->offset} : std::nullopt;
    const auto file = places[i] ? places[i]->content : std::nullopt;
    const bool is_refused = !p.refused.empty();
    insert_picture_.run(number, i, p.id, p.content, spec.recognition_keys[i], static_cast<int>(p.info.format),
                        p.info.width, p.info.height, p.info.orientation, at, p.bytes ? p.bytes->size() : 0,
                        as_blob(known[i]), is_refused ? std::optional{std::string_view{p.refused}} : std::nullopt,
                        calls[i], static_cast<std::int64_t>(p.info.joins.kin), p.info.joins.bytes, p.info.joins.rows,
                        is_refused ? 1 : 0, p.info.page, file);
  }
  return number;
}

std::optional<std::int64_t> job_tables::find_pending(const job_id& id) {
  auto row = find_pending_.query(id);
  if (!row.next())
    return std::nullopt;
  return row.integer(0);
}

owner_name job_tables::owner_of(std::int64_t job) {
  auto row = owner_of_.query(job);
  return row.next() ? owner_name{row.bytes(0)} : owner_name{};
}

void job_tables::board(std::int64_t job, const board_job& t) {
  for (const auto& boarding : t.aboard)
    for (const auto i : boarding.pictures)
      set_call_.run(job, i, boarding.call);
  for (const auto& [i, recognised] : t.known)
    set_outcome_.run(job, i, blob{encode(*recognised)}, "", 0);
  count_from_cache_.run(job, t.known.size());
}

void job_tables::give_up_waiting(std::int64_t job, std::string_view error) {
  give_up_waiting_.run(job, error);
  end_sifting_.run(job, nullptr);
}

bool job_tables::sift(std::int64_t job, const sift_job& t) {
  if (end_sifting_.run(job, t.at) == 0)
    return false;
  for (const auto& [position, key, read] : t.answered)
    set_outcome_.run(job, position, blob{encode(*read)}, "", 0);
  for (const auto& [position, earlier] : t.repeats)
    repeat_.run(job, position, earlier);
  return true;
}

void job_tables::start(call_id call, timestamp at) {
  start_.run(call, at);
}

void job_tables::pay(reservation_id spend) {
  pay_.run(spend);
}

std::vector<job_tables::passenger> job_tables::aboard(call_id call) {
  std::vector<passenger> passengers;
  for (auto row = aboard_.query(call); row.next();)
    passengers.push_back({row.integer(0), row.integer(1), row.digest_of(2)});
  return passengers;
}

void job_tables::transfer(call_id call, std::span<const call_part> parts) {
  std::unordered_map<digest, call_id> part_of;
  for (const auto& part : parts)
    for (const auto& seat : part.seats)
      part_of.emplace(seat, part.id);
  for (const auto& p : aboard(call)) {
    const auto part = part_of.find(p.seat);
    set_call_.run(p.job, p.position, part == part_of.end() ? std::nullopt : std::optional{part->second});
  }
}

std::uint64_t job_tables::disembark(call_id call, std::span<const seat_outcome> outcomes) {
  struct encoded_outcome {
    const picture_outcome* outcome;
    std::optional<std::string> recognised;
  };
  std::unordered_map<digest, encoded_outcome> outcome_of_seat;
  for (const auto& [seat, outcome] : outcomes)
    outcome_of_seat.emplace(seat, encoded_outcome{&outcome, encoded(outcome)});
  std::uint64_t recognised = 0;
  for (const auto& p : aboard(call)) {
    const auto found = outcome_of_seat.find(p.seat);
    if (found == outcome_of_seat.end()) {
      set_call_.run(p.job, p.position, nullptr);
      continue;
    }
    const auto& [outcome, bytes] = found->second;
    recognised += bytes ? 1 : 0;
    set_outcome_.run(p.job, p.position, as_blob(bytes), outcome->error, outcome->may_pass ? 1 : 0);
  }
  return recognised;
}

void job_tables::fail(std::int64_t job, std::size_t position, const picture_outcome& outcome) {
  set_outcome_.run(job, position, nullptr, outcome.error, outcome.may_pass ? 1 : 0);
}

bool job_tables::is_empty(call_id call) {
  return !is_aboard_.query(call).next();
}

bool job_tables::end(const job_end& end) {
  auto row = end_.query(end.id, to_string(end.status), end.started_at, end.completed_at, end.expires_at, end.error,
                        end.repeatable ? 1 : 0, end.result_bytes);
  if (!row.next())
    return false;
  leave_all_.run(row.integer(0));
  return true;
}

bool job_tables::keeps_pictures(const job_id& id) {
  return keeps_pictures_.query(id).next();
}

std::vector<std::pair<job_id, std::string>> job_tables::load_kept_payloads() {
  std::vector<std::pair<job_id, std::string>> kept;
  statement select{db_, "SELECT id, payload FROM jobs WHERE status IS NOT NULL AND payload IS NOT NULL"};
  for (auto row = select.query(); row.next();)
    kept.emplace_back(row.bytes(0), row.bytes(1));
  return kept;
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
                   "repeatable, result_bytes, owner FROM jobs WHERE status IS NOT NULL ORDER BY number"};
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
  job.view.pictures_total = row.number32(2);
  job.view.pictures_done = *status == job_status::cancelled ? 0 : job.view.pictures_total;
  job.view.error = optional_text(row, 8);
  job.repeatable = row.integer(9) != 0;
  job.result_bytes = static_cast<std::uint64_t>(row.integer(10));
  job.view.owner = row.bytes(11);
}

std::vector<stored_job> job_tables::load_pending() {
  std::vector<stored_job> jobs;
  statement select{
      db_, "SELECT number, id, identity, language_hints, images_from_cache, api_calls, accepted_at, "
           "started_at, engine, age_from, max_delay, share_calls, share_price, payload, near_duplicates, sifting, "
           "sifted_at, owner, keep_images "
           "FROM jobs WHERE status IS NULL ORDER BY number"};
  for (auto row = select.query(); row.next();) {
    naming([&] { return row_of_job(row.bytes(1)); }, [&] { read_pending(jobs.emplace_back(), row); });
  }
  statement pictures{db_, "SELECT id, content, recognition_key, format, width, height, orientation, payload_offset, "
                          "size, recognised, error, may_pass, "
                          "(SELECT calls.id FROM calls WHERE calls.id = call AND NOT closed), "
                          "kin, joined_bytes, joined_rows, refused, page, file "
                          "FROM pictures WHERE job = ? ORDER BY position"};
  for (auto& stored : jobs)
    naming([&] { return row_of_picture(stored.job.view.id, stored.parts.size()); },
           [&] { load_pictures(stored, pictures); });
  return jobs;
}

void job_tables::read_pending(stored_job& stored, const cursor& row) {
  stored.number = row.integer(0);
  stored.job.identity = stored.spec->identity = row.digest_of(2);
  stored.spec->language_hints = decode_strings(row.bytes(3));
  stored.job.view.id = row.bytes(1);
  stored.job.pictures_from_cache = row.number32(4);
  stored.job.api_calls = row.number32(5);
  stored.job.view.created_at = row.time(6);
  stored.job.view.started_at = row.optional_time(7);
  stored.job.engine = row.bytes(8);
  stored.job.age_from = row.optional_time(9);
  if (!row.is_null(10))
    stored.spec->max_delay = duration{row.integer(10)};
  stored.job.share = cost_in(row, 11, 12);
  stored.payload = row.bytes(13);
  stored.spec->near_duplicates = row.integer(14) != 0;
  stored.job.sifting = row.integer(15) != 0;
  stored.job.sifted_at = row.optional_time(16);
  stored.job.view.owner = stored.spec->owner = row.bytes(17);
  stored.spec->keep_images = row.integer(18) != 0;
  stored.job.spec = stored.spec;
}

void job_tables::load_pictures(stored_job& stored, statement& select) {
  for (auto row = select.query(stored.number); row.next();) {
    picture p;
    p.id = row.bytes(0);
    p.content = row.digest_of(1);
    p.info.format = format_in(row, 3);
    p.info.width = row.number32(4);
    p.info.height = row.number32(5);
    p.info.orientation = static_cast<std::uint8_t>(row.integer(6));
    p.info.joins = {static_cast<std::uint64_t>(row.integer(13)), static_cast<std::uint64_t>(row.integer(14)),
                    row.number32(15)};
    p.info.page = row.number32(17);
    const payload_part part{static_cast<std::uint64_t>(row.integer(7)), static_cast<std::uint64_t>(row.integer(8)),
                            row.is_null(18) ? p.content : row.digest_of(18)};
    auto outcome = outcome_of(row, 9, 10, 11);
    if (row.integer(16) != 0)
      p.refused = outcome.error;
    stored.spec->recognition_keys.push_back(row.digest_of(2));
    stored.spec->pictures.push_back(std::move(p));
    stored.job.outcomes.push_back(std::move(outcome));
    stored.job.aboard.push_back(static_cast<call_id>(row.integer(12)));
    stored.parts.push_back(part);
  }
}

} // namespace glyphgate::store
