#include "app/replaced_actor.hpp"
#include "core/log.hpp"
#include "support/service_process.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

caf::behavior idle() {
  return {[](int) {}};
}

/// Actors that do nothing; each is alive until it is ended.
struct idle_actors {
  caf::actor_system_config settings;
  /// Before the system, which they outlive.
  std::vector<std::unique_ptr<replaced_actor>> subjects;
  std::mutex mutex;
  caf::actor newest;
  std::atomic<int> made = 0;
  caf::actor_system system{settings};

  idle_actors() { log::configure({log_level::error, log_format::text}); }
  /// The system waits for every actor: one that nobody ends hangs the test.
  ~idle_actors() { newest = nullptr; }

  caf::actor spawn() {
    const std::lock_guard lock{mutex};
    newest = system.spawn(idle);
    ++made;
    return newest;
  }

  replaced_actor& subject(std::function<caf::actor()> make) {
    return *subjects.emplace_back(std::make_unique<replaced_actor>("idle", std::move(make)));
  }

  void kill() {
    const std::lock_guard lock{mutex};
    caf::anon_send_exit(newest, caf::exit_reason::kill);
  }
};

BOOST_FIXTURE_TEST_SUITE(replaced_actors, idle_actors)

BOOST_AUTO_TEST_CASE(an_actor_that_dies_is_made_again_until_the_stop) {
  auto& tested = subject([this] { return spawn(); });
  tested.start();
  for (int i = 1; i < 5; ++i) {
    BOOST_TEST(made == i);
    kill();
    BOOST_REQUIRE(eventually([&] { return made == i + 1; }));
  }
  tested.stop();
  tested.start();
  BOOST_TEST(made == 5);
}

BOOST_AUTO_TEST_CASE(an_actor_that_is_dead_before_it_is_watched_is_made_again) {
  auto& tested = subject([this] {
    const auto fresh = spawn();
    if (made < 3) {
      caf::anon_send_exit(fresh, caf::exit_reason::kill);
      caf::scoped_actor self{system};
      self->wait_for(fresh);
    }
    return fresh;
  });
  tested.start();
  BOOST_TEST(made == 3);
  tested.stop();
}

BOOST_AUTO_TEST_CASE(a_stop_during_the_replacement_ends_the_new_one_too) {
  std::promise<void> replacing;
  std::promise<void> go_on;
  auto& tested = subject([&] {
    if (made == 1) {
      replacing.set_value();
      go_on.get_future().wait();
    }
    return spawn();
  });
  tested.start();
  kill();
  replacing.get_future().wait();
  auto stopped = std::async(std::launch::async, [&] { tested.stop(); });
  go_on.set_value();
  stopped.get();
  BOOST_TEST(made == 2);
}

BOOST_AUTO_TEST_CASE(a_stop_beside_a_death_leaves_nothing_alive) {
  for (int round = 0; round < 200; ++round) {
    auto& tested = subject([this] { return spawn(); });
    tested.start();
    std::thread killer{[this] { kill(); }};
    tested.stop();
    killer.join();
    const int at_stop = made;
    system.await_all_actors_done();
    BOOST_REQUIRE_EQUAL(made, at_stop);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
