#include "actors/vision_pool_actor.hpp"

#include "actors/alarm.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace glyphgate {

namespace {

class pool {
public:
  pool(vision_pool_actor::pointer self, const vision_pool_config& config, circuit_breaker_actor breaker,
       worker_factory make_worker, sieve_factory make_sieve, clock_fn clock)
      : self_{self},
        state_{config},
        breaker_{std::move(breaker)},
        make_worker_{std::move(make_worker)},
        make_sieve_{std::move(make_sieve)},
        clock_{clock},
        alarm_{self, std::move(clock)} {
    self_->set_down_handler([this](const caf::down_msg& down) { replace(down.source); });
    for (worker_slot slot = 0; slot < config.workers; ++slot)
      places_.push_back({hire(make_worker_), {}});
    for (worker_slot slot = 0; slot < config.sieves; ++slot)
      sieves_.push_back({hire(make_sieve_), {}});
  }

  ~pool() {
    end(places_);
    end(sieves_);
  }

  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  caf::result<call_outcome_ptr> annotate(const planned_call_ptr& call, const progress_actor& listener) {
    auto promise = self_->make_response_promise<call_outcome_ptr>();
    calls_.emplace(++last_asker_, asked_call{listener, promise});
    step(pool_event::annotate{last_asker_, call});
    return promise;
  }

  caf::result<sift_outcome_ptr> sift(std::uint64_t from, const sift_request_ptr& portion) {
    auto promise = self_->make_response_promise<sift_outcome_ptr>();
    portions_.emplace(from, promise);
    step(pool_event::sift{from, portion});
    return promise;
  }

  caf::result<acknowledged> drain(duration grace) {
    drained_ = self_->make_response_promise<acknowledged>();
    step(pool_event::drain{++last_asker_, grace});
    return drained_;
  }

  void tick() {
    alarm_.rang();
    step(pool_event::time_passed{});
  }

  void step(const any_pool_event& event) {
    for (const auto& command : state_.step(clock_(), event))
      std::visit([this](const auto& c) { this->carry_out(c); }, command);
    alarm_.set(state_.next_wake());
  }

  pool_stats stats() const { return state_.stats(); }

private:
  struct asked_call {
    progress_actor listener;
    caf::typed_response_promise<call_outcome_ptr> promise;
  };

  template <class Worker>
  struct place {
    Worker worker;
    std::stop_source stop;
  };
  template <class Worker>
  using places = std::vector<place<Worker>>;

  template <class Worker>
  static void end(places<Worker>& all) {
    for (auto& p : all) {
      p.stop.request_stop();
      caf::anon_send_exit(p.worker, caf::exit_reason::user_shutdown);
    }
  }

  template <class Factory>
  typename Factory::result_type hire(const Factory& make) {
    auto worker = make();
    self_->monitor(worker);
    return worker;
  }

  /// Where it was; none when it was in none of these.
  template <class Worker, class Factory>
  std::optional<worker_slot> replace(places<Worker>& all, const caf::actor_addr& dead, const Factory& make) {
    const auto found = std::ranges::find(all, dead, [](const auto& p) { return p.worker.address(); });
    if (found == all.end())
      return std::nullopt;
    *found = {hire(make), {}};
    return static_cast<worker_slot>(found - all.begin());
  }

  void replace(const caf::actor_addr& dead) {
    if (const auto slot = replace(places_, dead, make_worker_))
      step(pool_event::worker_lost{*slot});
    else if (const auto sieve = replace(sieves_, dead, make_sieve_))
      step(pool_event::sieve_lost{*sieve});
  }

  void carry_out(const pool_command::ask_permit&) {
    // The breaker is watched: it answers, or the process stops.
    self_->request(breaker_, caf::infinite, acquire_atom::value).then([this](const permit_answer& answer) {
      step(pool_event::permit_told{answer});
    });
  }

  void carry_out(const pool_command::report& r) { self_->send(breaker_, report_atom::value, r.permit, r.with); }

  void carry_out(const pool_command::run& r) {
    auto& at = places_.at(r.slot);
    at.stop = std::stop_source{};
    // A worker that dies is known by its down message.
    self_
        ->request(at.worker, caf::infinite, annotate_atom::value, r.call, calls_.at(r.listener).listener,
                  at.stop.get_token())
        .then(
            [this, slot = r.slot](const call_outcome_ptr& outcome) {
              step(pool_event::run_ended{slot, outcome});
            },
            [](const caf::error&) {});
  }

  void carry_out(const pool_command::stop_run& s) { places_.at(s.slot).stop.request_stop(); }

  void carry_out(const pool_command::answer& a) { calls_.extract(a.to).mapped().promise.deliver(a.outcome); }

  void carry_out(const pool_command::run_sift& r) {
    auto& at = sieves_.at(r.slot);
    at.stop = std::stop_source{};
    self_->request(at.worker, caf::infinite, sift_atom::value, r.portion, at.stop.get_token())
        .then(
            [this, slot = r.slot](const sift_outcome_ptr& outcome) {
              step(pool_event::sift_ended{slot, outcome});
            },
            [](const caf::error&) {});
  }

  void carry_out(const pool_command::stop_sift& s) { sieves_.at(s.slot).stop.request_stop(); }

  void carry_out(const pool_command::answer_sift& a) { portions_.extract(a.to).mapped().deliver(a.outcome); }

  void carry_out(const pool_command::drained&) { drained_.deliver(acknowledged{}); }

  static void carry_out(const log_entry& e) { write(e); }

  vision_pool_actor::pointer self_;
  vision_pool_state state_;
  circuit_breaker_actor breaker_;
  worker_factory make_worker_;
  sieve_factory make_sieve_;
  clock_fn clock_;
  alarm<vision_pool_actor::pointer> alarm_;
  places<vision_worker_actor> places_;
  places<sieve_worker_actor> sieves_;
  std::unordered_map<asker, asked_call> calls_;
  std::unordered_map<asker, caf::typed_response_promise<sift_outcome_ptr>> portions_;
  asker last_asker_ = 0;
  caf::typed_response_promise<acknowledged> drained_;
};

} // namespace

vision_pool_actor::behavior_type vision_pool(vision_pool_actor::pointer self, const vision_pool_config& config,
                                             circuit_breaker_actor breaker, worker_factory make_worker,
                                             sieve_factory make_sieve, clock_fn clock) {
  auto p = std::make_shared<pool>(self, config, std::move(breaker), std::move(make_worker), std::move(make_sieve),
                                  std::move(clock));
  return {
      [=](annotate_atom, const planned_call_ptr& call, const progress_actor& listener) {
        return p->annotate(call, listener);
      },
      [=](cancel_atom, call_id id) { p->step(pool_event::cancel{id}); },
      [=](recorded_atom, reservation_id reservation) { p->step(pool_event::recorded{reservation}); },
      [=](sift_atom, std::uint64_t from, const sift_request_ptr& portion) { return p->sift(from, portion); },
      [=](cancel_atom, sift_atom, std::uint64_t from) { p->step(pool_event::cancel_sift{from}); },
      [=](drain_atom, duration grace) { return p->drain(grace); },
      [=](tick_atom) { p->tick(); },
      [=](stats_atom) { return p->stats(); },
  };
}

} // namespace glyphgate
