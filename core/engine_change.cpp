#include "core/engine_change.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace glyphgate {

namespace {

/// Keys of which the job has an outcome. A picture that repeats another has the other's.
std::unordered_set<digest> decided_keys(const kept_job& job) {
  std::unordered_set<digest> keys;
  for (std::size_t i = 0; i < job.outcomes.size(); ++i)
    if (is_decided(job.outcomes[i]))
      keys.insert(job.spec->recognition_keys[i]);
  return keys;
}

/// What becomes of a job's keys when an engine reads what is left of it.
struct new_keys {
  std::vector<digest> keys;
  /// That engine has read, or is to read, all of it.
  bool by_one_engine = true;
};

new_keys keys_for(const kept_job& job, const engine_description& present) {
  const auto decided = decided_keys(job);
  const auto& before = job.spec->recognition_keys;
  new_keys result{before};
  const auto scope = present.shares_results ? present.scope : scope_of(job.spec->owner, present.scope);
  std::unordered_map<digest, digest> content_of;
  for (std::size_t i = 0; i < result.keys.size(); ++i) {
    // What repeats another is read in that one.
    const auto& content = content_of.emplace(before[i], job.spec->pictures[i].content).first->second;
    const auto own = recognition_key(scope, job.spec->language_hints, content);
    // Nothing was read in a refused one.
    if (!decided.contains(before[i]) || !job.spec->pictures[i].refused.empty())
      result.keys[i] = own;
    result.by_one_engine &= result.keys[i] == own;
  }
  return result;
}

bool is_for_another(const kept_job& job, const engine_description& present) {
  return !job.engine.empty() && job.engine != present.name && !std::ranges::count(present.stands_for, job.engine);
}

timestamp wait_ends(const kept_job& job, duration wait) {
  return job.age_from.value_or(job.view.created_at) + wait;
}

/// Nothing of it is to be read.
bool all_decided(const kept_job& job) {
  const auto decided = decided_keys(job);
  return std::ranges::all_of(job.spec->recognition_keys, [&](const digest& key) { return decided.contains(key); });
}

} // namespace

std::optional<timestamp> end_of_wait(const kept_job& job, const engine_description& present, duration wait) {
  if (all_decided(job) || !is_for_another(job, present) || keys_for(job, present).keys == job.spec->recognition_keys)
    return std::nullopt;
  return wait_ends(job, wait);
}

std::optional<adopt_job> adopt(kept_job& job, const engine_description& present, duration wait) {
  if (all_decided(job))
    return std::nullopt;
  auto [keys, by_one_engine] = keys_for(job, present);
  const bool new_reader = keys != job.spec->recognition_keys;
  const auto identity =
      identity_of(job.spec->pictures, job.spec->language_hints,
                  by_one_engine ? scope_of(job.spec->owner, present.scope) : "several engines, " + job.view.id,
                  job.spec->near_duplicates, job.spec->keep_images);
  if (!new_reader && identity == job.identity)
    return std::nullopt;
  if (new_reader && is_for_another(job, present))
    job.age_from = wait_ends(job, wait);
  auto spec = std::make_shared<job_spec>(*job.spec);
  spec->recognition_keys = std::move(keys);
  spec->identity = job.identity = identity;
  job.spec = std::move(spec);
  return adopt_job{job.view.id, job.identity, job.spec->recognition_keys, job.age_from};
}

} // namespace glyphgate
