#include "actors/rate_limiter_actor.hpp"

namespace glyphgate {

rate_limiter_actor::behavior_type rate_limiter(rate_limiter_actor::pointer,
                                               const std::shared_ptr<rate_limiter_state>& windows, clock_fn clock) {
  return {
      [=](reserve_atom, const demand& wanted) { return windows->reserve(clock(), wanted); },
      [=](check_atom, const demand& wanted) { return windows->check(clock(), wanted); },
      [=](claim_atom, reservation_id id, const std::vector<owner_name>& payers) {
        return windows->claim(clock(), id, payers);
      },
      [=](revoke_atom, const admission& granted) { windows->revoke(granted); },
      [=](settle_atom, reservation_id id, micro_dollars price, const owner_shares& payers) {
        windows->settle(clock(), id, price, payers);
      },
      [=](release_atom, reservation_id id) { windows->release(id); },
      [=](usage_atom, const owner_name& whose) {
        return whose.empty() ? windows->usage_of_all(clock()) : windows->usage(clock(), whose);
      },
      [=](limits_atom, const owner_limits& limits) { windows->set_owner_limits(limits); },
  };
}

} // namespace glyphgate
