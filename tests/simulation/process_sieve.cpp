// What a process has looked at before it is packed into calls.
#include "process.hpp"

#include <utility>

namespace glyphgate::simulation {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

} // namespace

void process::carry_out(const registry_command::sift& c) {
  send(registry, pool, [this, c] { step_pool(pool_event::sift{c.as, c.portion}); });
}

void process::carry_out(const registry_command::cancel_sift& c) {
  send(registry, pool, [this, c] { step_pool(pool_event::cancel_sift{c.as}); });
}

void process::carry_out(const pool_command::run_sift& c) {
  const auto r = std::make_shared<sift_run>();
  sifts_.at(c.slot) = r;
  send(pool, first_sieve + c.slot, [this, c, r] {
    if (is(planted::sifted_forever) && draws_.chance(0.05))
      return;
    // Now and then it hangs, until it is stopped.
    if (draws_.chance(plan_.sieve_fails / 10))
      return;
    at_.inside(at_.now() + draws_.time(milliseconds{1}, seconds{draws_.chance(0.9) ? 1 : 20}),
               [this, c, r] { end_sift(c.slot, r, sieve_.sift(*c.portion)); });
    if (draws_.chance(plan_.sieve_fails / 10))
      at_.inside(at_.now() + milliseconds{1}, [this, c, r] {
        if (r->over)
          return;
        r->over = true;
        sifts_.at(c.slot).reset();
        send(first_sieve + c.slot, pool, [this, slot = c.slot] { step_pool(pool_event::sieve_lost{slot}); });
      });
  });
}

void process::carry_out(const pool_command::stop_sift& c) {
  const auto r = sifts_.at(c.slot);
  if (!r || std::exchange(r->stopped, true) || is(planted::sifted_forever))
    return;
  at_.inside(at_.now() + draws_.time(milliseconds{1}, milliseconds{900}),
             [this, slot = c.slot, r] { end_sift(slot, r, not_sifted(ec::cancelled, "stopped")); });
}

void process::end_sift(std::size_t slot, const std::shared_ptr<sift_run>& r, sift_outcome_ptr outcome) {
  if (std::exchange(r->over, true))
    return;
  sifts_.at(slot).reset();
  send(first_sieve + slot, pool, [this, slot, outcome = std::move(outcome)] {
    step_pool(pool_event::sift_ended{slot, outcome});
  });
}

void process::carry_out(const pool_command::answer_sift& c) {
  if (is(planted::sieve_answer_lost) && draws_.chance(0.1))
    return;
  to_registry(pool, registry_event::sifted{c.to, c.outcome});
}

} // namespace glyphgate::simulation
