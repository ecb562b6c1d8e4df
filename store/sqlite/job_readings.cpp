#include "store/sqlite/job_readings.hpp"

#include "store/sqlite/codec.hpp"
#include "store/sqlite/damage.hpp"
#include "store/sqlite/job_rows.hpp"
#include "store/sqlite/kept_files.hpp"

#include <utility>
#include <vector>

namespace glyphgate::store {

namespace {

kept_files::place place_in(const cursor& row) {
  kept_files::place at;
  at.entry.info.format = format_in(row, 0);
  at.entry.info.width = row.number32(1);
  at.entry.info.height = row.number32(2);
  at.entry.info.orientation = static_cast<std::uint8_t>(row.integer(3));
  at.entry.info.page = row.number32(4);
  if (row.is_null(5))
    return at;
  at.offset = static_cast<std::uint64_t>(row.integer(5));
  at.entry.size = static_cast<std::uint64_t>(row.integer(6));
  at.content = row.is_null(8) ? row.digest_of(7) : row.digest_of(8);
  return at;
}

} // namespace

job_readings::job_readings(database& db)
    : select_result_{db, "SELECT number, api_calls, images_from_cache, share_calls, share_price, engine, "
                         "near_duplicates FROM jobs "
                         "WHERE id = ? AND status IN ('completed', 'failed')"},
      select_outcomes_{db, "SELECT id, recognition_key, recognised, error, may_pass, width, height FROM pictures "
                           "WHERE job = ? "
                           "ORDER BY position"},
      recall_{db, "SELECT recognised FROM pictures WHERE recognition_key = ? AND recognised IS NOT NULL "
                  "ORDER BY job DESC LIMIT 1"},
      select_payload_{db, "SELECT number, payload FROM jobs WHERE id = ? AND status IN ('completed', 'failed') "
                          "AND payload IS NOT NULL"},
      select_places_{db, "SELECT format, width, height, orientation, page, payload_offset, size, content, file "
                         "FROM pictures WHERE job = ? ORDER BY position"} {}

std::shared_ptr<const job_result> job_readings::read_result(const job_id& id) {
  auto job = select_result_.query(id);
  if (!job.next())
    return nullptr;
  auto result = std::make_shared<job_result>();
  result->api_calls = job.number32(1);
  result->pictures_from_cache = job.number32(2);
  result->share = cost_in(job, 3, 4);
  result->engine = job.bytes(5);
  std::vector<digest> keys;
  std::vector<picture_outcome> outcomes;
  for (auto row = select_outcomes_.query(job.integer(0)); row.next();)
    naming([&] { return row_of_picture(id, outcomes.size()); },
           [&] {
             keys.push_back(row.digest_of(1));
             result->pictures.push_back({std::string{row.bytes(0)}, {}, {}, row.number32(5), row.number32(6)});
             outcomes.push_back(outcome_of(row, 2, 3, 4));
           });
  repeat_outcomes(keys, outcomes);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    result->pictures[i].outcome = std::move(outcomes[i]);
  if (job.integer(6) != 0)
    note_repeats(keys, result->pictures);
  return result;
}

std::shared_ptr<const kept_pictures> job_readings::read_pictures(const job_id& id,
                                                                 const std::filesystem::path& payloads) {
  auto job = select_payload_.query(id);
  if (!job.next())
    return nullptr;
  std::vector<kept_files::place> places;
  for (auto row = select_places_.query(job.integer(0)); row.next();)
    naming([&] { return row_of_picture(id, places.size()); }, [&] { places.push_back(place_in(row)); });
  return std::make_shared<const kept_files>(payloads / std::string{job.bytes(1)}, std::move(places));
}

std::shared_ptr<const recognition> job_readings::recall(const digest& key) {
  auto row = recall_.query(key);
  if (!row.next())
    return nullptr;
  return naming([&] { return "table pictures, recognition_key " + to_hex(key); },
                [&] { return std::make_shared<const recognition>(decode_recognition(row.bytes(0))); });
}

} // namespace glyphgate::store
