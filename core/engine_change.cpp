#include "core/engine_change.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace glyphgate {

namespace {

bool is_decided(const picture_outcome& outcome) {
  return outcome.recognised != nullptr || !outcome.error.empty();
}

} // namespace

std::vector<transaction> adopt_pending_jobs(recovery& r, std::string_view scope) {
  std::vector<transaction> adopted;
  for (auto& job : r.pending) {
    if (std::ranges::all_of(job.calls, &kept_call::closed))
      continue;
    auto spec = std::make_shared<job_spec>(*job.spec);
    bool by_one_engine = true;
    for (std::size_t i = 0; i < spec->pictures.size(); ++i) {
      const auto key = recognition_key(scope, spec->language_hints, spec->pictures[i].content);
      if (!is_decided(job.outcomes[i]))
        spec->recognition_keys[i] = key;
      by_one_engine = by_one_engine && spec->recognition_keys[i] == key;
    }
    spec->identity = identity_of(spec->pictures, spec->language_hints,
                                 by_one_engine ? std::string{scope} : "several engines, " + job.view.id);
    if (spec->identity == job.identity && spec->recognition_keys == job.spec->recognition_keys)
      continue;
    adopted.emplace_back(adopt_job{job.view.id, spec->identity, spec->recognition_keys});
    job.identity = spec->identity;
    job.spec = std::move(spec);
  }
  return adopted;
}

} // namespace glyphgate
