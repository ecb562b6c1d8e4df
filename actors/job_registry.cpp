#include "actors/job_registry.hpp"

#include "actors/call_dispatch.hpp"
#include "actors/job_admission.hpp"
#include "actors/job_endings.hpp"
#include "actors/persistence.hpp"
#include "actors/registry_context.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate {

namespace {

constexpr duration drain_poll = std::chrono::milliseconds{20};
/// An hour more than the longest window needs costs nothing, and forgives a clock that was set.
constexpr auto spend_retention = std::chrono::hours{25};

class registry {
public:
  registry(job_registry_actor::pointer self, const job_registry_setup& setup)
      : context_{self, setup, job_registry_state{setup.jobs}, {self, setup.clock}} {
    if (const auto recovered = std::exchange(context_.setup.recovered, nullptr))
      take_up(*recovered);
  }

  registry(const registry&) = delete;
  registry& operator=(const registry&) = delete;

  caf::result<submission> submit(const job_spec_ptr& spec) {
    if (draining_) {
      submission refused;
      refused.refused = ec::shutting_down;
      refused.detail = "the service is stopping";
      refused.retry_after = std::chrono::seconds{10};
      return refused;
    }
    return admission_.submit(spec);
  }

  job_endings& endings() { return endings_; }
  job_registry_state& jobs() { return context_.jobs; }
  timestamp now() const { return context_.now(); }

  void sweep() {
    endings_.forget_expired();
    context_.self->send(context_.setup.store, sweep_atom::value, context_.now() - spend_retention);
  }

  caf::result<acknowledged> drain(duration grace) {
    draining_ = true;
    drained_ = context_.self->make_response_promise<acknowledged>();
    drain_until_ = context_.now() + grace + std::chrono::seconds{1};
    calls_.leave_open_calls();
    const auto done = [this](auto&&...) { pool_drained_ = true; };
    context_.self->request(context_.setup.pool, caf::infinite, drain_atom::value, grace)
        .then([=](acknowledged) { done(); }, [=](const caf::error&) { done(); });
    finish_drain();
    return drained_;
  }

  void tick() { context_.agenda.tick(); }

private:
  void take_up(const store::recovery& r) {
    const auto now = context_.now();
    context_.jobs.restore_totals(r.totals.api_calls, r.totals.pictures_processed, r.totals.pictures_from_cache);
    for (const auto& job : r.ended)
      context_.jobs.restore(now, {job.view, job.identity, nullptr, {}, {}, 0, 0});
    for (const auto& job : r.pending)
      take_up(now, job);
  }

  void take_up(timestamp now, const store::pending_job& job) {
    restored_job restored;
    restored.view.id = job.id;
    restored.view.created_at = job.created_at;
    restored.view.started_at = job.started_at;
    restored.view.status = job.started_at ? job_status::processing : job_status::pending;
    restored.view.pictures_total = static_cast<std::uint32_t>(job.outcomes.size());
    restored.view.pictures_done = static_cast<std::uint32_t>(
        std::ranges::count_if(job.outcomes, [](const auto& o) { return o.recognised || !o.error.empty(); }));
    restored.identity = job.spec->identity;
    restored.spec = job.spec;
    restored.outcomes = job.outcomes;
    restored.api_calls = job.api_calls;
    restored.pictures_from_cache = job.pictures_from_cache;
    for (const auto& call : job.calls)
      restored.calls.push_back({call.pictures, call.attempt, call.reservation, call.paid_before, call.closed});
    const auto calls = context_.jobs.restore(now, std::move(restored));
    log::info("job_taken_up", {{"job_id", job.id}, {"open_calls", calls.size()}});
    if (calls.empty())
      return endings_.end(job.id);
    for (const auto& call : calls) {
      if (job.calls[call->key.index].interrupted)
        calls_.take_up_interrupted(call);
      else
        calls_.dispatch(call);
    }
  }

  void finish_drain() {
    const bool finished = pool_drained_ && store_.idle() && admission_.idle();
    if (!finished && context_.now() < drain_until_)
      return context_.later(drain_poll, [this] { finish_drain(); });
    endings_.answer_all();
    drained_.deliver(acknowledged{});
  }

  registry_context context_;
  persistence store_{context_};
  job_endings endings_{context_, store_};
  call_dispatch calls_{context_, store_, endings_};
  job_admission admission_{context_, store_, endings_, calls_};
  bool draining_ = false;
  bool pool_drained_ = false;
  timestamp drain_until_{};
  caf::typed_response_promise<acknowledged> drained_;
};

} // namespace

job_registry_actor::behavior_type job_registry(job_registry_actor::pointer self, const job_registry_setup& setup) {
  auto r = std::make_shared<registry>(self, setup);
  return {
      [=](const call_progress& p) { r->jobs().progress(p.begun_at, p.key, p.attempt, p.pictures_done); },
      [=](submit_atom, const job_spec_ptr& spec) { return r->submit(spec); },
      [=](get_atom, const job_id& id) { return r->endings().get(id); },
      [=](wait_atom, const job_id& id, timestamp deadline) { return r->endings().wait(id, deadline); },
      [=](cancel_atom, const job_id& id) { return r->endings().cancel(id); },
      [=](list_atom, const job_filter& filter) -> caf::result<job_page_ptr> {
        return std::make_shared<const job_page>(r->jobs().list(r->now(), filter));
      },
      [=](stats_atom) { return r->jobs().stats(); },
      [=](sweep_atom) { r->sweep(); },
      [=](tick_atom) { r->tick(); },
      [=](drain_atom, duration grace) { return r->drain(grace); },
  };
}

} // namespace glyphgate
