#include "http/surfaces/actor_gateway.hpp"

#include "actors/interfaces.hpp"
#include "actors/service_actors.hpp"
#include "core/deadlines.hpp"
#include "http/wire/contained.hpp"

#include <caf/all.hpp>

#include <optional>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr auto submit_timeout = std::chrono::seconds{50};
constexpr auto answer_timeout = std::chrono::seconds{10};
// An answer that is ready waits no longer for its headers.
constexpr auto usage_timeout = std::chrono::milliseconds{700};

/// A request that has no reply yet. Owned by the message that brings it to the bridge, then by the bridge's table:
/// whatever destroys it unanswered, it replies.
class open_request {
public:
  virtual ~open_request() = default;
  virtual void fail(ec code) = 0;
};

template <class T>
class open_request_for : public open_request {
public:
  explicit open_request_for(reply<T> done) : done_{std::move(done)} {}
  ~open_request_for() override { answer(ec::no_answer); }

  open_request_for(const open_request_for&) = delete;
  open_request_for& operator=(const open_request_for&) = delete;

  template <class Answer>
  void answer(const Answer& with) {
    if (const auto done = std::exchange(done_, nullptr))
      contained("reply_failed", [&] { done(std::variant<T, ec>{with}); });
  }
  void fail(ec code) override { answer(code); }

private:
  reply<T> done_;
};

/// CAF's own errors mean that the actor has died, with what was asked for done or not.
ec code_of_answer(const caf::error& e) {
  const auto code = code_of(e);
  return code == ec::internal ? ec::no_answer : code;
}

/// Sends requests without CAF's time-outs, each of which keeps a timer and a reference to its end even when it was
/// answered, and all of which fire at once when a process that was stopped goes on.
class bridge_state {
public:
  explicit bridge_state(caf::event_based_actor* self) : self_{self} {}

  template <class T, class Handle, class... Args>
  void ask(std::shared_ptr<open_request_for<T>> request, caf::timespan at_most, const Handle& to, const Args&... args) {
    const auto number = open_.add(now() + at_most, std::move(request));
    self_->request(to, caf::infinite, args...)
        .then(
            [this, number](const T& answer) {
              if (const auto waiting = open_.take(number))
                static_cast<open_request_for<T>&>(**waiting).answer(answer);
            },
            [this, number](const caf::error& e) {
              if (const auto waiting = open_.take(number))
                (*waiting)->fail(code_of_answer(e));
            });
    sleep();
  }

  template <class Handle, class... Args>
  void tell(const Handle& to, const Args&... args) {
    self_->send(to, args...);
  }

  void wake() {
    for (const auto& overdue : open_.wake(now()))
      overdue->fail(ec::no_answer);
    sleep();
  }

private:
  deadlines<std::shared_ptr<open_request>>::time_point now() const { return self_->clock().now(); }

  void sleep() {
    if (const auto span = open_.sleep(now()))
      self_->delayed_send(self_, *span, tick_atom::value);
  }

  caf::event_based_actor* self_;
  deadlines<std::shared_ptr<open_request>> open_;
};

/// What is to be done on the bridge's thread.
using errand = std::shared_ptr<const std::function<void(bridge_state&)>>;

} // namespace

} // namespace glyphgate::http

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::http::errand)

namespace glyphgate::http {

namespace {

caf::behavior bridge(caf::event_based_actor* self) {
  const auto state = std::make_shared<bridge_state>(self);
  return {
      [state](const errand& e) { (*e)(*state); },
      [state](tick_atom) { state->wake(); },
      [](flush_atom) { return acknowledged{}; },
  };
}

class actor_gateway : public gateway {
public:
  actor_gateway(caf::actor bridge, const service_actors& actors, clock_fn clock)
      : actors_{actors},
        clock_{std::move(clock)},
        bridge_{std::move(bridge)} {}

  void submit(std::shared_ptr<const job_spec> spec, std::function<void(const submission&)> done) override {
    ask<submission>(
        submit_timeout,
        [done = std::move(done)](const std::variant<submission, ec>& answer) {
          if (const auto* decided = std::get_if<submission>(&answer))
            return done(*decided);
          submission failed;
          failed.refused = std::get<ec>(answer);
          done(failed);
        },
        actors_.registry, submit_atom::value, std::move(spec));
  }

  void quote(std::shared_ptr<const job_spec> spec, reply<glyphgate::quote> done) override {
    ask<glyphgate::quote>(answer_timeout, std::move(done), actors_.registry, quote_atom::value, std::move(spec));
  }

  void get(owner_name owner, job_id id, reply<job_view_ptr> done) override {
    ask<job_view_ptr>(answer_timeout, std::move(done), actors_.registry, get_atom::value, std::move(owner),
                      std::move(id));
  }

  std::function<void()> wait(owner_name owner, job_id id, duration at_most, reply<job_view_ptr> done) override {
    // The wait begins when the bridge sends it, which comes before its end. Used by the bridge only.
    const auto until = std::make_shared<timestamp>();
    send([=, request = std::make_shared<open_request_for<job_view_ptr>>(std::move(done)), registry = actors_.registry,
          clock = clock_](bridge_state& b) {
      *until = clock() + at_most;
      b.ask(request, at_most + answer_timeout, registry, wait_atom::value, owner, id, *until);
    });
    return [=, bridge = bridge_, registry = actors_.registry] {
      post(bridge, [=](bridge_state& b) { b.tell(registry, leave_atom::value, id, *until); });
    };
  }

  void pictures(job_id id, reply<kept_pictures_ptr> done) override {
    ask<kept_pictures_ptr>(answer_timeout, std::move(done), actors_.reader, pictures_atom::value, std::move(id));
  }

  void cancel(owner_name owner, job_id id, reply<std::monostate> done) override {
    ask<acknowledged>(answer_timeout, told(std::move(done)), actors_.registry, cancel_atom::value, std::move(owner),
                      std::move(id));
  }

  void list(job_filter filter, reply<job_page_ptr> done) override {
    ask<job_page_ptr>(answer_timeout, std::move(done), actors_.registry, list_atom::value, filter);
  }

  void usage(owner_name whose, reply<limiter_usage> done) override {
    ask<limiter_usage>(usage_timeout, std::move(done), actors_.limiter, usage_atom::value, std::move(whose));
  }

  void accounts(timestamp from, timestamp to, reply<account_entries> done) override {
    ask<account_entries>(answer_timeout, std::move(done), actors_.reader, accounts_atom::value, from, to);
  }

  void stop_calls(stop_order order, reply<std::monostate> done) override {
    ask<acknowledged>(answer_timeout, told(std::move(done)), actors_.registry, stop_atom::value, std::move(order));
  }

  void resume_calls(std::string by, reply<std::monostate> done) override {
    ask<acknowledged>(answer_timeout, told(std::move(done)), actors_.registry, resume_atom::value, std::move(by));
  }

  void hear_budget(budget_news news, std::string reason, bool refuses_jobs, reply<std::monostate> done) override {
    ask<acknowledged>(answer_timeout, told(std::move(done)), actors_.registry, budget_atom::value, news,
                      std::move(reason), refuses_jobs);
  }

  void report(duration at_most, std::function<void(const service_report&)> done) override {
    const auto all = std::make_shared<gathering>();
    all->report.taken_at = clock_();
    all->done = std::move(done);
    auto breaker = part<breaker_status>(all, [](service_report& r, const auto& s) { r.breaker = s; });
    auto jobs = part<registry_stats>(all, [](service_report& r, const auto& s) { r.jobs = s; });
    auto windows = part<limiter_usage>(all, [](service_report& r, const auto& u) { r.usage = u; });
    auto store = part<bool>(all, [](service_report& r, bool works) { r.store_works = works; });
    auto running = part<pool_stats>(all, [](service_report& r, const auto& s) { r.running = s.running; });
    // One errand, so that a bridge that has ended replies from one thread.
    send([=, to = actors_](bridge_state& b) {
      b.ask(breaker, at_most, to.breaker, status_atom::value);
      b.ask(jobs, at_most, to.registry, stats_atom::value);
      b.ask(windows, at_most, to.limiter, usage_atom::value, owner_name{});
      b.ask(store, at_most, to.store, status_atom::value);
      b.ask(running, at_most, to.pool, stats_atom::value);
    });
  }

private:
  /// A report whose parts are coming in.
  struct gathering {
    service_report report;
    std::size_t missing = 0;
    std::function<void(const service_report&)> done;
  };

  static void post(const caf::actor& to, std::function<void(bridge_state&)> action) {
    caf::anon_send(to, std::make_shared<const std::function<void(bridge_state&)>>(std::move(action)));
  }

  static reply<acknowledged> told(reply<std::monostate> done) {
    return [done = std::move(done)](const std::variant<acknowledged, ec>& answer) {
      if (const auto* code = std::get_if<ec>(&answer))
        done(*code);
      else
        done(std::monostate{});
    };
  }
  void send(std::function<void(bridge_state&)> action) { post(bridge_, std::move(action)); }

  template <class T, class Handle, class... Args>
  void ask(caf::timespan at_most, reply<T> done, Handle to, Args... args) {
    send([=, request = std::make_shared<open_request_for<T>>(std::move(done))](bridge_state& b) {
      b.ask(request, at_most, to, args...);
    });
  }

  template <class T, class Take>
  static std::shared_ptr<open_request_for<T>> part(std::shared_ptr<gathering> into, Take take) {
    ++into->missing;
    return std::make_shared<open_request_for<T>>([into = std::move(into), take](const std::variant<T, ec>& answer) {
      if (const auto* value = std::get_if<T>(&answer))
        take(into->report, *value);
      if (--into->missing == 0)
        into->done(into->report);
    });
  }

  service_actors actors_;
  clock_fn clock_;
  caf::actor bridge_;
};

} // namespace

caf::actor spawn_gateway_bridge(caf::actor_system& system) {
  return system.spawn(bridge);
}

std::shared_ptr<gateway> make_actor_gateway(caf::actor bridge, const service_actors& actors, clock_fn clock) {
  return std::make_shared<actor_gateway>(std::move(bridge), actors, std::move(clock));
}

} // namespace glyphgate::http
