#include "app/first_process.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace glyphgate {

namespace {

/// Every signal that can wait, but for those that tell of the process's own faults.
sigset_t signals_to_take() {
  sigset_t set;
  sigfillset(&set);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS})
    sigdelset(&set, fault);
  return set;
}

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Takes the ends of all that have ended. Ends this process when the child is among them.
void reap(pid_t child) {
  int status = 0;
  for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;)
    if (ended == child)
      std::_Exit(exit_code_of(status));
}

[[noreturn]] void serve_as_init(pid_t child, const sigset_t& signals) {
  for (;;) {
    siginfo_t info{};
    const int number = ::sigwaitinfo(&signals, &info);
    if (number == SIGCHLD)
      reap(child);
    // What a terminal sends reaches the child as well, which is of the same group.
    else if (number > 0 && info.si_code != SI_KERNEL)
      ::kill(child, number);
  }
}

} // namespace

void become_child_of_init() {
  const auto signals = signals_to_take();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  const auto child = ::fork();
  if (child < 0)
    throw std::system_error{errno, std::generic_category(), "cannot start beside process 1"};
  if (child != 0)
    serve_as_init(child, signals);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

void leave_first_process() {
  if (::getpid() == 1)
    become_child_of_init();
}

} // namespace glyphgate
