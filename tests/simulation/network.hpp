#pragma once

#include "random.hpp"
#include "world.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace glyphgate::simulation {

/// Who sends and receives in the process; `first_worker` and above are the workers, `first_sieve` and above those that
/// sift.
enum actor : std::size_t {
  outside,
  registry,
  limiter,
  breaker,
  writer,
  reader,
  pool,
  timer,
  first_worker,
  first_sieve = first_worker + 6
};

/// Messages between actors: each takes its time, and the order between two actors is kept, no other.
class network {
public:
  network(world& w, random r, double slowness) : world_{w}, random_{r}, slowness_{slowness} {}

  template <class Action>
  void send(std::size_t from, std::size_t to, Action a) {
    auto& last = last_.at(from).at(to);
    last = std::max(world_.now() + delay(), last + duration{1});
    world_.inside(last, std::move(a));
  }

  void forget() { last_ = {}; }

private:
  duration delay() {
    const auto dice = random_.uniform();
    if (dice < 0.9)
      return random_.time(duration{1}, duration{60});
    if (dice < 1 - 0.05 * slowness_)
      return random_.time(duration{60}, std::chrono::milliseconds{5});
    return random_.time(std::chrono::milliseconds{1}, std::chrono::milliseconds{900});
  }

  world& world_;
  random random_;
  double slowness_;
  static constexpr std::size_t most = first_worker + 8;
  std::array<std::array<timestamp, most>, most> last_{};
};

} // namespace glyphgate::simulation
