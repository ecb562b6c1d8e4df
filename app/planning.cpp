#include "app/planning.hpp"

#include "vision/call_planner.hpp"

#include <algorithm>
#include <vector>

namespace glyphgate {

namespace {

// The second evens out what pixels do not tell of a lot's work, and lets another job's call in between.
constexpr std::size_t lots_a_worker = 2;
constexpr std::size_t jobs_a_day = 100;

} // namespace

std::size_t most_lots(const config& settings, std::size_t processors) {
  const std::size_t workers = settings.engine.workers;
  const auto at_once = processors == 0 ? workers : std::min(workers, processors);
  const std::size_t room = std::min(settings.limits.calls_per_day, settings.jobs.queue_capacity);
  return at_once == 1 ? 1 : std::max<std::size_t>(1, std::min(at_once * lots_a_worker, room / jobs_a_day));
}

plan_calls_fn planner_for(const config& settings, const vision::engine_provider& engines, std::size_t processors) {
  if (engines.reads_montages())
    return [limits = settings.calls](const std::vector<picture>& pictures) {
      return vision::plan_calls(pictures, limits);
    };
  return [limits = settings.calls, lots = most_lots(settings, processors)](const std::vector<picture>& pictures) {
    return vision::plan_lots(pictures, limits, lots);
  };
}

sieve_setup sieve_for(const config& settings, const vision::engine_provider& engines, std::size_t processors) {
  const auto confidence = static_cast<float>(settings.engine.local_first_confidence);
  if (engines.make_sieve() == nullptr)
    return {};
  const std::size_t workers = settings.engine.workers;
  return {{settings.engine.local_first, confidence, false}, processors == 0 ? workers : std::min(workers, processors)};
}

call_sharing sharing_for(const config& settings, const vision::engine_provider& engines) {
  return {settings.jobs.packing && engines.reads_montages(),
          [limits = settings.calls](const extent& load) { return vision::fits(load, limits); }, settings.engine.workers,
          settings.keys.share_calls};
}

} // namespace glyphgate
