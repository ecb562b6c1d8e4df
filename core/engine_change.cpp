#include "core/engine_change.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace glyphgate {

namespace {

bool is_decided(const picture_outcome& outcome) {
  return outcome.recognised != nullptr || !outcome.error.empty();
}

/// Contents of which the job has an outcome. A picture that repeats another has the other's.
std::unordered_set<digest> decided_contents(const kept_job& job) {
  std::unordered_set<digest> contents;
  for (std::size_t i = 0; i < job.outcomes.size(); ++i)
    if (is_decided(job.outcomes[i]))
      contents.insert(job.spec->pictures[i].content);
  return contents;
}

/// The keys of its pictures when `present` reads what is left of it.
std::vector<digest> keys_for(const kept_job& job, const engine_description& present) {
  const auto decided = decided_contents(job);
  auto keys = job.spec->recognition_keys;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (const auto& p = job.spec->pictures[i]; !decided.contains(p.content))
      keys[i] = recognition_key(present.scope, job.spec->language_hints, p.content);
  return keys;
}

bool all_closed(const kept_job& job) {
  return std::ranges::all_of(job.calls, &kept_call::closed);
}

} // namespace

std::optional<timestamp> end_of_wait(const kept_job& job, const engine_description& present, duration wait) {
  if (all_closed(job) || job.engine.empty() || job.engine == present.name ||
      keys_for(job, present) == job.spec->recognition_keys)
    return std::nullopt;
  return job.age_from.value_or(job.view.created_at) + wait;
}

std::optional<adopt_job> adopt(kept_job& job, const engine_description& present, duration wait) {
  if (all_closed(job))
    return std::nullopt;
  auto spec = std::make_shared<job_spec>(*job.spec);
  spec->recognition_keys = keys_for(job, present);
  bool by_one_engine = true;
  for (std::size_t i = 0; i < spec->pictures.size(); ++i)
    by_one_engine &=
        spec->recognition_keys[i] == recognition_key(present.scope, spec->language_hints, spec->pictures[i].content);
  spec->identity = identity_of(spec->pictures, spec->language_hints,
                               by_one_engine ? present.scope : "several engines, " + job.view.id);
  if (spec->identity == job.identity && spec->recognition_keys == job.spec->recognition_keys)
    return std::nullopt;
  if (const auto waited_until = end_of_wait(job, present, wait))
    job.age_from = waited_until;
  job.identity = spec->identity;
  job.spec = std::move(spec);
  return adopt_job{job.view.id, job.identity, job.spec->recognition_keys, job.age_from};
}

} // namespace glyphgate
