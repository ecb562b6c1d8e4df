// Two actors on threads of their own that add to one number: `in_turn`, the second after the first has answered, or
// `at_once`, which is a race.

#include <caf/all.hpp>

#include <atomic>
#include <iostream>
#include <string>
#include <thread>
#include <utility>

namespace {

int number = 0;

// How many actors are about to add. Relaxed, because it must not order what they do to the number.
std::atomic<int> ready = 0;

// Adds once `together` actors are about to.
caf::behavior adder() {
  return {[](int together) {
    ready.fetch_add(1, std::memory_order_relaxed);
    while (ready.load(std::memory_order_relaxed) < together)
      std::this_thread::yield();
    ++number;
    return true;
  }};
}

} // namespace

int main(int argc, char** argv) {
  const std::string way = argc == 2 ? argv[1] : "";
  if (way != "in_turn" && way != "at_once") {
    std::cerr << "usage: shared_counter in_turn|at_once\n";
    return 2;
  }
  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto first = system.spawn<caf::detached>(adder);
  const auto second = system.spawn<caf::detached>(adder);
  const auto await = [](auto request) { request.receive([](bool) {}, [](const caf::error&) {}); };
  if (way == "in_turn") {
    await(self->request(first, caf::infinite, 1));
    await(self->request(second, caf::infinite, 1));
  } else {
    auto one = self->request(first, caf::infinite, 2);
    auto other = self->request(second, caf::infinite, 2);
    await(std::move(one));
    await(std::move(other));
  }
  caf::anon_send_exit(first, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(second, caf::exit_reason::user_shutdown);
  std::cout << number << '\n';
  return 0;
}
