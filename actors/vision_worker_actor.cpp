#include "actors/vision_worker_actor.hpp"

#include "actors/alarm.hpp"
#include "core/failpoint.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <new>
#include <optional>
#include <utility>

namespace glyphgate {

namespace {

class worker {
public:
  worker(vision_worker_actor::pointer self, std::shared_ptr<const vision::engine_provider> engines,
         store_writer_actor store, duration max_age, duration idle, clock_fn clock, observer_ptr watch)
      : self_{self},
        engines_{std::move(engines)},
        store_{std::move(store)},
        max_age_{max_age},
        idle_{idle},
        clock_{clock},
        watch_{std::move(watch)},
        alarm_{self, std::move(clock)} {}

  caf::result<call_outcome_ptr> annotate(const planned_call_ptr& call, const progress_actor& listener,
                                         const std::stop_token& stop) {
    auto promise = self_->make_response_promise<call_outcome_ptr>();
    rests_at_.reset();
    const auto begun_at = clock_();
    // The store's answer is certain: the attempt is begun, or nothing has happened.
    const auto begin =
        unit_of({begin_attempt{call->id, call->attempt, call->reservation, begun_at, call->price, call->shares}});
    self_->request(store_, caf::infinite, commit_atom::value, begin)
        .then(
            [=, this](const verdicts& v) mutable {
              promise.deliver(v.front() == verdict::stale ? not_made(ec::cancelled, "the attempt is no longer wanted")
                                                          : run(*call, listener, stop, begun_at));
            },
            [=](const caf::error&) mutable {
              promise.deliver(not_made(ec::store_unavailable, "the attempt could not be recorded"));
            });
    return promise;
  }

  void tick() {
    alarm_.rang();
    if (rests_at_ && *rests_at_ <= clock_()) {
      rests_at_.reset();
      engine_->rest();
    }
    alarm_.set(rests_at_);
  }

private:
  /// The attempt has begun.
  call_outcome_ptr run(const planned_call& call, const progress_actor& listener, const std::stop_token& stop,
                       timestamp begun_at) {
    if (stop.stop_requested())
      return not_made(ec::cancelled, "stopped before the call was made");
    // The beginning may have taken long, as with a disk that stalls.
    if (too_old(call, max_age_, clock_()))
      return not_made(ec::expired_in_queue, "the call waited longer than a job may");
    GLYPHGATE_FAILPOINT("worker.before_send");
    const auto tell = [&](std::size_t done) {
      self_->send(listener, call_progress{call.id, call.attempt, static_cast<std::uint32_t>(done), begun_at});
    };
    tell(0);
    // Before the call: once it has left, its outcome is not to be lost for want of memory.
    const auto outcome = std::make_shared<call_outcome>();
    const auto begin = std::chrono::steady_clock::now();
    call_failure not_sent{ec::internal, "the service is short of memory", false, std::nullopt};
    try {
      if (!engine_)
        engine_ = engines_->make();
      *outcome = engine_->annotate(call, stop, tell);
    } catch (const std::bad_alloc&) {
      *outcome = std::move(not_sent);
    }
    watch_->call_ended(call, *outcome, std::chrono::steady_clock::now() - begin);
    GLYPHGATE_FAILPOINT("worker.after_receive");
    if (engine_) {
      rests_at_ = clock_() + idle_;
      alarm_.set(rests_at_);
    }
    return outcome;
  }

  vision_worker_actor::pointer self_;
  std::shared_ptr<const vision::engine_provider> engines_;
  store_writer_actor store_;
  duration max_age_;
  duration idle_;
  clock_fn clock_;
  observer_ptr watch_;
  alarm<vision_worker_actor::pointer> alarm_;
  std::unique_ptr<vision::engine> engine_{};
  /// None while a call is under way, and when the engine rests already.
  std::optional<timestamp> rests_at_{};
};

} // namespace

vision_worker_actor::behavior_type vision_worker(vision_worker_actor::pointer self,
                                                 std::shared_ptr<const vision::engine_provider> engines,
                                                 store_writer_actor store, duration max_age, duration idle,
                                                 clock_fn clock, observer_ptr watch) {
  auto w = std::make_shared<worker>(self, std::move(engines), std::move(store), max_age, idle, std::move(clock),
                                    std::move(watch));
  return {
      [=](annotate_atom, const planned_call_ptr& call, const progress_actor& listener, const std::stop_token& stop) {
        return w->annotate(call, listener, stop);
      },
      [=](tick_atom) { w->tick(); },
  };
}

} // namespace glyphgate
