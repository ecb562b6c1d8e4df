#include "core/retry_delay.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>

namespace glyphgate {

jitter_source make_random_jitter() {
  auto engine = std::make_shared<std::minstd_rand>(std::random_device{}());
  return [engine] { return std::uniform_real_distribution<double>{0, 1}(*engine); };
}

duration retry_delay(attempt_token attempt, std::optional<duration> told, double jitter) {
  constexpr duration first = std::chrono::seconds{1};
  constexpr duration longest = std::chrono::seconds{60};
  constexpr attempt_token reaches_longest = 7;
  const auto grown = std::min(first * (1 << std::min(attempt - 1, reaches_longest)), longest);
  const auto least = std::max(told.value_or(duration::zero()), grown);
  return least + std::chrono::duration_cast<duration>(least * (jitter / 2));
}

} // namespace glyphgate
