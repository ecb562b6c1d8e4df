#include "actors/sieve_worker_actor.hpp"

#include "actors/alarm.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <new>
#include <optional>
#include <utility>

namespace glyphgate {

namespace {

class sieve_worker_state {
public:
  sieve_worker_state(sieve_worker_actor::pointer self, std::shared_ptr<const vision::engine_provider> engines,
                     duration idle, clock_fn clock)
      : engines_{std::move(engines)},
        idle_{idle},
        clock_{clock},
        alarm_{self, std::move(clock)} {}

  sift_outcome_ptr sift(const sift_request& portion, const std::stop_token& stop) {
    rests_at_.reset();
    auto outcome = look_at(portion, stop);
    if (sieve_) {
      rests_at_ = clock_() + idle_;
      alarm_.set(rests_at_);
    }
    return outcome;
  }

  void tick() {
    alarm_.rang();
    if (rests_at_ && *rests_at_ <= clock_()) {
      rests_at_.reset();
      sieve_->rest();
    }
    alarm_.set(rests_at_);
  }

private:
  sift_outcome_ptr look_at(const sift_request& portion, const std::stop_token& stop) {
    if (stop.stop_requested())
      return not_sifted(ec::cancelled, "stopped before it was begun");
    try {
      if (!sieve_)
        sieve_ = engines_->make_sieve();
      if (!sieve_)
        return not_sifted(ec::internal, "there is no sieve");
      return std::make_shared<const sift_outcome>(
          sieve_->sift(portion.pictures, portion.language_hints, portion.options, stop, [](std::size_t) {}));
    } catch (const std::bad_alloc&) {
      return not_sifted(ec::internal, "the service is short of memory");
    }
  }

  std::shared_ptr<const vision::engine_provider> engines_;
  duration idle_;
  clock_fn clock_;
  alarm<sieve_worker_actor::pointer> alarm_;
  std::unique_ptr<vision::sieve> sieve_{};
  /// None while a portion is under way, and when the sieve rests already.
  std::optional<timestamp> rests_at_{};
};

} // namespace

sieve_worker_actor::behavior_type sieve_worker(sieve_worker_actor::pointer self,
                                               std::shared_ptr<const vision::engine_provider> engines, duration idle,
                                               clock_fn clock) {
  auto w = std::make_shared<sieve_worker_state>(self, std::move(engines), idle, std::move(clock));
  return {
      [=](sift_atom, const sift_request_ptr& portion, const std::stop_token& stop) { return w->sift(*portion, stop); },
      [=](tick_atom) { w->tick(); },
  };
}

} // namespace glyphgate
