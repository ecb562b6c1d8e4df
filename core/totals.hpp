#pragma once

#include "core/price.hpp"

#include <cstdint>

namespace glyphgate {

/// Sums over the whole life of a store.
struct store_totals {
  /// Attempts that were, or may have been, made.
  std::uint64_t api_calls = 0;
  std::uint64_t pictures_processed = 0;
  std::uint64_t pictures_from_cache = 0;
  /// What those calls cost, and what a call for each of those pictures would have cost, each at its time's price.
  micro_dollars spent = 0;
  micro_dollars one_by_one = 0;
  /// Those of them that older programs counted without a price.
  std::uint64_t unpriced_calls = 0;
  std::uint64_t unpriced_pictures = 0;
  /// Pictures that the sieve answered, those that it found to repeat another, and what the calls would have cost that
  /// were not opened for that: `calls_kept_out`, each at its time's price.
  std::uint64_t pictures_answered_here = 0;
  std::uint64_t pictures_repeated = 0;
  micro_dollars saved_here = 0;

  bool operator==(const store_totals&) const = default;
};

} // namespace glyphgate
