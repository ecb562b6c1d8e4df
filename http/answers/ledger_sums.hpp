#pragma once

#include "core/price.hpp"
#include "core/totals.hpp"

#include <algorithm>

namespace glyphgate::http {

/// What the ledger comes to over the store's whole life.
struct ledger_sums {
  micro_dollars spent = 0;
  /// What a call for each picture would have cost.
  micro_dollars one_by_one = 0;
  /// 0 where more was spent than that.
  micro_dollars saved = 0;
};

/// What older programs counted has no price of its own: it is priced as calls are now.
inline ledger_sums sums_of(const store_totals& totals, micro_dollars price_per_call) {
  ledger_sums sums;
  sums.spent = totals.spent + totals.unpriced_calls * price_per_call;
  sums.one_by_one = totals.one_by_one + totals.unpriced_pictures * price_per_call;
  sums.saved = sums.one_by_one - std::min(sums.spent, sums.one_by_one);
  return sums;
}

} // namespace glyphgate::http
