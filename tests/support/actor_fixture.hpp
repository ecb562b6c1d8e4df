#pragma once

#include "core/clock.hpp"
#include "support/literal_time.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace glyphgate {

/// Runs actors on CAF's deterministic scheduler, with virtual time that the service's clock follows.
class actor_fixture {
public:
  actor_fixture() : system{configured()}, self{system, true} {
    scheduler().clock().current_time += std::chrono::hours{1};
  }

  ~actor_fixture() {
    do {
      scheduler().run();
    } while (scheduler().trigger_timeout());
  }

  actor_fixture(const actor_fixture&) = delete;
  actor_fixture& operator=(const actor_fixture&) = delete;

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }

  /// The virtual time, as the service's clock shows it.
  timestamp now() {
    return at(std::chrono::duration_cast<duration>(scheduler().clock().current_time.time_since_epoch()));
  }

  clock_fn clock() {
    return [this] { return now(); };
  }

  /// Delivers everything that is under way.
  void run() { scheduler().run(); }

  /// Lets virtual time pass in steps that are shorter than any timer's grain.
  void advance(duration span) {
    constexpr duration step = std::chrono::milliseconds{50};
    for (auto left = span; left > duration::zero(); left -= step) {
      scheduler().advance_time(std::min(left, step));
      scheduler().run();
    }
  }

  /// A reply that comes when it comes.
  template <class T>
  struct reply {
    std::optional<T> value;
    std::optional<caf::error> error;
    bool come() const { return value || error; }
  };

  /// Asks on behalf of an actor of its own, so that the test goes on meanwhile.
  template <class T, class Handle, class... Args>
  std::shared_ptr<reply<T>> ask_later(const Handle& to, Args... args) {
    auto result = std::make_shared<reply<T>>();
    system.spawn([=](caf::event_based_actor* for_test) {
      for_test->request(to, caf::infinite, args...)
          .then([=](const T& value) { result->value = value; }, [=](const caf::error& e) { result->error = e; });
    });
    return result;
  }

  /// Asks and delivers everything; the answer, or none and `last_error`.
  template <class T, class Handle, class... Args>
  std::optional<T> ask(const Handle& to, Args... args) {
    auto request = self->request(to, caf::infinite, args...);
    run();
    std::optional<T> answer;
    request.receive([&](const T& value) { answer = value; }, [&](const caf::error& e) { last_error = e; });
    return answer;
  }

  caf::actor_system_config config;
  caf::actor_system system;
  caf::scoped_actor self;
  caf::error last_error;

private:
  caf::actor_system_config& configured() {
    config.set("scheduler.policy", caf::atom("testing"));
    return config;
  }
};

} // namespace glyphgate
