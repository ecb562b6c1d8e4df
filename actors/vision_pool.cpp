#include "actors/vision_pool.hpp"

#include "core/call_queue.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <unordered_map>

namespace glyphgate {

namespace {

constexpr auto breaker_timeout = std::chrono::seconds{10};
/// A longer pending delay would hold up the actor system's shutdown.
constexpr auto tick_interval = std::chrono::milliseconds{250};

call_outcome_ptr not_made(ec code, std::string detail) {
  return std::make_shared<const call_outcome>(call_failure{code, std::move(detail), false, std::nullopt});
}

call_health health_of(const call_outcome& outcome) {
  const auto* failure = std::get_if<call_failure>(&outcome);
  if (failure == nullptr || (failure->code == ec::request_rejected && failure->sent))
    return call_health::success;
  if (failure->code == ec::engine_unavailable || failure->code == ec::account_refused || failure->code == ec::internal)
    return call_health::failure;
  return call_health::unused;
}

std::string reason_of(const call_outcome& outcome) {
  const auto* failure = std::get_if<call_failure>(&outcome);
  return failure == nullptr ? std::string{} : failure->detail;
}

class pool {
public:
  pool(vision_pool_actor::pointer self, const vision_pool_config& config, circuit_breaker_actor breaker,
       worker_factory make_worker, clock_fn clock)
      : self_{self},
        queue_{config.queue_capacity, config.max_age},
        breaker_{std::move(breaker)},
        make_worker_{std::move(make_worker)},
        clock_{std::move(clock)} {
    self_->set_down_handler([this](const caf::down_msg& down) { replace(down.source); });
    for (std::size_t i = 0; i < config.workers; ++i)
      add_worker();
  }

  ~pool() {
    for (const auto& worker : idle_)
      caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
    for (auto& [address, run] : running_) {
      run.stop.request_stop();
      caf::anon_send_exit(run.worker, caf::exit_reason::user_shutdown);
    }
  }

  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  caf::result<call_outcome_ptr> annotate(const planned_call_ptr& call, const progress_actor& listener) {
    auto promise = self_->make_response_promise<call_outcome_ptr>();
    const auto ticket = queue_.push(call);
    if (!ticket)
      promise.deliver(not_made(ec::queue_full, "the queue of calls is full"));
    else
      waiting_.emplace(*ticket, waiting{listener, promise});
    pump();
    schedule_tick();
    return promise;
  }

  void cancel(const job_id& id) {
    give_up(queue_.take_job(id), ec::cancelled, "cancelled before the call was made");
    for (auto& [worker, run] : running_)
      if (run.call->key.job == id)
        run.stop.request_stop();
  }

  caf::result<acknowledged> drain(duration grace) {
    drained_ = self_->make_response_promise<acknowledged>();
    draining_ = true;
    stop_at_ = clock_() + grace;
    give_up(queue_.take_all(), ec::shutting_down, "the service stops");
    answer_drain();
    schedule_tick();
    return drained_;
  }

  void tick() {
    ticking_ = false;
    const auto now = clock_();
    give_up(queue_.take_expired(now), ec::expired_in_queue, "the call waited longer than a job may");
    if (draining_ && now >= stop_at_)
      for (auto& [worker, run] : running_)
        run.stop.request_stop();
    pump();
    schedule_tick();
  }

  pool_stats stats() const { return {queue_.size(), running_.size(), queue_.capacity()}; }

private:
  struct waiting {
    progress_actor listener;
    caf::typed_response_promise<call_outcome_ptr> promise;
  };

  struct running {
    vision_worker_actor worker;
    planned_call_ptr call;
    glyphgate::permit permit;
    std::stop_source stop;
    caf::typed_response_promise<call_outcome_ptr> promise;
  };

  void add_worker() {
    auto worker = make_worker_();
    self_->monitor(worker);
    idle_.push_back(std::move(worker));
  }

  /// Starts what can be started: asks for one permit at a time, as long as a call waits and a worker is idle.
  void pump() {
    if (asking_ || draining_ || idle_.empty() || queue_.empty() || clock_() < paused_until_)
      return;
    asking_ = true;
    self_->request(breaker_, breaker_timeout, acquire_atom::value)
        .then(
            [this](const permit_answer& answer) {
              asking_ = false;
              if (answer.granted)
                return use(answer.permit);
              paused_until_ = clock_() + answer.retry_after;
              schedule_tick();
            },
            [this](const caf::error& e) {
              asking_ = false;
              log::error("breaker_does_not_answer", {{"reason", caf::to_string(e)}});
              paused_until_ = clock_() + breaker_timeout;
              schedule_tick();
            });
  }

  void use(const permit& p) {
    auto next = draining_ || idle_.empty() ? std::nullopt : queue_.pop();
    if (!next) {
      self_->send(breaker_, report_atom::value, p, call_health::unused, std::string{});
      return;
    }
    auto node = waiting_.extract(next->first);
    const auto worker = idle_.back();
    idle_.pop_back();
    auto& run = running_
                    .insert_or_assign(worker.address(),
                                      running{worker, next->second, p, std::stop_source{}, node.mapped().promise})
                    .first->second;
    // The pool outlives no worker that it does not monitor, and the queue bounds the wait: this request needs no timer.
    self_->request(worker, caf::infinite, annotate_atom::value, run.call, node.mapped().listener, run.stop.get_token())
        .then(
            [this, worker](const call_outcome_ptr& outcome) {
              idle_.push_back(worker);
              finish(worker.address(), outcome);
            },
            [](const caf::error&) {
              // The worker died: its down message finishes the call.
            });
    pump();
  }

  void finish(const caf::actor_addr& worker, const call_outcome_ptr& outcome) {
    auto node = running_.extract(worker);
    if (node.empty())
      return;
    self_->send(breaker_, report_atom::value, node.mapped().permit, health_of(*outcome), reason_of(*outcome));
    // The report may have freed a permit.
    paused_until_ = {};
    node.mapped().promise.deliver(outcome);
    answer_drain();
    pump();
  }

  void replace(const caf::actor_addr& worker) {
    std::erase_if(idle_, [&](const auto& w) { return w.address() == worker; });
    log::error("worker_died", {{"busy", running_.contains(worker)}});
    add_worker();
    finish(worker, std::make_shared<const call_outcome>(
                       call_failure{ec::internal, "the worker died during the call", true, std::nullopt}));
    pump();
  }

  void give_up(const std::vector<queue_ticket>& tickets, ec code, const char* detail) {
    for (const auto ticket : tickets)
      waiting_.extract(ticket).mapped().promise.deliver(not_made(code, detail));
  }

  void answer_drain() {
    if (draining_ && running_.empty() && drained_.pending())
      drained_.deliver(acknowledged{});
  }

  void schedule_tick() {
    if (ticking_ || (queue_.empty() && !(draining_ && !running_.empty())))
      return;
    ticking_ = true;
    self_->delayed_send(self_, tick_interval, tick_atom::value);
  }

  vision_pool_actor::pointer self_;
  call_queue queue_;
  circuit_breaker_actor breaker_;
  worker_factory make_worker_;
  clock_fn clock_;
  std::vector<vision_worker_actor> idle_;
  std::unordered_map<queue_ticket, waiting> waiting_;
  std::unordered_map<caf::actor_addr, running> running_;
  timestamp paused_until_{};
  bool asking_ = false;
  bool ticking_ = false;
  bool draining_ = false;
  timestamp stop_at_{};
  caf::typed_response_promise<acknowledged> drained_;
};

} // namespace

vision_pool_actor::behavior_type vision_pool(vision_pool_actor::pointer self, const vision_pool_config& config,
                                             circuit_breaker_actor breaker, worker_factory make_worker,
                                             clock_fn clock) {
  auto p = std::make_shared<pool>(self, config, std::move(breaker), std::move(make_worker), std::move(clock));
  return {
      [=](annotate_atom, const planned_call_ptr& call, const progress_actor& listener) {
        return p->annotate(call, listener);
      },
      [=](cancel_atom, const job_id& id) { p->cancel(id); },
      [=](drain_atom, duration grace) { return p->drain(grace); },
      [=](tick_atom) { p->tick(); },
      [=](stats_atom) { return p->stats(); },
  };
}

} // namespace glyphgate
