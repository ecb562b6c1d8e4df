#pragma once

#include "core/fair_shares.hpp"
#include "core/price.hpp"

#include <cstdint>
#include <string_view>

namespace glyphgate {

/// What limits can count.
enum class measure : std::uint8_t { jobs, calls, budget };

/// "jobs", "calls", "budget".
constexpr std::string_view to_string(measure m) {
  return m == measure::jobs ? "jobs" : m == measure::calls ? "calls" : "budget";
}

/// Something of each.
struct amounts {
  std::uint64_t jobs = 0;
  micro_calls calls = 0;
  micro_dollars price = 0;

  std::uint64_t of(measure m) const { return m == measure::jobs ? jobs : m == measure::calls ? calls : price; }
  bool none() const { return jobs == 0 && calls == 0 && price == 0; }

  amounts& operator+=(const amounts& more) {
    jobs += more.jobs;
    calls += more.calls;
    price += more.price;
    return *this;
  }
  /// Nothing becomes less than nothing.
  amounts& operator-=(const amounts& less) {
    jobs -= less.jobs < jobs ? less.jobs : jobs;
    calls -= less.calls < calls ? less.calls : calls;
    price -= less.price < price ? less.price : price;
    return *this;
  }
  friend amounts operator+(amounts a, const amounts& b) { return a += b; }
  friend amounts operator-(amounts a, const amounts& b) { return a -= b; }
  friend bool operator==(const amounts&, const amounts&) = default;
};

} // namespace glyphgate
