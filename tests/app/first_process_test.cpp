#include "app/first_process.hpp"

#include <boost/test/unit_test.hpp>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <thread>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 20s;

/// Runs `work` in a child of one that takes over a first process's duties, and inherits orphans as process 1 does.
/// Returns how that one ended; `with` is called meanwhile with its id.
int under_init(const std::function<int()>& work, const std::function<void(pid_t)>& with = {}) {
  const auto init = ::fork();
  if (init == 0) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    become_child_of_init();
    std::_Exit(work());
  }
  if (with)
    with(init);
  int status = 0;
  ::waitpid(init, &status, 0);
  return status;
}

/// Whether it becomes true in time.
bool comes_true(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

/// A process whose parent has ended, and which then ends itself.
pid_t leave_an_orphan() {
  std::array<int, 2> told{};
  if (::pipe(told.data()) != 0)
    return -1;
  const auto parent = ::fork();
  if (parent == 0) {
    const auto orphan = ::fork();
    if (orphan != 0 && ::write(told[1], &orphan, sizeof orphan) != sizeof orphan)
      std::_Exit(1);
    std::_Exit(0);
  }
  pid_t orphan = -1;
  if (::read(told[0], &orphan, sizeof orphan) != sizeof orphan)
    return -1;
  ::waitpid(parent, nullptr, 0);
  ::close(told[0]);
  ::close(told[1]);
  return orphan;
}

} // namespace

BOOST_AUTO_TEST_SUITE(first_process)

// A zombie still has its id.
BOOST_AUTO_TEST_CASE(orphans_do_not_stay_as_zombies) {
  const auto status = under_init([] {
    const auto orphan = leave_an_orphan();
    return orphan > 0 && comes_true([&] { return ::kill(orphan, 0) != 0 && errno == ESRCH; }) ? 0 : 1;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(it_ends_as_its_child_does) {
  for (const int code : {0, 2, 70}) {
    const auto status = under_init([code] { return code; });
    BOOST_TEST(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) == code);
  }
  const auto killed = under_init([] {
    ::raise(SIGKILL);
    return 0;
  });
  BOOST_TEST(WIFEXITED(killed));
  BOOST_TEST(WEXITSTATUS(killed) == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(signals_are_handed_on) {
  std::array<int, 2> ready{};
  BOOST_REQUIRE_EQUAL(::pipe(ready.data()), 0);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) {
    const auto status = under_init(
        [&] {
          sigset_t set;
          sigemptyset(&set);
          sigaddset(&set, number);
          ::sigprocmask(SIG_BLOCK, &set, nullptr);
          int got = 0;
          if (::write(ready[1], "x", 1) != 1 || ::sigwait(&set, &got) != 0)
            return 1;
          return got == number ? 0 : 2;
        },
        [&](pid_t init) {
          char byte = 0;
          BOOST_REQUIRE_EQUAL(::read(ready[0], &byte, 1), 1);
          ::kill(init, number);
        });
    BOOST_TEST(status == 0, "signal " << number);
  }
  ::close(ready[0]);
  ::close(ready[1]);
}

// As in a container, where nobody else takes over.
BOOST_AUTO_TEST_CASE(only_process_1_is_left) {
  leave_first_process();
  const auto outside = ::fork();
  if (outside == 0) {
    if (::unshare(CLONE_NEWPID) != 0)
      std::_Exit(77);
    const auto first = ::fork();
    if (first == 0) {
      leave_first_process();
      const auto orphan = ::getpid() == 1 ? -1 : leave_an_orphan();
      std::_Exit(orphan > 0 && comes_true([&] { return ::kill(orphan, 0) != 0 && errno == ESRCH; }) ? 0 : 1);
    }
    int status = 0;
    ::waitpid(first, &status, 0);
    std::_Exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
  }
  int status = 0;
  ::waitpid(outside, &status, 0);
  BOOST_REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77)
    BOOST_TEST_MESSAGE("not tried as process 1: a namespace of processes is not permitted here");
  else
    BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate
