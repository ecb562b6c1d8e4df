#include "http/actor_gateway.hpp"

#include "actors/interfaces.hpp"
#include "actors/service_actors.hpp"

#include <caf/all.hpp>

#include <utility>

namespace glyphgate::http {

namespace {

constexpr auto submit_timeout = std::chrono::seconds{50};
constexpr auto answer_timeout = std::chrono::seconds{10};

using bridge_pointer = caf::event_based_actor*;

/// What is to be done on the bridge's thread.
using errand = std::shared_ptr<const std::function<void(bridge_pointer)>>;

} // namespace

} // namespace glyphgate::http

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::http::errand)

namespace glyphgate::http {

namespace {

caf::behavior bridge(bridge_pointer self) {
  return {[self](const errand& e) { (*e)(self); }};
}

class actor_gateway : public gateway {
public:
  actor_gateway(caf::actor_system& system, const service_actors& actors, clock_fn clock)
      : actors_{actors},
        clock_{std::move(clock)},
        bridge_{system.spawn(bridge)} {}

  ~actor_gateway() override { caf::anon_send_exit(bridge_, caf::exit_reason::user_shutdown); }

  actor_gateway(const actor_gateway&) = delete;
  actor_gateway& operator=(const actor_gateway&) = delete;

  void submit(std::shared_ptr<const job_spec> spec, std::function<void(const submission&)> done) override {
    send([registry = actors_.registry, spec = std::move(spec), done = std::move(done)](bridge_pointer self) {
      self->request(registry, submit_timeout, submit_atom::value, spec)
          .then([done](const submission& s) { done(s); },
                [done](const caf::error& e) {
                  submission failed;
                  failed.refused = code_of(e);
                  failed.detail = "the job registry did not answer";
                  done(failed);
                });
    });
  }

  void get(job_id id, reply<job_view_ptr> done) override {
    ask<job_view_ptr>(answer_timeout, std::move(done), actors_.registry, get_atom::value, std::move(id));
  }

  void wait(job_id id, duration at_most, reply<job_view_ptr> done) override {
    ask<job_view_ptr>(at_most + answer_timeout, std::move(done), actors_.registry, wait_atom::value, std::move(id),
                      clock_() + at_most);
  }

  void cancel(job_id id, reply<std::monostate> done) override {
    ask<acknowledged>(
        answer_timeout,
        [done = std::move(done)](const std::variant<acknowledged, ec>& answer) {
          if (const auto* code = std::get_if<ec>(&answer))
            done(*code);
          else
            done(std::monostate{});
        },
        actors_.registry, cancel_atom::value, std::move(id));
  }

  void list(job_filter filter, reply<job_page_ptr> done) override {
    ask<job_page_ptr>(answer_timeout, std::move(done), actors_.registry, list_atom::value, filter);
  }

  void usage(reply<glyphgate::usage> done) override {
    ask<glyphgate::usage>(answer_timeout, std::move(done), actors_.limiter, usage_atom::value);
  }

  void report(reply<service_report> done) override {
    auto gathered = std::make_shared<gathering>();
    gathered->report.taken_at = clock_();
    gathered->done = std::move(done);
    gather<breaker_status>(gathered, actors_.breaker, status_atom::value,
                           [](service_report& r, const breaker_status& s) { r.breaker = s; });
    gather<registry_stats>(gathered, actors_.registry, stats_atom::value,
                           [](service_report& r, const registry_stats& s) { r.jobs = s; });
    gather<glyphgate::usage>(gathered, actors_.limiter, usage_atom::value,
                             [](service_report& r, const glyphgate::usage& u) { r.usage = u; });
    gather<bool>(gathered, actors_.store, status_atom::value,
                 [](service_report& r, bool works) { r.store_works = works; });
    gather<pool_stats>(gathered, actors_.pool, stats_atom::value, [](service_report& r, const pool_stats& s) {
      r.calls_waiting = s.waiting;
      r.calls_running = s.running;
      r.queue_capacity = s.capacity;
    });
  }

private:
  /// A report whose parts are coming in; used on the bridge's thread.
  struct gathering {
    service_report report;
    std::size_t missing = 5;
    std::optional<ec> failed;
    reply<service_report> done;
  };

  void send(std::function<void(bridge_pointer)> action) {
    caf::anon_send(bridge_, std::make_shared<const std::function<void(bridge_pointer)>>(std::move(action)));
  }

  template <class T, class Done, class Handle, class... Args>
  void ask(caf::timespan timeout, Done done, Handle to, Args... args) {
    send([=](bridge_pointer self) {
      self->request(to, timeout, args...)
          .then([done](const T& answer) { done(std::variant<T, ec>{answer}); },
                [done](const caf::error& e) { done(std::variant<T, ec>{code_of(e)}); });
    });
  }

  template <class T, class Handle, class Atom, class Take>
  void gather(std::shared_ptr<gathering> into, Handle from, Atom atom, Take take) {
    ask<T>(
        answer_timeout,
        [into = std::move(into), take](const std::variant<T, ec>& answer) {
          if (const auto* value = std::get_if<T>(&answer))
            take(into->report, *value);
          else
            into->failed = std::get<ec>(answer);
          if (--into->missing != 0)
            return;
          if (into->failed)
            into->done(*into->failed);
          else
            into->done(into->report);
        },
        std::move(from), atom);
  }

  service_actors actors_;
  clock_fn clock_;
  caf::actor bridge_;
};

} // namespace

std::unique_ptr<gateway> make_actor_gateway(caf::actor_system& system, const service_actors& actors, clock_fn clock) {
  return std::make_unique<actor_gateway>(system, actors, std::move(clock));
}

} // namespace glyphgate::http
