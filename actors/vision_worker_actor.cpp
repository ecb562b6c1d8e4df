#include "actors/vision_worker_actor.hpp"

#include "core/failpoint.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

namespace glyphgate {

vision_worker_actor::behavior_type vision_worker(vision_worker_actor::pointer self,
                                                 std::shared_ptr<const vision::engine_provider> engines,
                                                 store_writer_actor store, duration max_age, clock_fn clock) {
  auto engine = std::make_shared<std::unique_ptr<vision::engine>>();
  return {
      [=](annotate_atom, const planned_call_ptr& call, const progress_actor& listener,
          const std::stop_token& stop) -> caf::result<call_outcome_ptr> {
        auto promise = self->make_response_promise<call_outcome_ptr>();
        const auto begun_at = clock();
        // The store's answer is certain: the attempt is begun, or nothing has happened.
        const auto begin =
            unit_of({begin_attempt{call->id, call->attempt, call->reservation, begun_at, call->price, call->shares}});
        self->request(store, caf::infinite, commit_atom::value, begin)
            .then(
                [=](const verdicts& v) mutable {
                  if (v.front() == verdict::stale)
                    return void(promise.deliver(not_made(ec::cancelled, "the attempt is no longer wanted")));
                  if (stop.stop_requested())
                    return void(promise.deliver(not_made(ec::cancelled, "stopped before the call was made")));
                  // The beginning may have taken long, as with a disk that stalls.
                  if (too_old(*call, max_age, clock()))
                    return void(
                        promise.deliver(not_made(ec::expired_in_queue, "the call waited longer than a job may")));
                  GLYPHGATE_FAILPOINT("worker.before_send");
                  const auto tell = [&](std::size_t done) {
                    self->send(listener,
                               call_progress{call->id, call->attempt, static_cast<std::uint32_t>(done), begun_at});
                  };
                  tell(0);
                  if (!*engine)
                    *engine = engines->make();
                  auto outcome = std::make_shared<const call_outcome>((*engine)->annotate(*call, stop, tell));
                  GLYPHGATE_FAILPOINT("worker.after_receive");
                  promise.deliver(call_outcome_ptr{outcome});
                },
                [=](const caf::error&) mutable {
                  promise.deliver(not_made(ec::store_unavailable, "the attempt could not be recorded"));
                });
        return promise;
      },
  };
}

} // namespace glyphgate
