#include "actors/rate_limiter_actor.hpp"

namespace glyphgate {

rate_limiter_actor::behavior_type rate_limiter(rate_limiter_actor::pointer,
                                               const std::shared_ptr<rate_limiter_state>& windows, clock_fn clock) {
  return {
      [=](reserve_atom, std::uint32_t jobs, std::uint32_t calls) { return windows->reserve(clock(), jobs, calls); },
      [=](check_atom, std::uint32_t jobs, std::uint32_t calls) { return windows->check(clock(), jobs, calls); },
      [=](claim_atom, reservation_id id) { return windows->claim(clock(), id); },
      [=](revoke_atom, const admission& granted) { windows->revoke(granted); },
      [=](settle_atom, reservation_id id) { windows->settle(clock(), id); },
      [=](release_atom, reservation_id id) { windows->release(id); },
      [=](usage_atom) { return windows->usage(clock()); },
  };
}

} // namespace glyphgate
