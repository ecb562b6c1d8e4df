#include "core/limits/limit_name.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace glyphgate {

namespace {

std::string much(measure what, std::uint64_t limit) {
  switch (what) {
  case measure::jobs: return fmt::format("{} job{}", limit, limit == 1 ? "" : "s");
  case measure::calls: return fmt::format("{} call{}", limit / whole_call, limit == whole_call ? "" : "s");
  case measure::budget: return "US$" + to_dollars(limit);
  }
  return {};
}

/// The word of a key's line that sets it.
std::string word_of_key(const admission& refused) {
  constexpr std::array<std::string_view, 3> words{"jobs", "calls", "budget"};
  return fmt::format("{}-per-{}", words[static_cast<std::size_t>(refused.what)], refused.window);
}

/// The service's setting.
std::string setting(const admission& refused) {
  if (refused.window == "job")
    return "MAX_CALLS_PER_JOB";
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> windows{
      {{"MINUTE", "MINUTE"}, {"HOUR", "HOURLY"}, {"DAY", "DAILY"}, {"MONTH", "MONTHLY"}}};
  for (const auto w : all_windows)
    if (refused.window == to_string(w)) {
      const auto& [noun, adjective] = windows[static_cast<std::size_t>(w)];
      switch (refused.what) {
      case measure::jobs: return fmt::format("JOBS_PER_{}_LIMIT", noun);
      case measure::calls: return fmt::format("{}_API_CALLS_LIMIT", adjective);
      case measure::budget: return fmt::format("{}_BUDGET_USD", adjective);
      }
    }
  return {};
}

} // namespace

std::string to_dollars(micro_dollars price) {
  auto text = fmt::format("{}.{:06}", price / 1'000'000, price % 1'000'000);
  const auto cents = text.size() - 4;
  while (text.size() > cents && text.back() == '0')
    text.pop_back();
  return text;
}

std::string limit_name(const admission& refused) {
  const auto whose =
      refused.whose.empty() ? std::string{"the service's limit"} : "the limit of key \"" + refused.whose + '"';
  const bool is_hour = refused.window == to_string(window_kind::hour);
  return fmt::format("{} of {} {} {} ({})", whose, much(refused.what, refused.limit), is_hour ? "an" : "a",
                     refused.window, refused.whose.empty() ? setting(refused) : word_of_key(refused));
}

std::string why_too_large(const admission& refused) {
  const auto remedy = [](bool splitting_helps) {
    return splitting_helps ? "split the job" : "whoever runs the service can raise the limit";
  };
  if (refused.what == measure::jobs)
    return fmt::format("{} lets no job in: {}", limit_name(refused), remedy(false));
  const bool splitting_helps = refused.needed_calls > 1 && refused.needed / refused.needed_calls <= refused.limit;
  const auto calls = much(measure::calls, refused.needed_calls * whole_call);
  const auto price = refused.what == measure::budget ? " for " + much(refused.what, refused.needed) : std::string{};
  return fmt::format("the job needs {}{}, and {} never lets in so much: {}", calls, price, limit_name(refused),
                     remedy(splitting_helps));
}

std::string why_denied(const admission& refused) {
  if (!refused.no_key)
    return limit_name(refused) + " is reached";
  if (refused.whose.empty())
    return "the job is from before the service had keys, so nobody pays for it";
  return "no key has the name \"" + refused.whose + "\" any more, so nobody pays for its jobs";
}

} // namespace glyphgate
