#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <vector>

namespace glyphgate::simulation {

/// Numbers from a seed (SplitMix64): the same on every machine, which the standard's distributions are not.
class random {
public:
  explicit random(std::uint64_t seed) : state_{seed} {}

  std::uint64_t next() {
    auto z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  /// 0 to `n` - 1; `n` is at least 1.
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  /// 0 to 1.
  double uniform() { return static_cast<double>(next() >> 11U) / 9007199254740992.0; }
  bool chance(double p) { return uniform() < p; }
  duration time(duration low, duration high) {
    return low + duration{static_cast<duration::rep>(below(static_cast<std::uint64_t>((high - low).count()) + 1))};
  }

  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

  /// A source of its own: what one part draws does not shift what another draws.
  random fork() { return random{next()}; }

private:
  std::uint64_t state_;
};

} // namespace glyphgate::simulation
