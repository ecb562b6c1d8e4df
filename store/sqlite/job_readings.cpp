#include "store/sqlite/job_readings.hpp"

#include "store/sqlite/codec.hpp"
#include "store/sqlite/damage.hpp"
#include "store/sqlite/job_rows.hpp"

#include <utility>
#include <vector>

namespace glyphgate::store {

job_readings::job_readings(database& db)
    : select_result_{db, "SELECT number, api_calls, images_from_cache, share_calls, share_price, engine, "
                         "near_duplicates FROM jobs "
                         "WHERE id = ? AND status IN ('completed', 'failed')"},
      select_outcomes_{db, "SELECT id, recognition_key, recognised, error, may_pass FROM pictures WHERE job = ? "
                           "ORDER BY position"},
      recall_{db, "SELECT recognised FROM pictures WHERE recognition_key = ? AND recognised IS NOT NULL "
                  "ORDER BY job DESC LIMIT 1"} {}

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
             result->pictures.push_back({std::string{row.bytes(0)}, {}});
             outcomes.push_back(outcome_of(row, 2, 3, 4));
           });
  repeat_outcomes(keys, outcomes);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    result->pictures[i].outcome = std::move(outcomes[i]);
  if (job.integer(6) != 0)
    note_repeats(keys, result->pictures);
  return result;
}

std::shared_ptr<const recognition> job_readings::recall(const digest& key) {
  auto row = recall_.query(key);
  if (!row.next())
    return nullptr;
  return naming([&] { return "table pictures, recognition_key " + to_hex(key); },
                [&] { return std::make_shared<const recognition>(decode_recognition(row.bytes(0))); });
}

} // namespace glyphgate::store
