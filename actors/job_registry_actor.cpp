#include "actors/job_registry_actor.hpp"

#include "actors/alarm.hpp"
#include "core/registry/job_registry_state.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <limits>
#include <unordered_map>
#include <utility>

namespace glyphgate {

namespace {

/// Turns messages into events and commands into messages. Requests between the actors have no time-out: each of these
/// actors answers, or is seen to die, which stops the process.
class registry {
public:
  registry(job_registry_actor::pointer self, const job_registry_config& config)
      : self_{self},
        config_{config},
        state_{config.setup},
        alarm_{self, config.clock} {
    if (const auto recovered = std::exchange(config_.recovered, nullptr))
      carry_out_all(state_.take_up(config_.clock(), *recovered));
  }

  registry(const registry&) = delete;
  registry& operator=(const registry&) = delete;

  /// A question from outside: `T` is the answer's type, `Event` what it is to the state.
  template <class T, class Event, class... Args>
  caf::result<T> ask(Args... args) {
    auto promise = self_->make_response_promise<T>();
    answers_.emplace(++last_asker_, [promise](const registry_command::answer& a) mutable {
      if (const auto* code = std::get_if<ec>(&a.with))
        promise.deliver(make_error(*code));
      else if constexpr (std::is_same_v<T, acknowledged>)
        promise.deliver(acknowledged{});
      else
        promise.deliver(std::get<T>(a.with));
    });
    step(Event{last_asker_, std::move(args)...});
    return promise;
  }

  void step(const any_registry_event& event) { carry_out_all(state_.step(config_.clock(), event)); }

  void tick() {
    alarm_.rang();
    step(registry_event::time_passed{});
  }

  caf::result<job_page_ptr> list(const job_filter& filter) const {
    return std::make_shared<const job_page>(state_.list(config_.clock(), filter));
  }

  registry_stats stats() const { return state_.stats(); }

  std::uint64_t store_room() const {
    return config_.store_room ? config_.store_room() : std::numeric_limits<std::uint64_t>::max();
  }

private:
  void carry_out_all(const std::vector<any_registry_command>& commands) {
    for (const auto& command : commands)
      std::visit([this](const auto& c) { this->carry_out(c); }, command);
    alarm_.set(state_.next_wake());
  }

  void carry_out(const registry_command::recall& c) {
    self_
        ->request(config_.reader, caf::infinite, recall_atom::value,
                  digests_ptr{std::make_shared<const std::vector<digest>>(c.keys)})
        .then(
            [this, as = c.as](const recognitions& known) {
              step(registry_event::recalled{as, known});
            },
            [this, as = c.as](const caf::error&) {
              step(registry_event::recalled{as, std::nullopt});
            });
  }

  template <class Atom>
  void commit(Atom how, question as, const transactions_ptr& unit) {
    self_->request(config_.store, caf::infinite, how, unit)
        .then(
            [this, as](const verdicts& v) {
              step(registry_event::stored{as, v});
            },
            [this, as](const caf::error&) {
              step(registry_event::stored{as, std::nullopt});
            });
  }
  void carry_out(const registry_command::offer& c) { commit(commit_atom::value, c.as, c.unit); }
  void carry_out(const registry_command::record& c) { commit(record_atom::value, c.as, c.unit); }

  void carry_out(const registry_command::read_result& c) {
    self_->request(config_.reader, caf::infinite, read_atom::value, c.id)
        .then(
            [this, as = c.as](const job_result_ptr& result) {
              step(registry_event::result_read{as, result});
            },
            [this, as = c.as](const caf::error&) {
              step(registry_event::result_read{as, std::nullopt});
            });
  }

  void carry_out(const registry_command::sweep_spends& c) { self_->send(config_.store, sweep_atom::value, c.before); }

  void carry_out(const registry_command::ask_store& c) {
    self_->request(config_.store, caf::infinite, status_atom::value).then([this, as = c.as](bool works) {
      step(registry_event::store_told{as, works});
    });
  }

  void carry_out(const registry_command::ask_breaker& c) {
    self_->request(config_.breaker, caf::infinite, status_atom::value).then([this, as = c.as](const breaker_status& s) {
      step(registry_event::breaker_told{as, s});
    });
  }

  void carry_out(const registry_command::reserve& c) {
    self_->request(config_.limiter, caf::infinite, reserve_atom::value, c.wanted)
        .then([this, as = c.as](const admission& a) {
          step(registry_event::reserved{as, a});
        });
  }

  void carry_out(const registry_command::check& c) {
    self_->request(config_.limiter, caf::infinite, check_atom::value, c.wanted)
        .then([this, as = c.as](const admission& a) {
          step(registry_event::reserved{as, a});
        });
  }

  void carry_out(const registry_command::claim& c) {
    self_->request(config_.limiter, caf::infinite, claim_atom::value, c.reservation, c.payers)
        .then([this, as = c.as](const admission& a) {
          step(registry_event::reserved{as, a});
        });
  }

  void carry_out(const registry_command::revoke& c) { self_->send(config_.limiter, revoke_atom::value, c.granted); }
  void carry_out(const registry_command::settle& c) {
    self_->send(config_.limiter, settle_atom::value, c.reservation, c.price, c.payers);
  }
  void carry_out(const registry_command::release& c) {
    self_->send(config_.limiter, release_atom::value, c.reservation);
  }

  void carry_out(const registry_command::annotate& c) {
    self_->request(config_.pool, caf::infinite, annotate_atom::value, c.call, caf::actor_cast<progress_actor>(self_))
        .then([this, call = c.call](const call_outcome_ptr& outcome) {
          step(registry_event::call_ended{call, outcome});
        });
  }

  void carry_out(const registry_command::hold_calls& c) { self_->send(config_.breaker, hold_atom::value, c.held); }

  void carry_out(const registry_command::tell_recorded& c) {
    self_->send(config_.pool, recorded_atom::value, c.reservation);
  }

  void carry_out(const registry_command::cancel_call& c) { self_->send(config_.pool, cancel_atom::value, c.id); }

  void carry_out(const registry_command::sift& c) {
    self_->request(config_.pool, caf::infinite, sift_atom::value, c.as, c.portion)
        .then([this, as = c.as](const sift_outcome_ptr& outcome) {
          step(registry_event::sifted{as, outcome});
        });
  }

  void carry_out(const registry_command::cancel_sift& c) {
    self_->send(config_.pool, cancel_atom::value, sift_atom::value, c.as);
  }

  void carry_out(const registry_command::drain_pool& c) {
    self_->request(config_.pool, caf::infinite, drain_atom::value, c.grace)
        .then([this](acknowledged) { step(registry_event::pool_drained{}); },
              [this](const caf::error&) { step(registry_event::pool_drained{}); });
  }

  void carry_out(const registry_command::answer& c) { answers_.extract(c.to).mapped()(c); }

  static void carry_out(const log_entry& e) { write(e); }

  job_registry_actor::pointer self_;
  job_registry_config config_;
  job_registry_state state_;
  alarm<job_registry_actor::pointer> alarm_;
  std::unordered_map<asker, std::function<void(const registry_command::answer&)>> answers_;
  asker last_asker_ = 0;
};

} // namespace

job_registry_actor::behavior_type job_registry(job_registry_actor::pointer self, const job_registry_config& config) {
  auto r = std::make_shared<registry>(self, config);
  return {
      [=](const call_progress& p) { r->step(p); },
      [=](submit_atom, const job_spec_ptr& spec) {
        return r->ask<submission, registry_event::submit>(spec, r->store_room());
      },
      [=](quote_atom, const job_spec_ptr& spec) { return r->ask<quote, registry_event::quote>(spec, r->store_room()); },
      [=](get_atom, const owner_name& owner, const job_id& id) {
        return r->ask<job_view_ptr, registry_event::get>(owner, id);
      },
      [=](wait_atom, const owner_name& owner, const job_id& id, timestamp until) {
        return r->ask<job_view_ptr, registry_event::wait>(owner, id, until);
      },
      [=](cancel_atom, const owner_name& owner, const job_id& id) {
        return r->ask<acknowledged, registry_event::cancel>(owner, id);
      },
      [=](stop_atom, const stop_order& order) { return r->ask<acknowledged, registry_event::stop_calls>(order); },
      [=](resume_atom, const std::string& by) { return r->ask<acknowledged, registry_event::resume_calls>(by); },
      [=](budget_atom, const budget_news& news, const std::string& reason, bool refuses_jobs) {
        return r->ask<acknowledged, registry_event::hear_budget>(news, reason, refuses_jobs);
      },
      [=](leave_atom, const job_id& id, timestamp until) {
        r->step(registry_event::leave{id, until});
      },
      [=](list_atom, const job_filter& filter) { return r->list(filter); },
      [=](stats_atom) { return r->stats(); },
      [=](keys_atom, std::uint64_t owners) { r->step(registry_event::keys_replaced{owners}); },
      [=](sweep_atom) { r->step(registry_event::sweep{}); },
      [=](tick_atom) { r->tick(); },
      [=](drain_atom, duration grace) { return r->ask<acknowledged, registry_event::drain>(grace); },
  };
}

} // namespace glyphgate
